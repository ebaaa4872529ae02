// The gradient of the bias: the sums of dz by column, of the blocks that the gradient of the weight reads anyway.
@group(0) @binding(4) var<storage, read_write> db: array<f32>;
var<private> bias_sums: array<vec4f, 2>;
fn bias_add(side: u32, u: mat4x4f, v: mat4x4f) {
  bias_sums[side] += ((u[0] + u[1]) + (u[2] + u[3])) + ((v[0] + v[1]) + (v[2] + v[3]));
}
// Of a column of this group; the tiles of the first rows store it.
fn bias_store(column: u32) {
  for (var i = 0u; i < QUAD_COLUMNS / 4u; i++) {
    if (column + i < params.columns) { db[part * params.columns + column + i] = bias_sums[i / 4u][i % 4u]; }
  }
}
