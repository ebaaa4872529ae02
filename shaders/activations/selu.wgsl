// y = SCALE x where x > 0, else SCALE ALPHA (exp(x) - 1); the defaults keep mean 0 and variance 1 (Klambauer 2017). saved: the input x, as for elu.
override ALPHA: f32 = 1.6732632423543772;
override SCALE: f32 = 1.0507009873554805;

fn act(x: vec4f) -> vec4f {
  return SCALE * select(ALPHA * math_expm1(x), x, math_is_positive(x));
}

fn act_grad(saved: vec4f) -> vec4f {
  return SCALE * select(ALPHA * exp(saved), vec4f(1.0), math_is_positive(saved));
}
