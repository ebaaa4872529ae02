// Adagrad (Duchi et al. 2011; PyTorch): s = s + g², lr / (1 + (t - 1) lr_decay).
struct Optimizer {
  lr_decay: f32,
  initial_accumulator_value: f32,
  eps: f32,
}
@group(0) @binding(6) var<storage, read_write> sum: array<vec4f>;

struct Step {
  lr: f32,
  first: bool,
}
fn step_at(lr: f32, t: u32) -> Step {
  return Step(lr / (1.0 + (f32(t) - 1.0) * params.optimizer.lr_decay), t == 1u);
}
fn change_of(i: u32, g: vec4f, it: Step) -> vec4f {
  let p = params.optimizer;
  let s = select(sum[i], vec4f(p.initial_accumulator_value), it.first) + g * g;
  sum[i] = s;
  return -it.lr * g / (sqrt(s) + p.eps);
}
