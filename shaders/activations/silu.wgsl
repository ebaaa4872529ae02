// y = x sigmoid(x), also called swish. saved: the input x.
fn act(x: vec4f) -> vec4f {
  return x * math_sigmoid(x);
}

// sigmoid(x) (1 + x sigmoid(-x)) over one denominator. 1 + x comes first: that is exact around the root at -1.28, and the rest keeps its digits.
fn act_grad(saved: vec4f) -> vec4f {
  let above = saved > vec4f(0.0);
  let e = exp(-abs(saved));
  let r = 1.0 / (1.0 + e);
  return select(e, vec4f(1.0), above) * ((1.0 + saved * select(vec4f(1.0), e, above)) + e) * r * r;
}
