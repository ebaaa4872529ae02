// A keyed permutation of 0 .. count-1: the twin of src/data/permutation.ts, bit for bit.
// A balanced Feistel network over the smallest even number of bits that holds count, walked until it lands below count.
const PERMUTE_ROUNDS = 8u;

fn permute_mix(x: u32) -> u32 {
  var h = x;
  h = (h ^ (h >> 16u)) * 0x21f0aaadu;
  h = (h ^ (h >> 15u)) * 0x735a2d97u;
  return h ^ (h >> 15u);
}

// An index outside 0 .. count-1 comes back unchanged.
fn permuted(index: u32, count: u32, key: vec2u) -> u32 {
  if (index >= count) { return index; }
  let half = max(1u, (33u - countLeadingZeros(count - 1u)) / 2u);
  let mask = (1u << half) - 1u;
  let first = permute_mix(key.x + 0x9e3779b9u);
  let stride = permute_mix(key.y ^ first);
  // The walk stays on index's own cycle, so it comes back below count after passing at most all values outside.
  let outside = ((mask << half) | mask) - count + 1u;
  var x = index;
  for (var walk = 0u; walk <= outside; walk++) {
    var left = x >> half;
    var right = x & mask;
    var round = first;
    for (var i = 0u; i < PERMUTE_ROUNDS; i++) {
      round += stride;
      let next = left ^ (permute_mix(right ^ round) & mask);
      left = right;
      right = next;
    }
    x = (left << half) | right;
    if (x < count) { break; }
  }
  return x;
}
