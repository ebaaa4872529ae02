// y = x sigmoid(x), also called swish. saved: the input x.
fn act(x: vec4f) -> vec4f {
  return x * math_sigmoid(x);
}

fn act_grad(saved: vec4f) -> vec4f {
  return math_sigmoid(saved) * (1.0 + saved * math_sigmoid(-saved));
}
