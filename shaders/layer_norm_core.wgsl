// Each row of x less its mean (where `centered`), over its deviation: y = (x - mean) inverse, inverse = 1 / sqrt(variance + epsilon).
// Linked with one of rows/. The variance is summed about the mean, so that a large common offset costs no digits.
struct Params {
  rows: u32,
  columns: u32,
  epsilon: f32,
  centered: u32,
}
override WORKGROUP: u32 = 4;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> means: array<f32>;
@group(0) @binding(4) var<storage, read_write> rstds: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = row_of(workgroup, groups, local);
  let lane = row_lane(local);
  if (row >= params.rows) { return; }
  let at = row * params.columns;
  let n = f32(params.columns);
  // The mean as a correction to the first element.
  let shift = select(0.0, x[at], params.centered != 0u);
  var own = 0.0;
  for (var j = lane; j < params.columns; j += row_lanes()) { own += x[at + j] - shift; }
  let sum = row_sum(local, own);
  let mean = select(0.0, shift + sum / n, params.centered != 0u);
  var own_squares = 0.0;
  for (var j = lane; j < params.columns; j += row_lanes()) {
    let d = x[at + j] - mean;
    own_squares += d * d;
  }
  let inverse = 1.0 / sqrt(row_sum(local, own_squares) / n + params.epsilon);
  for (var j = lane; j < params.columns; j += row_lanes()) { y[at + j] = (x[at + j] - mean) * inverse; }
  if (lane == 0u) {
    means[row] = mean;
    rstds[row] = inverse;
  }
}
