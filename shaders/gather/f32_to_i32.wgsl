// Whole numbers stored as f32, as i32: class indices beside inputs that are numbers.
fn element(word: u32, i: u32) -> u32 {
  return bitcast<u32>(i32(bitcast<f32>(data[word + i])));
}
