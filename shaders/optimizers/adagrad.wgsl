// Adagrad (Duchi et al. 2011; PyTorch): s = s + g², rate / (1 + (t - 1) lr_decay).
struct Optimizer {
  lr_decay: f32,
  initial_accumulator_value: f32,
  eps: f32,
}
@group(0) @binding(6) var<storage, read_write> square: array<vec4f>;

struct Step {
  rate: f32,
  first: bool,
}
fn at_rate(rate: f32, t: u32) -> Step {
  return Step(rate / (1.0 + (f32(t) - 1.0) * params.optimizer.lr_decay), t == 1u);
}
fn change_of(i: u32, g: vec4f, it: Step) -> vec4f {
  let p = params.optimizer;
  let s = select(square[i], vec4f(p.initial_accumulator_value), it.first) + g * g;
  square[i] = s;
  return -it.rate * g / (sqrt(s) + p.eps);
}
