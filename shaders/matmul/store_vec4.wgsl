// Stores rows of four of a c whose sizes are multiples of 4: the four are inside or outside together. Stores outside would be
// clamped by the robust buffer access and overwrite other rows, so they are guarded.
@group(0) @binding(3) var<storage, read_write> c: array<vec4f>;
fn store_row(row: u32, column: u32, value: vec4f) {
  if (row >= params.m || column >= params.n) { return; }
  c[(row * params.n + column) / 4u] = finish_row(row, column, value);
}
