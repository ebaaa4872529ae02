// Lion (Chen et al. 2023): the sign of a running mean, in which this gradient weighs more than in the one that is kept.
struct Optimizer {
  beta1: f32,
  beta2: f32,
}
@group(0) @binding(6) var<storage, read_write> mean: array<vec4f>;

struct Step {
  rate: f32,
}
fn at_rate(rate: f32, _t: u32) -> Step {
  return Step(rate);
}
fn change_of(i: u32, g: vec4f, it: Step) -> vec4f {
  let p = params.optimizer;
  let m = mean[i];
  mean[i] = p.beta2 * m + (1.0 - p.beta2) * g;
  return -it.rate * sign(p.beta1 * m + (1.0 - p.beta1) * g);
}
