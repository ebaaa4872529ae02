// Adam and AdamW with AMSGrad (Reddi et al. 2018; PyTorch's conventions): the largest second moment so far.
struct Optimizer {
  beta1: f32,
  beta2: f32,
  eps: f32,
}
@group(0) @binding(6) var<storage, read_write> mean: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> square: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> largest: array<vec4f>;

struct Step {
  rate: f32,   // over 1 - beta1^t
  unbias: f32, // 1 / sqrt(1 - beta2^t)
}
fn at_rate(rate: f32, t: u32) -> Step {
  let p = params.optimizer;
  return Step(rate / correction_at(t, p.beta1, run.bias_correction1), 1.0 / sqrt(correction_at(t, p.beta2, run.bias_correction2)));
}
fn change_of(i: u32, g: vec4f, it: Step) -> vec4f {
  let p = params.optimizer;
  let m = p.beta1 * mean[i] + (1.0 - p.beta1) * g;
  let v = p.beta2 * square[i] + (1.0 - p.beta2) * g * g;
  let top = max(largest[i], v);
  mean[i] = m;
  square[i] = v;
  largest[i] = top;
  return -it.rate * m / (sqrt(top) * it.unbias + p.eps);
}
