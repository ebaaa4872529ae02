// Lion (Chen et al. 2023): the sign of a running mean, in which this gradient weighs more than in the one that is kept.
struct Optimizer {
  beta1: f32,
  beta2: f32,
}
@group(0) @binding(6) var<storage, read_write> exp_avg: array<vec4f>;

struct Step {
  lr: f32,
}
fn step_at(lr: f32, _t: u32) -> Step {
  return Step(lr);
}
fn change_of(i: u32, g: vec4f, it: Step) -> vec4f {
  let p = params.optimizer;
  let m = exp_avg[i];
  exp_avg[i] = p.beta2 * m + (1.0 - p.beta2) * g;
  return -it.lr * sign(p.beta1 * m + (1.0 - p.beta1) * g);
}
