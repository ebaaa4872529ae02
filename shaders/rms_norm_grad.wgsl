// Gradient of RMS norm by its input: dx = rstd (g - xhat mean(g xhat)), g = dy gamma, xhat = x rstd, the mean over the row. Padded rows get zero.
// Linked with one of rows/.
struct Params {
  rows: u32,
  rows_per_sample: u32,
  columns: u32,
}
override WORKGROUP: u32 = 4;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> gamma: array<f32>;
@group(0) @binding(4) var<storage, read_write> rstds: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;
@group(0) @binding(6) var<storage, read> run: RunState;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = row_of(workgroup, groups, local);
  let lane = row_lane(local);
  if (row >= params.rows) { return; }
  let at = row * params.columns;
  let rstd = rstds[row];
  var own = 0.0;
  for (var j = lane; j < params.columns; j += row_lanes()) { own += dy[at + j] * gamma[j] * (x[at + j] * rstd); }
  let product = row_sum(local, own) / f32(params.columns);
  let counts = row < true_rows(params.rows, params.rows_per_sample);
  for (var j = lane; j < params.columns; j += row_lanes()) {
    dx[at + j] = select(0.0, rstd * (dy[at + j] * gamma[j] - x[at + j] * rstd * product), counts);
  }
}
