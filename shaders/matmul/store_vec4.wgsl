// Stores blocks of a c whose sizes are multiples of 4: a block is inside or outside as a whole. Stores outside would be
// clamped by the robust buffer access and overwrite other rows, so they are guarded.
@group(0) @binding(3) var<storage, read_write> c: array<vec4f>;
fn store_block(row: u32, column: u32, block: mat4x4f) {
  if (row >= params.m || column >= params.n) { return; }
  let stride = params.n / 4u;
  let at = row * stride + column / 4u;
  c[at] = finish_row(row, column, block[0]);
  c[at + stride] = finish_row(row + 1u, column, block[1]);
  c[at + 2u * stride] = finish_row(row + 2u, column, block[2]);
  c[at + 3u * stride] = finish_row(row + 3u, column, block[3]);
}
