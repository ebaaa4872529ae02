// Softmax cross entropy of one row per invocation, and its slope for the logits, both stable for any finite logits:
// loss = sum_j q_j (log sum exp(x - max) - (x_j - max)), slope = (p_j sum q - q_j) / rows. `target_share` (q) is linked.
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
@group(0) @binding(4) var<storage, read_write> slopes: array<f32>;
@group(0) @binding(5) var<storage, read> run: RunState;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = linear_index(workgroup, groups, local, WORKGROUP);
  if (row >= params.rows) { return; }
  let at = row * params.columns;
  let rows = true_rows(params.rows, params.rows_per_sample);
  let used = row < rows;
  var high = logits[at];
  for (var j = 1u; j < params.columns; j++) { high = max(high, logits[at + j]); }
  var sum = 0.0;
  for (var j = 0u; j < params.columns; j++) { sum += exp(logits[at + j] - high); }
  let log_sum = log(sum);
  let spread = params.smoothing / f32(params.columns);
  var loss = 0.0;
  var total = 0.0;
  for (var j = 0u; j < params.columns; j++) {
    let q = (1.0 - params.smoothing) * target_share(row, j) + spread;
    // A probability of zero costs nothing, however far below the largest its logit lies.
    if (q != 0.0) { loss += q * (log_sum - (logits[at + j] - high)); }
    total += q;
  }
  let weight = select(0.0, 1.0 / f32(rows), used);
  for (var j = 0u; j < params.columns; j++) {
    let q = (1.0 - params.smoothing) * target_share(row, j) + spread;
    slopes[at + j] = select(0.0, (exp(logits[at + j] - high) / sum * total - q) * weight, used);
  }
  losses[row] = select(0.0, loss, used);
}
