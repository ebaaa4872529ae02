// Adamax (Kingma & Ba 2015, by the infinity norm; PyTorch's conventions): eps is added to |g| before the largest is taken.
struct Optimizer {
  beta1: f32,
  beta2: f32,
  eps: f32,
}
@group(0) @binding(6) var<storage, read_write> mean: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> largest: array<vec4f>;

struct Step {
  rate: f32, // over 1 - beta1^t
}
fn at_rate(rate: f32, t: u32) -> Step {
  return Step(rate / correction_at(t, params.optimizer.beta1, run.bias_correction1));
}
fn change_of(i: u32, g: vec4f, it: Step) -> vec4f {
  let p = params.optimizer;
  let m = p.beta1 * mean[i] + (1.0 - p.beta1) * g;
  let u = max(p.beta2 * largest[i], abs(g) + p.eps);
  mean[i] = m;
  largest[i] = u;
  // Behind the entry's last element everything is zero, and with an eps of zero so is u.
  return -it.rate * select(m / u, vec4f(), u == vec4f());
}
