// Adadelta (Zeiler 2012; PyTorch's conventions): a step as large as the earlier ones, eps inside both square roots.
struct Optimizer {
  rho: f32,
  eps: f32,
}
@group(0) @binding(6) var<storage, read_write> square: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> step_square: array<vec4f>;

struct Step {
  rate: f32,
}
fn at_rate(rate: f32, _t: u32) -> Step {
  return Step(rate);
}
fn change_of(i: u32, g: vec4f, it: Step) -> vec4f {
  let p = params.optimizer;
  let v = p.rho * square[i] + (1.0 - p.rho) * g * g;
  let u = step_square[i];
  let delta = sqrt(u + p.eps) / sqrt(v + p.eps) * g;
  square[i] = v;
  step_square[i] = p.rho * u + (1.0 - p.rho) * delta * delta;
  return -it.rate * delta;
}
