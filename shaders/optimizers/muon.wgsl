// Muon (Jordan et al. 2024; PyTorch's conventions) for matrices, whose step has been prepared, and AdamW for everything else. The two arenas hold what either
// needs of its own parameters: of a matrix the momentum and the prepared step, of the others the moments.
struct Optimizer {
  beta1: f32,
  beta2: f32,
  eps: f32,
}
@group(0) @binding(6) var<storage, read_write> exp_avg: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> exp_avg_sq: array<vec4f>;

struct Step {
  lr: f32,
  unbias1: f32, // 1 / (1 - beta1^t)
  unbias2: f32, // 1 / sqrt(1 - beta2^t)
}
fn step_at(lr: f32, t: u32) -> Step {
  let p = params.optimizer;
  return Step(lr, 1.0 / correction_at(t, p.beta1, run.bias_correction1), 1.0 / sqrt(correction_at(t, p.beta2, run.bias_correction2)));
}
fn change_of(i: u32, g: vec4f, it: Step) -> vec4f {
  if (hyper[params.count / 16u + i / 16u].z != 0.0) { return -it.lr * exp_avg_sq[i]; }
  let p = params.optimizer;
  let m = p.beta1 * exp_avg[i] + (1.0 - p.beta1) * g;
  let v = p.beta2 * exp_avg_sq[i] + (1.0 - p.beta2) * g * g;
  exp_avg[i] = m;
  exp_avg_sq[i] = v;
  return -it.lr * it.unbias1 * m / (sqrt(v) * it.unbias2 + p.eps);
}
