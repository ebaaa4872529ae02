// The pieces in which tensors are taken for their statistics: a workgroup's work each. Expects `run`.
struct Chunk {
  at: u32,      // first vec4 in its buffer
  first: u32,   // first element in its tensor
  size: u32,    // elements
  row: u32,     // elements per row where the first dimension is the batch, otherwise 0
  source: u32,  // which buffer, where several are bound (sources/any)
  tensor: u32,  // index of its tensor in the ring's row
}
// Elements that count: rows behind the true rows of the batch do not.
fn counted(chunk: Chunk) -> u32 {
  return select(chunk.size, min(chunk.size, max(run.rows * chunk.row, chunk.first) - chunk.first), chunk.row > 0u);
}
