// Stores rows of four of a c of any shape, guarded element by element.
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
fn store_row(row: u32, column: u32, value: vec4f) {
  if (row >= params.m || column >= params.n) { return; }
  let v = finish_row(row, column, value);
  let at = row * params.n + column;
  c[at] = v.x;
  if (column + 1u < params.n) { c[at + 1u] = v.y; }
  if (column + 2u < params.n) { c[at + 2u] = v.z; }
  if (column + 3u < params.n) { c[at + 3u] = v.w; }
}
