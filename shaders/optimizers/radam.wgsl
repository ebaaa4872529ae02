// RAdam (Liu 2020; PyTorch's conventions): Adam whose adaptive part is scaled by how far its variance can be trusted, and left out where it cannot.
struct Optimizer {
  beta1: f32,
  beta2: f32,
  eps: f32,
  longest: f32, // the length of the average after many steps, 2 / (1 - beta2) - 1
}
@group(0) @binding(6) var<storage, read_write> exp_avg: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> exp_avg_sq: array<vec4f>;

struct Step {
  lr: f32,      // over 1 - beta1^t
  trusted: bool,
  rectified: f32, // the scale of the adaptive part
}
fn step_at(lr: f32, t: u32) -> Step {
  let correction2 = correction_at(t, params.optimizer.beta2, run.bias_correction2);
  let r = radam_length(t, correction2);
  let far = params.optimizer.longest;
  let rectified = sqrt(max(0.0, (r - 4.0) * (r - 2.0) * far / ((far - 4.0) * (far - 2.0) * r))) * sqrt(correction2);
  return Step(lr / correction_at(t, params.optimizer.beta1, run.bias_correction1), r > 5.0, rectified);
}
// The length of the average after t steps: longest - 2 t beta2^t / (1 - beta2^t). That difference of large numbers loses the digits of a
// small one, so the first steps add it up: n' = beta2 n + (1 - beta2) + 2 beta2 c, c' = beta2 c + (1 - beta2), length = n / c.
fn radam_length(t: u32, correction2: f32) -> f32 {
  let beta2 = params.optimizer.beta2;
  let rest = 1.0 - beta2;
  var n = 0.0;
  var c = 0.0;
  for (var i = 0u; i < select(t, 0u, t > 128u); i++) {
    n = beta2 * n + rest + 2.0 * beta2 * c;
    c = beta2 * c + rest;
  }
  let direct = params.optimizer.longest - 2.0 * f32(t) * (1.0 - correction2) / correction2;
  return select(n / c, direct, t > 128u);
}
fn change_of(i: u32, g: vec4f, it: Step) -> vec4f {
  let p = params.optimizer;
  let m = p.beta1 * exp_avg[i] + (1.0 - p.beta1) * g;
  let v = p.beta2 * exp_avg_sq[i] + (1.0 - p.beta2) * g * g;
  exp_avg[i] = m;
  exp_avg_sq[i] = v;
  return -it.lr * m * select(vec4f(1.0), it.rectified / (sqrt(v) + p.eps), it.trusted);
}
