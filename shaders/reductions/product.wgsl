// The product of `count` elements from `first`.
fn reduce(first: u32, count: u32) -> f32 {
  var product = 1.0;
  for (var j = 0u; j < count; j++) { product *= x[first + j]; }
  return product;
}
