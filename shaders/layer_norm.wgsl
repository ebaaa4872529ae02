// Layer norm (Ba, Kiros & Hinton 2016): each row of x less its mean, over its deviation, times gamma plus beta; also the means and the inverse deviations.
// Linked with one of rows/. Everything is reckoned from the row's first element, the mean too, so that a large common offset costs no digits: a mean of
// 1e4 itself is known to 5e-4 only.
struct Params {
  rows: u32,
  columns: u32,
  epsilon: f32,
}
override WORKGROUP: u32 = 4;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> gamma: array<f32>;
@group(0) @binding(3) var<storage, read_write> beta: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> means: array<f32>; // less the row's first element
@group(0) @binding(6) var<storage, read_write> rstds: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = row_of(workgroup, groups, local);
  let lane = row_lane(local);
  if (row >= params.rows) { return; }
  let at = row * params.columns;
  let n = f32(params.columns);
  let first = x[at];
  var own = 0.0;
  for (var j = lane; j < params.columns; j += row_lanes()) { own += x[at + j] - first; }
  let mean = row_sum(local, own) / n;
  var own_squares = 0.0;
  var own_small = 0.0;
  for (var j = lane; j < params.columns; j += row_lanes()) {
    let d = (x[at + j] - first) - mean;
    own_squares += d * d;
    own_small += (d * SMALL) * (d * SMALL);
  }
  let squares = row_sum(local, own_squares);
  let inverse = rstd_of(squares, row_sum(local, own_small), n, params.epsilon);
  for (var j = lane; j < params.columns; j += row_lanes()) { y[at + j] = ((x[at + j] - first) - mean) * inverse * gamma[j] + beta[j]; }
  if (lane == 0u) {
    means[row] = mean;
    rstds[row] = inverse;
  }
}
