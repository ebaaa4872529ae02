// Gradient of layer_norm_core: dx = inverse (dy - mean dy - y mean(dy y)), the first mean only where rows are centered. Linked with
// one of rows/.
struct Params {
  rows: u32,
  columns: u32,
  centered: u32,
}
override WORKGROUP: u32 = 4;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> rstds: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = row_of(workgroup, groups, local);
  let lane = row_lane(local);
  if (row >= params.rows) { return; }
  let at = row * params.columns;
  let n = f32(params.columns);
  var own_sum = 0.0;
  var own_product = 0.0;
  for (var j = lane; j < params.columns; j += row_lanes()) {
    own_sum += dy[at + j];
    own_product += dy[at + j] * y[at + j];
  }
  let sum = row_sum(local, own_sum);
  let product = row_sum(local, own_product);
  let mean = select(0.0, sum / n, params.centered != 0u);
  for (var j = lane; j < params.columns; j += row_lanes()) { dx[at + j] = rstds[row] * (dy[at + j] - mean - y[at + j] * product / n); }
}
