// Adagrad (Duchi et al. 2011; PyTorch): s = s + g², rate / (1 + (t - 1) rate_decay).
// The whole network in one dispatch, a quarter of a block (four vec4) per invocation. Nothing changes after a non-finite step.
struct Params {
  count: u32,
  clip_value: f32,
  weight_decay: f32,
  rate_decay: f32,
  epsilon: f32,
  initial: f32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(6) var<storage, read_write> square: array<vec4f>;

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
    let t = f32(run.step - run.skipped);
    let s = select(square[i], vec4f(params.initial), t == 1.0) + g * g;
    square[i] = s;
    store_update(i, w, -rate / (1.0 + (t - 1.0) * params.rate_decay) * g / (sqrt(s) + params.epsilon));
  }
  end_update(first);
}
