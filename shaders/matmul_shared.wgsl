// The product for every adapter but SwiftShader, for any shape and any transpose: a workgroup makes a tile of 32 x 32 through workgroup memory.
// Linked with lib/shared_tile, operands, a store and an epilogue of shaders/matmul.
override FOLDED: u32 = 0;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) index: u32) {
  let tile = tile_of(workgroup, groups, 32u);
  let row = tile.x * 32u;
  let column = tile.y * 32u;
  let sum = shared_multiply(index, row, column, 0u, params.k);
  store_row(row + index / 8u, column + index % 8u * 4u, sum);
}
