// a to the power b. Expects lib/power.
fn combine(a: vec4f, b: vec4f) -> vec4f {
  return power(a, b);
}
