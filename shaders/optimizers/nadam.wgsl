// NAdam (Dozat 2016; PyTorch's conventions): Adam that looks a step ahead, its momentum mu_t = beta1 (1 - 0.96^(t decay) / 2).
struct Optimizer {
  beta1: f32,
  beta2: f32,
  eps: f32,
  momentum_decay: f32,
}
@group(0) @binding(6) var<storage, read_write> exp_avg: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> exp_avg_sq: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> correction: array<vec4f>; // 1 - mu_1 ... mu_t, the same everywhere

struct Step {
  lr: f32,
  mu: f32,      // mu_t
  next_mu: f32, // mu_(t + 1)
  unbias: f32,  // 1 / sqrt(1 - beta2^t)
}
fn step_at(lr: f32, t: u32) -> Step {
  let unbias = 1.0 / sqrt(correction_at(t, params.optimizer.beta2, run.bias_correction2));
  return Step(lr, nadam_momentum(f32(t)), nadam_momentum(f32(t) + 1.0), unbias);
}
fn nadam_momentum(t: f32) -> f32 {
  return params.optimizer.beta1 * (1.0 - 0.5 * exp2(t * params.optimizer.momentum_decay * log2(0.96)));
}
fn change_of(i: u32, g: vec4f, it: Step) -> vec4f {
  let p = params.optimizer;
  let m = p.beta1 * exp_avg[i] + (1.0 - p.beta1) * g;
  let v = p.beta2 * exp_avg_sq[i] + (1.0 - p.beta2) * g * g;
  let c = it.mu * correction[i] + (1.0 - it.mu);
  let next_c = it.next_mu * c + (1.0 - it.next_mu);
  exp_avg[i] = m;
  exp_avg_sq[i] = v;
  correction[i] = c;
  return -it.lr * ((1.0 - it.mu) / c * g + it.next_mu / next_c * m) / (sqrt(v) * it.unbias + p.eps);
}
