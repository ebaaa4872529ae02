// y = 1 / sqrt(x), x > 0. saved: the input x, because y^3 would triple y's error.
fn act(x: vec4f) -> vec4f {
  return inverseSqrt(x);
}

fn act_grad(saved: vec4f) -> vec4f {
  return -0.5 * inverseSqrt(saved) / saved;
}
