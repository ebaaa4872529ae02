// The derivative of a^b with respect to b: a^b log a, and 0 for a = 0. Expects lib/power.
fn combine(a: vec4f, b: vec4f) -> vec4f {
  return select(power(a, b) * log(a), vec4f(0.0), a == vec4f(0.0));
}
