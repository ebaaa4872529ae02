// The state of a run on the GPU: advanced by begin_step and end_step, read by kernels that need the true rows of the
// batch, the step or the rate. src/train/run_state.ts has the same words.
struct RunState {
  step: u32,          // the step now running, from 1; the number of updates done once it is over
  rows: u32,          // true rows of this batch; the others are padding
  batch_start: u32,         // index in the epoch of the batch's first sample
  epoch: u32,         // epochs begun before this one
  dataset_size: u32,       // rows of the data set; the batch's rows where batches are fed
  batch: u32,         // rows of a full batch
  key0: u32,          // the run's key, for shuffling and dropout
  key1: u32,
  halted: u32,        // 1 from a non-finite loss or norm on: later updates do nothing; 2 in the steps after it, which leave no record
  skip_non_finite: u32,      // 1: go on after a non-finite step, which is skipped
  skipped: u32,       // steps that were skipped so
  batches: u32,       // batches begun
  loss: f32,
  regularization_loss: f32,
  norm: f32,          // global L2 norm of the gradient before clipping
  clip: f32,          // factor that clipping by global norm puts on the gradient
  learning_rate: f32,          // learning rate of this step
  bias_correction1: f32,   // Adam's 1 - beta1^t and 1 - beta2^t, kept as running means of ones
  bias_correction2: f32,
  non_finite: u32,           // 1: this step is not finite, its update is left out
  rows_in_step: u32,         // true rows of this step's batches so far: `rows` where a step is one batch
}
