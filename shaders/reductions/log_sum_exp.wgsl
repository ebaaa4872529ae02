// log sum exp of `count` elements from `first`, by their largest; an infinite largest is the answer. Expects lib/finite.
fn reduce(first: u32, count: u32) -> f32 {
  var high = x[first];
  for (var j = 1u; j < count; j++) { high = max(high, x[first + j]); }
  var total = 0.0;
  for (var j = 0u; j < count; j++) { total += exp(x[first + j] - high); }
  return select(high, high + log(total), is_finite(high));
}
