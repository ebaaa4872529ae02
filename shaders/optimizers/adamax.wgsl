// Adamax (Kingma & Ba 2015, by the infinity norm; PyTorch's conventions): eps is added to |g| before the largest is taken.
struct Optimizer {
  beta1: f32,
  beta2: f32,
  eps: f32,
}
@group(0) @binding(6) var<storage, read_write> exp_avg: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> exp_inf: array<vec4f>;

struct Step {
  lr: f32, // over 1 - beta1^t
}
fn step_at(lr: f32, t: u32) -> Step {
  return Step(lr / correction_at(t, params.optimizer.beta1, run.bias_correction1));
}
fn change_of(i: u32, g: vec4f, it: Step) -> vec4f {
  let p = params.optimizer;
  let m = p.beta1 * exp_avg[i] + (1.0 - p.beta1) * g;
  let u = max(p.beta2 * exp_inf[i], abs(g) + p.eps);
  exp_avg[i] = m;
  exp_inf[i] = u;
  // Behind the entry's last element everything is zero, and with an eps of zero so is u.
  return -it.lr * select(m / u, vec4f(), u == vec4f());
}
