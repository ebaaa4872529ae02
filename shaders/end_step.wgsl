// Closes the backward pass: mean loss, global norm of the gradient, the factor of clipping by norm, Adam's corrections, the
// check for non-finite values, and the step's row of the log. One workgroup; sums by a fixed tree.
struct Params {
  rows: u32,
  rows_per_sample: u32,
  partials: u32,
  tiles: u32,
  regularization_losses: u32,
  max_norm: f32,
  beta1: f32,
  beta2: f32,
  log_rows: u32,
  weighted: u32, // the loss is a mean over `weight`, not over the rows
}
struct LogRow {
  loss: f32,
  regularization_loss: f32,
  norm: f32,
  learning_rate: f32,
  rows: f32,
  epoch: f32,
  non_finite: f32,
  step: f32,
}
override WIDTH: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> losses: array<f32>;
@group(0) @binding(2) var<storage, read_write> partials: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> tiles: array<vec2f>;
@group(0) @binding(4) var<storage, read_write> regularization_losses: array<f32>;
@group(0) @binding(5) var<storage, read_write> run: RunState;
@group(0) @binding(6) var<storage, read_write> log: array<LogRow>;
@group(0) @binding(7) var<storage, read_write> weight: array<f32>;

var<workgroup> loss_sums: array<f32, WIDTH>;
var<workgroup> regularization_sums: array<f32, WIDTH>;
var<workgroup> norm_sums: array<ScaledSquares, WIDTH>;

@compute @workgroup_size(WIDTH)
fn main(@builtin(local_invocation_index) local: u32) {
  var loss = 0.0;
  for (var i = local; i < params.rows; i += WIDTH) { loss += losses[i]; }
  var norm = ScaledSquares(1.0, 0.0);
  for (var i = local; i < params.partials; i += WIDTH) { norm = add_squares(norm, ScaledSquares(partials[i].x, partials[i].y)); }
  for (var i = local; i < params.tiles; i += WIDTH) { norm = add_squares(norm, ScaledSquares(tiles[i].x, tiles[i].y)); }
  var regularization_part = 0.0;
  for (var i = local; i < params.regularization_losses; i += WIDTH) { regularization_part += regularization_losses[i]; }
  loss_sums[local] = loss;
  regularization_sums[local] = regularization_part;
  norm_sums[local] = norm;
  workgroupBarrier();
  for (var half = WIDTH / 2u; half > 0u; half /= 2u) {
    if (local < half) {
      loss_sums[local] += loss_sums[local + half];
      regularization_sums[local] += regularization_sums[local + half];
      norm_sums[local] = add_squares(norm_sums[local], norm_sums[local + half]);
    }
    workgroupBarrier();
  }
  if (local != 0u || run.halted != 0u) { return; }
  let regularization = regularization_sums[0];
  let count = select(f32(run.rows_in_step) * f32(params.rows_per_sample), weight[0], params.weighted != 0u);
  // Where nothing counts the loss is 0.
  run.loss = select(loss_sums[0] / count, 0.0, count == 0.0 && loss_sums[0] == 0.0);
  run.regularization_loss = regularization;
  run.norm = norm_of(norm_sums[0]);
  run.clip = select(1.0, min(1.0, params.max_norm / (run.norm + 1e-6)), params.max_norm > 0.0);
  let bad = !(is_finite(run.loss) && is_finite(run.norm) && is_finite(regularization));
  run.non_finite = select(0u, 1u, bad);
  if (bad && run.skip_non_finite == 0u) { run.halted = 1u; }
  if (bad) { run.skipped += 1u; } else {
    run.bias_correction1 = params.beta1 * run.bias_correction1 + (1.0 - params.beta1);
    run.bias_correction2 = params.beta2 * run.bias_correction2 + (1.0 - params.beta2);
  }
  log[(run.step - 1u) % params.log_rows] =
    LogRow(run.loss, run.regularization_loss, run.norm, run.learning_rate, f32(run.rows), f32(run.epoch), f32(run.non_finite), f32(run.step));
}
