// A tile in quads whose rows are in the order of windows of 2 x 2 pixels: bias, activation and max pool follow at once, and what is pooled is not stored. Linked with
// conv2d/pool_window.
@group(0) @binding(3) var<storage, read_write> c: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> indices: array<vec4i>;
// The pixel of a row of the product.
fn row_of(row: u32) -> u32 {
  let window = row / 4u;
  let across = params.width / 2u;
  let line = window / across;
  let y = line % (params.height / 2u) * 2u + row / 2u % 2u;
  return (line / (params.height / 2u) * params.height + y) * params.width + window % across * 2u + row % 2u;
}
fn store_tile(row: u32, column: u32, lane: u32) {
  finish_load(0u, part * params.columns + column);
  if (QUAD_COLUMNS == 32u) { finish_load(1u, part * params.columns + column + 4u); }
  for (var i = 0u; i < QUAD_ROWS / 4u * (QUAD_COLUMNS / 16u); i++) {
    let r = i / (QUAD_COLUMNS / 16u) * 4u;
    let side = i % (QUAD_COLUMNS / 16u);
    let own = column + side * 4u;
    let window = (row + quad_place(r, lane)) / 4u;
    let at = part * params.columns + own;
    var h = mat4x4f();
    for (var j = 0u; j < 4u; j++) { h[j] = finish_four(side, 0u, at, quad_four(r + j, side)); }
    let across = params.width / 2u;
    let pooled = pool_window(h, window / across % (params.height / 2u) * 2u * params.width + window % across * 2u, params.width);
    if (own < params.columns && window * 4u < params.rows) {
      c[(window * params.n + at) / 4u] = pooled.value;
      indices[(window * params.n + at) / 4u] = pooled.index;
    }
  }
}
