// y = log(1 + x), x > -1. saved: the input x.
fn act(x: vec4f) -> vec4f {
  return math_log1p(x);
}

fn act_grad(saved: vec4f) -> vec4f {
  return 1.0 / (1.0 + saved);
}
