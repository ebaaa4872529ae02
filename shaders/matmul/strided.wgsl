// Operands of any shape, element by element; a transpose is a swap of strides. Reads outside the matrix give some other
// element, which may only reach outputs that are not stored.
@group(0) @binding(1) var<storage, read_write> a: array<f32>;
@group(0) @binding(2) var<storage, read_write> b: array<f32>;
fn a_at(row: u32, k: u32) -> f32 {
  return a[row * params.a_row + k * params.a_column];
}
fn b_at(k: u32, column: u32) -> f32 {
  return b[k * params.b_row + column * params.b_column];
}
