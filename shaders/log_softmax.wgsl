// y = x - log sum exp x over the columns of each row. Linked with one of rows/.
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
  let row = row_of(workgroup, groups, local);
  let lane = row_lane(local);
  if (row >= params.rows) { return; }
  let at = row * params.columns;
  var own_high = x[at + lane];
  for (var j = lane + row_lanes(); j < params.columns; j += row_lanes()) { own_high = max(own_high, x[at + j]); }
  let high = row_max(local, own_high);
  var own = 0.0;
  for (var j = lane; j < params.columns; j += row_lanes()) { own += exp(x[at + j] - high); }
  let log_sum = log(row_sum(local, own));
  for (var j = lane; j < params.columns; j += row_lanes()) { y[at + j] = (x[at + j] - high) - log_sum; }
}
