// The float nearest to an integer.
fn converted(bits: vec4u) -> vec4u {
  return bitcast<vec4u>(vec4f(bitcast<vec4i>(bits)));
}
