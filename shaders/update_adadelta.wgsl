// Adadelta (Zeiler 2012; PyTorch's conventions): a step as large as the earlier ones, eps inside both square roots.
// The whole network in one dispatch, a quarter of a block (four vec4) per invocation. Nothing changes after a non-finite step.
struct Params {
  count: u32,
  clip_value: f32,
  weight_decay: f32,
  rho: f32,
  epsilon: f32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(6) var<storage, read_write> square: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> step_square: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  hidden_zero = workgroup.z;
  let first = linear_index(workgroup, groups, local, WORKGROUP) * 4u;
  if (first >= params.count || skips_update(first)) { return; }
  let h = hyper[first / 16u];
  for (var i = first; i < first + 4u; i++) {
    let w = parameters[i];
    let g = gradient_of(i, w, h, true);
    let v = params.rho * square[i] + (1.0 - params.rho) * g * g;
    let u = step_square[i];
    let delta = sqrt(u + params.epsilon) / sqrt(v + params.epsilon) * g;
    square[i] = v;
    step_square[i] = params.rho * u + (1.0 - params.rho) * delta * delta;
    store_update(i, w, -run.rate * delta);
  }
  end_update(first);
}
