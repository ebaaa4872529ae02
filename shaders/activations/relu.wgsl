// y = x where x > 0, else 0; the derivative at 0 is 0. saved: the output y.
fn act(x: vec4f) -> vec4f {
  return math_positive_part(x);
}

fn act_grad(saved: vec4f) -> vec4f {
  return select(vec4f(0.0), vec4f(1.0), math_is_positive(saved));
}
