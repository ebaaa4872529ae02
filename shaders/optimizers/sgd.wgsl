// SGD with momentum (PyTorch): v = momentum v + (1 - dampening) g, v = g in the first step; Nesterov: g + momentum v.
struct Optimizer {
  momentum: f32,
  dampening: f32,
  nesterov: f32, // 1: Nesterov
}
@group(0) @binding(6) var<storage, read_write> velocity: array<vec4f>;

struct Step {
  rate: f32,
  first: bool,
}
fn at_rate(rate: f32, t: u32) -> Step {
  return Step(rate, t == 1u);
}
fn change_of(i: u32, g: vec4f, it: Step) -> vec4f {
  let p = params.optimizer;
  let v = select(p.momentum * velocity[i] + (1.0 - p.dampening) * g, g, it.first);
  velocity[i] = v;
  return -it.rate * select(v, g + p.momentum * v, p.nesterov != 0.0);
}
