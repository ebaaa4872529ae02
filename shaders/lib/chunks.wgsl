// The pieces in which tensors are taken for their statistics: a workgroup's work each. Expects `run`.
struct Chunk {
  at: u32,      // first vec4 in its buffer
  first: u32,   // first element in its tensor
  size: u32,    // elements
  sample: u32,  // elements per sample where axis 0 counts samples, otherwise 0
  source: u32,  // which buffer, where several are bound (sources/any)
  tensor: u32,  // index of its tensor in the ring's row
}
// Elements that count: padded samples do not.
fn counted(chunk: Chunk) -> u32 {
  return select(chunk.size, min(chunk.size, max(run.rows * chunk.sample, chunk.first) - chunk.first), chunk.sample > 0u);
}
