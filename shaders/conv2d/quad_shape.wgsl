// What the products of convolutions in quads have in common. A is read in fours of channels; m and n are the rows and the row length of what is stored, as the
// modules of matmul take them.
struct Params {
  m: u32,
  n: u32, // columns of all groups
  rows: u32, // of a phase
  columns: u32, // of a group
  groups: u32,
  phases: u32,
  inner: u32, // pixels that are summed over, of the gradient of a weight
  fours: u32, // of channels, or filters, of a group at a tap
  run: u32, // rows of the weight at a tap
  pieces: u32,
  piece: u32, // inner indexes of each but the last
  a_height: u32, // of the images that A is read from
  a_width: u32,
  a_fours: u32, // of one of their pixels
  height: u32, // of what has a row for each pixel
  width: u32,
  kernel_height: u32,
  kernel_width: u32,
  stride_y: u32,
  stride_x: u32,
  top: u32, // padding
  left: u32,
  dilation_y: u32,
  dilation_x: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> a: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> b: array<vec4f>;

// The group whose product is being made.
var<private> part: u32;

// Four inner indexes: how far from a row's start in memory, down and across, the row of the weight, the four, and all bits where there is one.
struct Tap {
  at: i32,
  y: i32,
  x: i32,
  row: u32,
  four: u32,
  mask: u32,
}
