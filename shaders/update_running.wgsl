// Running statistics of all batch norm layers in one dispatch: r = r + momentum (b - r), the variance unbiased by n / (n - 1); a
// batch of one row has none and leaves the variance as it was. Nothing changes after a non-finite step; where a step has several
// batches, the earlier ones move before it is known to be one, so a statistic that is not finite itself is left out.
struct Params {
  words: u32,
  every_batch: u32, // 1: a step has several batches, and each moves the statistics
}
struct Block {
  place: u32,     // words into the buffers: those of other layers may lie between the statistics of batch norms
  source: u32,    // words into the activations: where this block of 64 values finds its batch statistics
  count: u32,     // values of the block
  variance: u32,  // rows of a sample for variances, 0 for means
  momentum: f32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read> blocks: array<Block>;
@group(0) @binding(3) var<storage, read> run: RunState;
@group(0) @binding(4) var<storage, read_write> buffers: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.words || run.halted != 0u || (run.non_finite != 0u && params.every_batch == 0u)) { return; }
  let block = blocks[i / 64u];
  if (i % 64u >= block.count || (block.variance != 0u && run.rows * block.variance < 2u)) { return; }
  let n = f32(run.rows * block.variance);
  let b = values[block.source + i % 64u] * select(1.0, n / max(n - 1.0, 1.0), block.variance != 0u);
  let at = block.place + i % 64u;
  if (is_finite(b)) { buffers[at] += block.momentum * (b - buffers[at]); }
}
