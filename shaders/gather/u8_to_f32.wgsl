// Stored bytes as f32, by a table of what each of the 256 stands for: the CPU divided, so the bits are those of a data set of f32.
@group(0) @binding(4) var<storage, read> levels: array<u32>;
fn element(word: u32, i: u32) -> u32 {
  return levels[(data[word + i / 4u] >> (i % 4u * 8u)) & 0xffu];
}
