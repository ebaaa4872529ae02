// Adds what a batch brings to what the earlier batches of the same update have brought. The last one leaves the result in the place of
// its own: the sum, or the mean over the rows of all of them. Four elements per invocation.
struct Params {
  count: u32,
  batches: u32, // of an update
  mean: u32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> run: RunState;
@group(0) @binding(2) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> sums: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i * 4u >= params.count) { return; }
  let part = (run.batches - 1u) % params.batches;
  var sum = x[i] * select(1.0, f32(run.rows), params.mean != 0u);
  if (part != 0u) { sum += sums[i]; }
  // The last batch leaves the sums as they were: a step after a halt computes the same again.
  if (part + 1u == params.batches) { x[i] = sum / select(1.0, f32(run.total), params.mean != 0u); } else { sums[i] = sum; }
}
