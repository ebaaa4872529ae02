// y = x where x > 0, else 0; the slope at 0 is 0. saved: the output y.
// select and not max, which may turn NaN into 0 and hide it from the loss.
fn act(x: vec4f) -> vec4f {
  return select(x, vec4f(0.0), x < vec4f(0.0));
}

fn act_grad(saved: vec4f) -> vec4f {
  return select(vec4f(0.0), vec4f(1.0), math_is_positive(saved));
}
