// RMSprop (PyTorch): s = alpha s + (1 - alpha) g², centered by the mean gradient if asked, with momentum; eps outside the square root.
struct Optimizer {
  alpha: f32,
  momentum: f32,
  centered: f32, // 1: the mean gradient's square is subtracted
  eps: f32,
}
@group(0) @binding(6) var<storage, read_write> square_avg: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> momentum_buffer: array<vec4f>;
@group(0) @binding(8) var<storage, read_write> grad_avg: array<vec4f>;

struct Step {
  lr: f32,
}
fn step_at(lr: f32, _t: u32) -> Step {
  return Step(lr);
}
fn change_of(i: u32, g: vec4f, it: Step) -> vec4f {
  let p = params.optimizer;
  let s = p.alpha * square_avg[i] + (1.0 - p.alpha) * g * g;
  square_avg[i] = s;
  var spread = s;
  if (p.centered != 0.0) {
    let m = p.alpha * grad_avg[i] + (1.0 - p.alpha) * g;
    grad_avg[i] = m;
    spread = max(s - m * m, vec4f());
  }
  let v = p.momentum * momentum_buffer[i] + g / (sqrt(spread) + p.eps);
  momentum_buffer[i] = v;
  return -it.lr * v;
}
