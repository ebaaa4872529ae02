// A convolution, or a gradient of one, as a product of each group that reads its operands where they lie: a workgroup makes a tile of 32 x 32 through
// workgroup memory, from a piece of the inner indexes. Each piece has a c of its own, [piece][m][n], and sum_axis0 adds them. Linked with lib/shared_tile,
// conv2d/shape, its operands, and a store of conv2d.

// A block holds rows of A as its columns, so that the product of two blocks is `b * a`.
fn a_block(row: u32, k: u32) -> mat4x4f {
  var inner: array<vec3i, 4>;
  for (var j = 0u; j < 4u; j++) { inner[j] = a_inner(k + j); }
  var block = mat4x4f();
  for (var i = 0u; i < 4u; i++) {
    let own = a_row(row + i);
    for (var j = 0u; j < 4u; j++) { block[i][j] = a_number(select(OUTSIDE, a_at(own, inner[j]), k + j < params.k)); }
  }
  return block;
}
fn b_block(k: u32, column: u32) -> mat4x4f {
  var block = mat4x4f();
  for (var i = 0u; i < 4u; i++) {
    for (var j = 0u; j < 4u; j++) { block[i][j] = b_number(select(OUTSIDE, b_at(k + i, column + j), k + i < params.k)); }
  }
  return block;
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) index: u32) {
  let across = (params.columns + 31u) / 32u;
  let down = (params.m + 31u) / 32u;
  let tile = linear_index(workgroup, groups, 0u, 1u);
  let product = tile / across / down;
  let piece = product / params.groups;
  if (piece >= params.pieces) { return; }
  part = product % params.groups;
  let row = tile / across % down * 32u;
  let column = tile % across * 32u;
  let first = piece * params.piece;
  let sum = shared_multiply(index, row, column, first, min(first + params.piece, params.k));
  let own_row = row + index / 8u;
  let own_column = column + index % 8u * 4u;
  if (own_column < params.columns) { store_four(piece, own_row, part * params.columns + own_column, min(4u, params.columns - own_column), sum); }
}
