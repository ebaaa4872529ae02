// Elements of the data set as they are: f32 to f32, i32 to i32.
fn element(word: u32, i: u32) -> u32 {
  return data[word + i];
}
