// The smallest of `count` elements from `first`; NaN where there is one. Expects lib/finite.
fn reduce(first: u32, count: u32) -> f32 {
  var low = x[first];
  for (var j = 1u; j < count; j++) {
    let v = x[first + j];
    low = select(min(low, v), low + v, is_nan(low) || is_nan(v));
  }
  return low;
}
