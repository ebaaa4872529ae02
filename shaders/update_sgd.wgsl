// SGD with momentum (PyTorch): v = momentum v + (1 - dampening) g, v = g in the first step; Nesterov: g + momentum v.
// The whole network in one dispatch, a quarter of a block (four vec4) per invocation. Nothing changes after a non-finite step.
struct Params {
  count: u32,
  clip_value: f32,
  weight_decay: f32,
  momentum: f32,
  dampening: f32,
  nesterov: u32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(6) var<storage, read_write> velocity: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  hidden_zero = workgroup.z;
  let first = linear_index(workgroup, groups, local, WORKGROUP) * 4u;
  if (first >= params.count || skips_update(first)) { return; }
  let h = hyper[first / 16u];
  let rate = run.rate;
  for (var i = first; i < first + 4u; i++) {
    let w = parameters[i];
    let g = gradient_of(i, w, h, true);
    let v = select(params.momentum * velocity[i] + (1.0 - params.dampening) * g, g, run.step - run.skipped == 1u);
    velocity[i] = v;
    store_update(i, w, -rate * select(v, g + params.momentum * v, params.nesterov != 0u));
  }
  end_update(first);
}
