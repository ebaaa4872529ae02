// NAdam (Dozat 2016; PyTorch's conventions): Adam that looks a step ahead, its momentum mu_t = beta1 (1 - 0.96^(t decay) / 2).
// The whole network in one dispatch, a quarter of a block (four vec4) per invocation. Nothing changes after a non-finite step.
struct Params {
  count: u32,
  clip_value: f32,
  weight_decay: f32,
  beta1: f32,
  beta2: f32,
  epsilon: f32,
  momentum_decay: f32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(6) var<storage, read_write> mean: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> square: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> correction: array<vec4f>; // 1 - mu_1 ... mu_t, the same everywhere

fn momentum_at(t: f32) -> f32 {
  return params.beta1 * (1.0 - 0.5 * exp2(t * params.momentum_decay * log2(0.96)));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  hidden_zero = workgroup.z;
  let first = linear_index(workgroup, groups, local, WORKGROUP) * 4u;
  if (first >= params.count || skips_update(first)) { return; }
  let h = hyper[first / 16u];
  let t = f32(run.step - run.skipped);
  let mu = momentum_at(t);
  let next_mu = momentum_at(t + 1.0);
  let unbias = 1.0 / sqrt(run.correction2);
  for (var i = first; i < first + 4u; i++) {
    let w = parameters[i];
    let g = gradient_of(i, w, h, true);
    let m = params.beta1 * mean[i] + (1.0 - params.beta1) * g;
    let v = params.beta2 * square[i] + (1.0 - params.beta2) * g * g;
    let c = mu * correction[i] + (1.0 - mu);
    let next_c = next_mu * c + (1.0 - next_mu);
    mean[i] = m;
    square[i] = v;
    correction[i] = c;
    store_update(i, w, -run.rate * ((1.0 - mu) / c * g + next_mu / next_c * m) / (sqrt(v) * unbias + params.epsilon));
  }
  end_update(first);
}
