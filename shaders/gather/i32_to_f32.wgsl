// Stored i32 as f32.
fn element(word: u32, i: u32) -> u32 {
  return bitcast<u32>(f32(bitcast<i32>(data[word + i])));
}
