// Sums over the rows of a column where one invocation owns it: SwiftShader. The sums are there already.
fn column_sum(local: u32, own: vec2f) -> vec2f {
  return own;
}
