// y = x / (1 + |x|). saved: the input x; (1 - |y|)^2 would lose its digits where y nears 1.
fn act(x: vec4f) -> vec4f {
  return x / (1.0 + abs(x));
}

fn act_grad(saved: vec4f) -> vec4f {
  let r = 1.0 / (1.0 + abs(saved));
  return r * r;
}
