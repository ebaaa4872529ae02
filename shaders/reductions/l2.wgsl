// The L2 norm of `count` elements from `first`, scaled by the power of two below the largest, so that squares neither
// overflow nor underflow. Expects lib/norm.
fn reduce(first: u32, count: u32) -> f32 {
  var high = 0.0;
  for (var j = 0u; j < count; j++) { high = max(high, abs(x[first + j])); }
  let scale = power_of_two(high);
  let inverse = reciprocal_of_power(scale);
  var total = 0.0;
  for (var block = 0u; block < count; block += 64u) {
    var part = 0.0;
    for (var j = block; j < min(block + 64u, count); j++) {
      let v = x[first + j] * inverse;
      part += v * v;
    }
    total += part;
  }
  return sqrt(total) * scale;
}
