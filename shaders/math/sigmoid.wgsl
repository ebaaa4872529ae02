// 1 / (1 + exp(-x))
fn math_sigmoid(x: vec4f) -> vec4f {
  let e = exp(-abs(x));
  let r = 1.0 / (1.0 + e);
  return select(e * r, r, x > vec4f(0.0));
}
