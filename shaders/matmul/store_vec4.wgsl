// Stores blocks of a c whose sizes are multiples of 4: four outputs are inside or outside together. Stores outside would be
// clamped by the robust buffer access and overwrite other rows, so they are guarded.
@group(0) @binding(3) var<storage, read_write> c: array<vec4f>;
fn store_row(row: u32, column: u32, value: vec4f) {
  if (row >= params.m || column >= params.n) { return; }
  c[(row * params.n + column) / 4u] = finish_row(row, column, value);
}
fn store_block(row: u32, column: u32, block: mat4x4f) {
  store_row(row, column, block[0]);
  store_row(row + 1u, column, block[1]);
  store_row(row + 2u, column, block[2]);
  store_row(row + 3u, column, block[3]);
}
