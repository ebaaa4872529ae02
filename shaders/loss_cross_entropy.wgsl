// Softmax cross entropy of each row, and its gradient for the logits, both stable for any finite logits:
// loss = sum_j q_j (log sum exp(x - max) - (x_j - max)), gradient = (p_j sum q - q_j) / rows. `target_probability` (q) is linked, one of weights/, which may weigh
// q and divide by another sum than that of the rows, and one of rows/. An index that is no class costs NaN.
struct Params {
  rows: u32,
  rows_per_sample: u32,
  columns: u32,
  smoothing: f32,
}
override WORKGROUP: u32 = 4;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> logits: array<f32>;
@group(0) @binding(3) var<storage, read_write> losses: array<f32>;
@group(0) @binding(4) var<storage, read_write> derivatives: array<f32>;
@group(0) @binding(5) var<storage, read> run: RunState;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = row_of(workgroup, groups, local);
  let lane = row_lane(local);
  if (row >= params.rows) { return; }
  let at = row * params.columns;
  let rows = true_rows(params.rows, params.rows_per_sample);
  let used = row < rows && target_counts(row);
  var own_high = logits[at + lane];
  for (var j = lane + row_lanes(); j < params.columns; j += row_lanes()) { own_high = max(own_high, logits[at + j]); }
  let high = row_max(local, own_high);
  var own_sum = 0.0;
  for (var j = lane; j < params.columns; j += row_lanes()) { own_sum += exp(logits[at + j] - high); }
  let sum = row_sum(local, own_sum);
  let log_sum = log(sum);
  let spread = params.smoothing / f32(params.columns);
  var own_loss = 0.0;
  var own_total = 0.0;
  for (var j = lane; j < params.columns; j += row_lanes()) {
    let q = ((1.0 - params.smoothing) * target_probability(row, j) + spread) * class_weight(j);
    // A probability of zero costs nothing, however far below the largest its logit lies.
    if (q != 0.0) { own_loss += q * (log_sum - (logits[at + j] - high)); }
    own_total += q;
  }
  let loss = row_sum(local, own_loss);
  let total = row_sum(local, own_total);
  let weight = select(0.0, mean_weight(rows), used);
  for (var j = lane; j < params.columns; j += row_lanes()) {
    let q = ((1.0 - params.smoothing) * target_probability(row, j) + spread) * class_weight(j);
    derivatives[at + j] = select(0.0, (exp(logits[at + j] - high) / sum * total - q) * weight, used);
  }
  if (lane == 0u) { losses[row] = select(0.0, select(bitcast<f32>(0x7fc00000u | (row & 0u)), loss, target_known(row)), used); }
}
