// y = the whole number nearest to x, of two the even one; the derivative is 0. saved: the input x.
fn act(x: vec4f) -> vec4f {
  return round(x);
}

fn act_grad(saved: vec4f) -> vec4f {
  return vec4f(0.0);
}
