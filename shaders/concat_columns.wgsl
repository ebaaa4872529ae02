// y [r, a + b columns]: the columns of a, then those of b.
struct Params {
  count: u32,
  a_columns: u32,
  b_columns: u32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> a: array<u32>;
@group(0) @binding(2) var<storage, read_write> b: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.count) { return; }
  let columns = params.a_columns + params.b_columns;
  let row = i / columns;
  let c = i % columns;
  if (c < params.a_columns) { y[i] = a[row * params.a_columns + c]; } else { y[i] = b[row * params.b_columns + c - params.a_columns]; }
}
