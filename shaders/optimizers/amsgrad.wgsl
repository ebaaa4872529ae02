// Adam and AdamW with AMSGrad (Reddi et al. 2018; PyTorch's conventions): the largest second moment so far.
struct Optimizer {
  beta1: f32,
  beta2: f32,
  eps: f32,
}
@group(0) @binding(6) var<storage, read_write> exp_avg: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> exp_avg_sq: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> max_exp_avg_sq: array<vec4f>;

struct Step {
  lr: f32,   // over 1 - beta1^t
  unbias: f32, // 1 / sqrt(1 - beta2^t)
}
fn step_at(lr: f32, t: u32) -> Step {
  let p = params.optimizer;
  return Step(lr / correction_at(t, p.beta1, run.bias_correction1), 1.0 / sqrt(correction_at(t, p.beta2, run.bias_correction2)));
}
fn change_of(i: u32, g: vec4f, it: Step) -> vec4f {
  let p = params.optimizer;
  let m = p.beta1 * exp_avg[i] + (1.0 - p.beta1) * g;
  let v = p.beta2 * exp_avg_sq[i] + (1.0 - p.beta2) * g * g;
  let top = max(max_exp_avg_sq[i], v);
  exp_avg[i] = m;
  exp_avg_sq[i] = v;
  max_exp_avg_sq[i] = top;
  return -it.lr * m / (sqrt(top) * it.unbias + p.eps);
}
