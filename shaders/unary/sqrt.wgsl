// y = sqrt(x), x >= 0. saved: the output y.
fn act(x: vec4f) -> vec4f {
  return sqrt(x);
}

fn act_grad(saved: vec4f) -> vec4f {
  return 0.5 / saved;
}
