// x > 0, by its bits: drivers that flush denormals compare 1e-39 as 0, and with it the slope of relu would change.
fn math_is_positive(x: vec4f) -> vec4<bool> {
  return bitcast<vec4i>(x) > vec4i(0);
}
