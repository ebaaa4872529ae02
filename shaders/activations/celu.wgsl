// y = x where x > 0, else ALPHA (exp(x / ALPHA) - 1): elu with derivative 1 on both sides of 0. saved: the input x, as for elu.
override ALPHA: f32 = 1.0;

fn act(x: vec4f) -> vec4f {
  return select(ALPHA * math_expm1(x / ALPHA), x, math_is_positive(x));
}

fn act_grad(saved: vec4f) -> vec4f {
  return select(exp(saved / ALPHA), vec4f(1.0), math_is_positive(saved));
}
