// buffer = value, for a buffer of a layer. Nothing changes after a non-finite step; where a step has several batches, the earlier ones move the
// buffer before it is known to be one, so an element that is not finite itself is left out.
struct Params {
  count: u32,
  every_batch: u32, // 1: a step has several batches, and each moves the buffer
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> value: array<f32>;
@group(0) @binding(2) var<storage, read_write> buffer: array<f32>;
@group(0) @binding(3) var<storage, read> run: RunState;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.count || run.halted != 0u || (run.non_finite != 0u && params.every_batch == 0u)) { return; }
  if (is_finite(value[i])) { buffer[i] = value[i]; }
}
