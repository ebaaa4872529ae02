// The larger of the two; NaN where one is NaN.
fn combine(a: vec4f, b: vec4f) -> vec4f {
  let nan = ((bitcast<vec4u>(a) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u)) | ((bitcast<vec4u>(b) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u));
  return select(max(a, b), a + b, nan);
}
