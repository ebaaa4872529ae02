// What the products of a convolution have in common: parameters, and operands read number by number. Those that lie outside are zero, and their address is
// guarded, not the number: nothing is loaded for them. Linked with one of shaders/conv2d, which says where the numbers of A [m, k] and B [k, columns] of a group lie, and with conv2d/store or
// conv2d/store_piece.
struct Params {
  m: u32,
  n: u32, // columns of all groups
  columns: u32, // of a group
  k: u32,
  groups: u32,
  pieces: u32,
  piece: u32, // inner indexes of each but the last, a multiple of 4
  height: u32, // of the images
  width: u32,
  channels: u32,
  out_height: u32,
  out_width: u32,
  filters: u32,
  kernel_width: u32,
  stride_y: u32,
  stride_x: u32,
  top: u32, // padding
  left: u32,
  dilation_y: u32,
  dilation_x: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> a: array<f32>;
@group(0) @binding(2) var<storage, read_write> b: array<f32>;

const OUTSIDE = 0xffffffffu;

// The group whose product is being made.
var<private> part: u32;

// A pixel of the windows' side: the first row of its image, and where its window begins.
fn window_of(pixel: u32) -> vec3i {
  let row = pixel / params.out_width;
  let start = vec2i(vec2u(row % params.out_height, pixel % params.out_width) * vec2u(params.stride_y, params.stride_x));
  return vec3i(i32(row / params.out_height * params.height), start - vec2i(vec2u(params.top, params.left)));
}
// A place in the weight, of so many channels: the channel, and how far from the window's beginning.
fn tap_of(place: u32, channels: u32) -> vec3i {
  let tap = place / channels;
  return vec3i(vec3u(place % channels, vec2u(tap / params.kernel_width, tap % params.kernel_width) * vec2u(params.dilation_y, params.dilation_x)));
}
// Where the image has the number that a window sees at a tap.
fn seen_at(window: vec3i, tap: vec3i) -> u32 {
  let y = window.y + tap.y;
  let x = window.z + tap.z;
  if (y < 0 || x < 0 || y >= i32(params.height) || x >= i32(params.width)) { return OUTSIDE; }
  return (u32(window.x + y) * params.width + u32(x)) * params.channels + part * (params.channels / params.groups) + u32(tap.x);
}
fn a_number(at: u32) -> f32 {
  if (at == OUTSIDE) { return 0.0; }
  return a[at];
}
fn b_number(at: u32) -> f32 {
  if (at == OUTSIDE) { return 0.0; }
  return b[at];
}
