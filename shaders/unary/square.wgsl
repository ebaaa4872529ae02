// y = x^2. saved: the input x.
fn act(x: vec4f) -> vec4f {
  return x * x;
}

fn act_grad(saved: vec4f) -> vec4f {
  return 2.0 * saved;
}
