// y = log(sigmoid(x)). saved: the input x.
fn act(x: vec4f) -> vec4f {
  return min(x, vec4f(0.0)) - math_log1p_near(exp(-abs(x)));
}

fn act_grad(saved: vec4f) -> vec4f {
  return math_sigmoid(-saved);
}
