// y = |x|; the slope at 0 is 0. saved: the input x.
fn act(x: vec4f) -> vec4f {
  return abs(x);
}

fn act_grad(saved: vec4f) -> vec4f {
  return sign(saved);
}
