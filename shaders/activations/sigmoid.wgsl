// y = 1 / (1 + exp(-x)). saved: the output y. The derivative y (1 - y) is relatively right down to the smallest y;
// towards y = 1 it is right to 6e-8 only, and 0 above x = 17, as it is in PyTorch.
fn act(x: vec4f) -> vec4f {
  return math_sigmoid(x);
}

fn act_grad(saved: vec4f) -> vec4f {
  return saved * (1.0 - saved);
}
