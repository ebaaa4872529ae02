// y = log(x), x > 0. saved: the input x.
fn act(x: vec4f) -> vec4f {
  return math_log(x);
}

fn act_grad(saved: vec4f) -> vec4f {
  return 1.0 / saved;
}
