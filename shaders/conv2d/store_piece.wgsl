// Stores four columns of a row of a piece of a sum: [piece][m][n].
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
fn store_four(piece: u32, row: u32, column: u32, count: u32, value: vec4f) {
  if (row >= params.m) { return; }
  let at = (piece * params.m + row) * params.n + column;
  for (var i = 0u; i < count; i++) { c[at + i] = value[i]; }
}
