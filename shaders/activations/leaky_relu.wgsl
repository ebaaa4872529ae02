// y = x where x > 0, else ALPHA x; the derivative at 0 is ALPHA. saved: the output y, which has the sign of x as ALPHA is not negative.
override ALPHA: f32 = 0.01;

fn act(x: vec4f) -> vec4f {
  return select(ALPHA * x, x, math_is_positive(x));
}

fn act_grad(saved: vec4f) -> vec4f {
  return select(vec4f(ALPHA), vec4f(1.0), math_is_positive(saved));
}
