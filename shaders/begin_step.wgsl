// Opens a step: its number, its learning rate from their table, and which rows of the data set are its batch.
struct Params {
  learning_rate_rows: u32,
  accumulate: u32, // batches of an update
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> run: RunState;
@group(0) @binding(2) var<storage, read> learning_rates: array<f32>;

@compute @workgroup_size(1)
fn main() {
  if (run.halted != 0u) {
    run.halted = 2u;
    return;
  }
  if (run.batches % params.accumulate == 0u) {
    run.learning_rate = learning_rates[run.step % params.learning_rate_rows];
    run.step += 1u;
    run.rows_in_step = 0u;
  }
  let per_epoch = (run.dataset_size + run.batch - 1u) / run.batch;
  run.epoch = run.batches / per_epoch;
  run.batch_start = (run.batches % per_epoch) * run.batch;
  run.rows = min(run.batch, run.dataset_size - run.batch_start);
  run.rows_in_step += run.rows;
  run.batches += 1u;
}
