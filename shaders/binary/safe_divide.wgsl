// a / b, and 0 where b is 0.
fn combine(a: vec4f, b: vec4f) -> vec4f {
  return select(a / b, vec4f(0.0), b == vec4f(0.0));
}
