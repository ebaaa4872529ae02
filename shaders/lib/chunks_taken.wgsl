// The pieces of lib/chunks where some tensors hold only rows that were taken (take_rows, with a head). Expects `run` and source_one().
struct Chunk {
  at: u32,      // first vec4 in its buffer
  first: u32,   // first element in its tensor
  size: u32,    // elements
  sample: u32,  // elements per sample where axis 0 counts samples, otherwise 0; TAKEN for taken rows, whose head lies before the first of them
  source: u32,  // which buffer, where several are bound (sources/any)
  tensor: u32,  // index of its tensor in the ring's row
}
const TAKEN = 0xffffffffu;
fn counted(chunk: Chunk) -> u32 {
  var total = run.rows * chunk.sample;
  if (chunk.sample == TAKEN) {
    let head = source_one(chunk.source, chunk.at - chunk.first / 4u - 1u);
    total = u32(head.x) + (u32(head.y) << 16u);
  }
  return select(chunk.size, min(chunk.size, max(total, chunk.first) - chunk.first), chunk.sample > 0u);
}
