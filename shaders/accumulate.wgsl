// Adds what a batch brings to what the earlier batches of the same update have brought. The last one leaves the result in the place of
// its own: the sum, or the mean over the rows of all of them, or over their weights. Four elements per invocation.
struct Params {
  count: u32,
  batches: u32, // of an update
  mean: u32,
  weighted: u32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> run: RunState;
@group(0) @binding(2) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> sums: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> weight: array<f32>;      // of this batch
@group(0) @binding(5) var<storage, read_write> weight_sums: array<f32>; // of the earlier ones

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i * 4u >= params.count) { return; }
  let part = (run.batches - 1u) % params.batches;
  var own = 1.0;
  var total = 1.0;
  if (params.mean != 0u) {
    own = f32(run.rows);
    total = f32(run.rows_in_step);
    if (params.weighted != 0u) {
      own = weight[0];
      total = own;
      if (part != 0u) { total += weight_sums[0]; }
      // Where nothing counts all gradients are 0.
      total = select(total, 1.0, total == 0.0);
    }
  }
  var sum = x[i] * own;
  if (part != 0u) { sum += sums[i]; }
  // The last batch leaves the sums as they were: a step after a halt computes the same again.
  if (part + 1u == params.batches) { x[i] = sum / total; } else { sums[i] = sum; }
}
