// The largest of `count` elements from `first`; NaN where there is one. Expects lib/finite.
fn reduce(first: u32, count: u32) -> f32 {
  var high = x[first];
  for (var j = 1u; j < count; j++) {
    let v = x[first + j];
    high = select(max(high, v), high + v, is_nan(high) || is_nan(v));
  }
  return high;
}
