// y[r] = reduce(row r of x); `reduce` is linked from shaders/reductions. One row per invocation, its sum in a fixed order.
struct Params {
  rows: u32,
  columns: u32,
}
override WORKGROUP: u32 = 4;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = linear_index(workgroup, groups, local, WORKGROUP);
  if (row >= params.rows) { return; }
  y[row] = reduce(row * params.columns, params.columns);
}
