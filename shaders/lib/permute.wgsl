// A keyed permutation of 0 .. count-1, the twin of `permuted` in src/data/permutation.ts: a balanced Feistel network over
// the smallest even number of bits that holds count, walked until the value is below count. No list of indexes is stored.
fn permute_hash(x: u32, key: u32) -> u32 {
  var h = x * 0x9e3779b1u + key;
  h = (h ^ (h >> 16u)) * 0x21f0aaadu;
  h = (h ^ (h >> 15u)) * 0x735a2d97u;
  return h ^ (h >> 15u);
}
fn permuted(index: u32, count: u32, key: vec2u) -> u32 {
  var half = 1u;
  while ((1u << (2u * half)) < count && half < 15u) { half++; }
  let mask = (1u << half) - 1u;
  var value = index;
  // A walk leaves the count's range with a probability below 3/4 per turn; the bound is for the compiler's peace of mind.
  for (var turn = 0u; turn < 1024u; turn++) {
    var left = value >> half;
    var right = value & mask;
    for (var round = 0u; round < 6u; round++) {
      let next = left ^ (permute_hash(right + (round << 24u), select(key.x, key.y, (round & 1u) == 1u)) & mask);
      left = right;
      right = next;
    }
    value = (left << half) | right;
    if (value < count) { break; }
  }
  return value;
}
