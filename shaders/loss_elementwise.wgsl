// A loss that is a sum of terms per element: losses[r] = scale sum_c loss_term(y, t), and its derivative
// scale loss_term_grad(y, t) / rows. The two functions are linked from shaders/losses, and one of rows/.
struct Params {
  rows: u32,
  rows_per_sample: u32,
  columns: u32,
  scale: f32,
}
override WORKGROUP: u32 = 4;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> targets: array<f32>;
@group(0) @binding(3) var<storage, read_write> losses: array<f32>;
@group(0) @binding(4) var<storage, read_write> derivatives: array<f32>;
@group(0) @binding(5) var<storage, read> run: RunState;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = row_of(workgroup, groups, local);
  let lane = row_lane(local);
  if (row >= params.rows) { return; }
  let rows = true_rows(params.rows, params.rows_per_sample);
  let used = row < rows;
  let weight = params.scale / f32(max(rows, 1u));
  var own = 0.0;
  for (var c = lane; c < params.columns; c += row_lanes()) {
    let at = row * params.columns + c;
    own += loss_term(y[at], targets[at], c);
    derivatives[at] = select(0.0, loss_term_grad(y[at], targets[at], c) * weight, used);
  }
  let sum = row_sum(local, own);
  if (lane == 0u) { losses[row] = select(0.0, sum * params.scale, used); }
}
