// y = x clamp(x + 3, 0, 6) / 6; the derivative at both corners is that of the flat or straight side. saved: the input x.
fn act(x: vec4f) -> vec4f {
  return x * (clamp(x + 3.0, vec4f(0.0), vec4f(6.0)) / 6.0);
}

fn act_grad(saved: vec4f) -> vec4f {
  let bend = (2.0 * saved + 3.0) / 6.0;
  return select(select(bend, vec4f(1.0), saved >= vec4f(3.0)), vec4f(0.0), saved <= vec4f(-3.0));
}
