// SGD without momentum: w = w - rate g.
// The whole network in one dispatch, one vec4 of the arena per invocation. Nothing changes after a non-finite step.
struct Params {
  count: u32,
  clip_value: f32,
  weight_decay: f32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.count || run.bad != 0u || run.halted != 0u) { return; }
  let w = parameters[i];
  parameters[i] = w - run.rate * gradient_of(i, w, true);
}
