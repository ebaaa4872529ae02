// y = 1 / x. saved: the input x, because y^2 would double y's error.
fn act(x: vec4f) -> vec4f {
  return 1.0 / x;
}

fn act_grad(saved: vec4f) -> vec4f {
  return -1.0 / (saved * saved);
}
