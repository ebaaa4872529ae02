// The derivative of a^b with respect to a: b a^(b - 1). Expects lib/power.
fn combine(a: vec4f, b: vec4f) -> vec4f {
  return select(b * power(a, b - 1.0), vec4f(0.0), b == vec4f(0.0));
}
