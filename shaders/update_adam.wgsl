// Adam and AdamW (Kingma & Ba 2015; Loshchilov & Hutter 2019; PyTorch's conventions): eps outside the square root.
// The whole network in one dispatch, a quarter of a block (four vec4) per invocation. Nothing changes after a non-finite step.
struct Params {
  count: u32,
  clip_value: f32,
  weight_decay: f32,
  beta1: f32,
  beta2: f32,
  epsilon: f32,
  decoupled: u32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(6) var<storage, read_write> mean: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> square: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  hidden_zero = workgroup.z;
  let first = linear_index(workgroup, groups, local, WORKGROUP) * 4u;
  if (first >= params.count || skips_update(first)) { return; }
  let h = hyper[first / 16u];
  let rate = run.rate / run.correction1;
  let unbias = 1.0 / sqrt(run.correction2);
  for (var i = first; i < first + 4u; i++) {
    let w = parameters[i];
    let g = gradient_of(i, w, h, params.decoupled == 0u);
    let decay = select(0.0, run.rate * params.weight_decay * h.z, params.decoupled != 0u);
    let m = params.beta1 * mean[i] + (1.0 - params.beta1) * g;
    let v = params.beta2 * square[i] + (1.0 - params.beta2) * g * g;
    mean[i] = m;
    square[i] = v;
    store_update(i, w, -rate * m / (sqrt(v) * unbias + params.epsilon) - decay * w);
  }
  end_update(first);
}
