// y = the largest whole number that is not above x; the derivative is 0. saved: the input x.
fn act(x: vec4f) -> vec4f {
  return floor(x);
}

fn act_grad(saved: vec4f) -> vec4f {
  return vec4f(0.0);
}
