// Adadelta (Zeiler 2012; PyTorch's conventions): a step as large as the earlier ones, eps inside both square roots.
struct Optimizer {
  rho: f32,
  eps: f32,
}
@group(0) @binding(6) var<storage, read_write> square_avg: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> acc_delta: array<vec4f>;

struct Step {
  lr: f32,
}
fn step_at(lr: f32, _t: u32) -> Step {
  return Step(lr);
}
fn change_of(i: u32, g: vec4f, it: Step) -> vec4f {
  let p = params.optimizer;
  let v = p.rho * square_avg[i] + (1.0 - p.rho) * g * g;
  let u = acc_delta[i];
  let delta = sqrt(u + p.eps) / sqrt(v + p.eps) * g;
  square_avg[i] = v;
  acc_delta[i] = p.rho * u + (1.0 - p.rho) * delta * delta;
  return -it.lr * delta;
}
