// Stores four columns of a row of a group's product, with an epilogue of matmul.
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
fn store_four(piece: u32, row: u32, column: u32, count: u32, value: vec4f) {
  if (row >= params.m) { return; }
  let v = finish_row(row, column, value);
  let at = row * params.n + column;
  for (var i = 0u; i < count; i++) { c[at + i] = v[i]; }
}
