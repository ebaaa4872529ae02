// SGD without momentum: w = w - rate g.
// The whole network in one dispatch, a quarter of a block (four vec4) per invocation. Nothing changes after a non-finite step.
struct Params {
  count: u32,
  clip_value: f32,
  weight_decay: f32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  hidden_zero = workgroup.z;
  let first = linear_index(workgroup, groups, local, WORKGROUP) * 4u;
  if (first >= params.count || skips_update(first)) { return; }
  let h = hyper[first / 16u];
  let rate = run.rate;
  for (var i = first; i < first + 4u; i++) {
    let w = parameters[i];
    store_update(i, w, -rate * gradient_of(i, w, h, true));
  }
  end_update(first);
}
