// The sum of `count` elements from `first`, in blocks, whose errors do not pile up.
fn reduce(first: u32, count: u32) -> f32 {
  var total = 0.0;
  for (var block = 0u; block < count; block += 64u) {
    var part = 0.0;
    for (var j = block; j < min(block + 64u, count); j++) { part += x[first + j]; }
    total += part;
  }
  return total;
}
