// The listed rows of a tensor, one after the other, and zeros after them. With a head, the first vec4 says how many elements and how many rows there are, each
// as its lower and its higher 16 bits, which floats hold exactly.
struct Params {
  count: u32,   // elements of the tensor
  block: u32,   // elements for each entry of the list
  columns: u32,
  head: u32,    // words before the rows: 4 or 0
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> list: array<u32>; // as list_rows makes it
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.count) { return; }
  let taken = list[0] * params.block;
  if (i == 0u && params.head > 0u) {
    let rows = taken / params.columns;
    y[0] = f32(taken & 0xffffu);
    y[1] = f32(taken >> 16u);
    y[2] = f32(rows & 0xffffu);
    y[3] = f32(rows >> 16u);
  }
  var value = 0.0;
  if (i < taken) { value = x[list[4u + i / params.block] * params.block + i % params.block]; }
  y[params.head + i] = value;
}
