// The product for every adapter but SwiftShader, where there are tiles of 64 x 64 enough to keep one busy; any shape and any transpose.
// Linked with lib/shared_tile64, operands, a store and an epilogue of shaders/matmul.
override FOLDED: u32 = 0;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) index: u32) {
  let tile = tile_of(workgroup, groups, 64u);
  let first_row = tile.x * 64u;
  let first_column = tile.y * 64u;
  let block = shared_multiply(index, first_row, first_column, params.k);
  let row = first_row + index / 16u * 4u;
  let column = first_column + index % 16u * 4u;
  store_row(row, column, block[0]);
  store_row(row + 1u, column, block[1]);
  store_row(row + 2u, column, block[2]);
  store_row(row + 3u, column, block[3]);
}
