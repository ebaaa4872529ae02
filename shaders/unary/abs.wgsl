// y = |x|; the derivative at 0 is 0. saved: the input x.
fn act(x: vec4f) -> vec4f {
  return abs(x);
}

// By bits, as sign() is 0 for denormals on drivers that flush them.
fn act_grad(saved: vec4f) -> vec4f {
  let bits = bitcast<vec4i>(saved);
  let nonzero = (bits & vec4i(0x7fffffff)) != vec4i(0);
  return select(vec4f(0.0), select(vec4f(-1.0), vec4f(1.0), bits > vec4i(0)), nonzero);
}
