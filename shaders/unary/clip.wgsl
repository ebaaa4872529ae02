// y = x, held between MIN and MAX (MAX wins where they cross); the derivative is 1 at both, as in PyTorch. saved: the input x. Not clamp, which may hide NaN.
override MIN: f32 = -3.4028234663852886e38;
override MAX: f32 = 3.4028234663852886e38;

fn act(x: vec4f) -> vec4f {
  let y = select(x, vec4f(MIN), x < vec4f(MIN));
  return select(y, vec4f(MAX), y > vec4f(MAX));
}

fn act_grad(saved: vec4f) -> vec4f {
  return select(vec4f(0.0), vec4f(1.0), (saved >= vec4f(MIN)) & (saved <= vec4f(MAX)));
}
