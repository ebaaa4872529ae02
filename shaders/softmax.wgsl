// y = exp(x) / sum exp(x) over the columns of each row; one row per invocation.
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
  let at = row * params.columns;
  var high = x[at];
  for (var j = 1u; j < params.columns; j++) { high = max(high, x[at + j]); }
  var sum = 0.0;
  for (var j = 0u; j < params.columns; j++) { sum += exp(x[at + j] - high); }
  for (var j = 0u; j < params.columns; j++) { y[at + j] = exp(x[at + j] - high) / sum; }
}
