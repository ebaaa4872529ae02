// SGD with momentum (PyTorch): v = momentum v + (1 - dampening) g, v = g in the first step; Nesterov: g + momentum v.
struct Optimizer {
  momentum: f32,
  dampening: f32,
  nesterov: f32, // 1: Nesterov
}
@group(0) @binding(6) var<storage, read_write> momentum_buffer: array<vec4f>;

struct Step {
  lr: f32,
  first: bool,
}
fn step_at(lr: f32, t: u32) -> Step {
  return Step(lr, t == 1u);
}
fn change_of(i: u32, g: vec4f, it: Step) -> vec4f {
  let p = params.optimizer;
  let v = select(p.momentum * momentum_buffer[i] + (1.0 - p.dampening) * g, g, it.first);
  momentum_buffer[i] = v;
  return -it.lr * select(v, g + p.momentum * v, p.nesterov != 0.0);
}
