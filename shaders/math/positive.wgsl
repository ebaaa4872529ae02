// The sign of x by its bits: drivers that flush denormals compare 1e-39 as 0, and with it the value or the derivative of relu would change.
fn math_is_positive(x: vec4f) -> vec4<bool> {
  return bitcast<vec4i>(x) > vec4i(0);
}
// x where x > 0, else 0; NaN stays, whatever its sign, so that the loss shows it. Chosen among integers: a driver may make a max of a choice among
// floats, which loses NaN and denormals. Negative NaN come after -Inf.
fn math_positive_part(x: vec4f) -> vec4f {
  let bits = bitcast<vec4i>(x);
  return bitcast<vec4f>(select(bits, vec4i(0), bits <= vec4i(bitcast<i32>(0xff800000u))));
}
