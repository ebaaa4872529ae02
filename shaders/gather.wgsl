// y[o, p, i] = x[o, indices[p], i], bit for bit. An index that is none gives NaN and reads nothing.
struct Params {
  count: u32,
  size: u32,  // of the axis of x
  picks: u32, // indices
  inner: u32, // elements per index
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> indices: array<i32>;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.count) { return; }
  let row = i / params.inner;
  // A negative index is a large one without its sign.
  let index = u32(indices[row % params.picks]);
  var word = 0x7fc00000u;
  if (index < params.size) { word = x[(row / params.picks * params.size + index) * params.inner + i % params.inner]; }
  y[i] = word;
}
