// y = 1, -1 or 0, as x is above, below or at 0; the derivative is 0. NaN stays NaN. saved: the input x.
fn act(x: vec4f) -> vec4f {
  // By bits, as sign() is 0 for denormals on drivers that flush them.
  let bits = bitcast<vec4i>(x);
  let magnitude = bits & vec4i(0x7fffffff);
  let y = select(vec4f(-1.0), vec4f(1.0), bits > vec4i(0));
  return select(select(y, x, magnitude > vec4i(0x7f800000)), vec4f(0.0), magnitude == vec4i(0));
}

fn act_grad(saved: vec4f) -> vec4f {
  return vec4f(0.0);
}
