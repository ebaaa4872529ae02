// 1 where a > b, 1/2 where they are equal, else 0: how a maximum shares its gradient.
fn combine(a: vec4f, b: vec4f) -> vec4f {
  return select(select(vec4f(0.0), vec4f(0.5), a == b), vec4f(1.0), a > b);
}
