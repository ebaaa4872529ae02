// y = x where x > 0, else ALPHA (exp(x) - 1). saved: the input x, because y + ALPHA has no digits left where y nears -ALPHA.
override ALPHA: f32 = 1.0;

fn act(x: vec4f) -> vec4f {
  return select(ALPHA * math_expm1(x), x, math_is_positive(x));
}

fn act_grad(saved: vec4f) -> vec4f {
  return select(ALPHA * exp(saved), vec4f(1.0), math_is_positive(saved));
}
