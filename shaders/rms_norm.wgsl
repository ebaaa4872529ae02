// RMS norm (Zhang & Sennrich 2019): each row of x over its root mean square, times gamma; also the reciprocals. Linked with one of rows/.
struct Params {
  rows: u32,
  columns: u32,
  epsilon: f32,
}
override WORKGROUP: u32 = 4;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> gamma: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> rstds: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = row_of(workgroup, groups, local);
  let lane = row_lane(local);
  if (row >= params.rows) { return; }
  let at = row * params.columns;
  var own_squares = 0.0;
  var own_small = 0.0;
  for (var j = lane; j < params.columns; j += row_lanes()) {
    let v = x[at + j];
    own_squares += v * v;
    own_small += (v * SMALL) * (v * SMALL);
  }
  let squares = row_sum(local, own_squares);
  let rstd = rstd_of(squares, row_sum(local, own_small), f32(params.columns), params.epsilon);
  for (var j = lane; j < params.columns; j += row_lanes()) { y[at + j] = x[at + j] * rstd * gamma[j]; }
  if (lane == 0u) { rstds[row] = rstd; }
}
