// y = log(1 + exp(BETA x)) / BETA, and x itself where BETA x > THRESHOLD, as in PyTorch. saved: the input x.
override BETA: f32 = 1.0;
override THRESHOLD: f32 = 20.0;

fn act(x: vec4f) -> vec4f {
  let z = BETA * x;
  let soft = (max(z, vec4f(0.0)) + math_log1p_near(exp(-abs(z)))) / BETA;
  return select(soft, x, z > vec4f(THRESHOLD));
}

fn act_grad(saved: vec4f) -> vec4f {
  let z = BETA * saved;
  return select(math_sigmoid(z), vec4f(1.0), z > vec4f(THRESHOLD));
}
