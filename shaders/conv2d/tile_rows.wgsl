// A tile in quads is stored row by row.
@group(0) @binding(3) var<storage, read_write> c: array<vec4f>;
fn row_of(row: u32) -> u32 { return row; }
fn store_tile(row: u32, column: u32, lane: u32) {
  finish_load(0u, part * params.columns + column);
  if (QUAD_COLUMNS == 32u) { finish_load(1u, part * params.columns + column + 4u); }
  for (var i = 0u; i < QUAD_ROWS * (QUAD_COLUMNS / 16u); i++) {
    let r = i / (QUAD_COLUMNS / 16u);
    let side = i % (QUAD_COLUMNS / 16u);
    let own = column + side * 4u;
    let pixel = pixel_of(row + quad_place(r, lane));
    let at = part * params.columns + own;
    if (own < params.columns && pixel < params.m) { c[(pixel * params.n + at) / 4u] = finish_four(side, pixel, at, quad_four(r, side)); }
  }
}
