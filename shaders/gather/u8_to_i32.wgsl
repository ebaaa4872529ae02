// Stored bytes as i32.
fn element(word: u32, i: u32) -> u32 {
  return (data[word + i / 4u] >> (i % 4u * 8u)) & 0xffu;
}
