// y = x moved by LAMBDA towards 0, and 0 where |x| <= LAMBDA. saved: the output y, which is 0 exactly where the derivative is.
override LAMBDA: f32 = 0.5;

fn act(x: vec4f) -> vec4f {
  return x - clamp(x, vec4f(-LAMBDA), vec4f(LAMBDA));
}

fn act_grad(saved: vec4f) -> vec4f {
  return select(vec4f(0.0), vec4f(1.0), saved != vec4f(0.0));
}
