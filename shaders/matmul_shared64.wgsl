// The product for real GPUs where there are tiles of 64 x 64 enough to keep one busy; any shape and any transpose.
// Linked with lib/shared_tile64, blocks_*, a store and a finish of shaders/matmul.

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) index: u32) {
  let row = workgroup.y * 64u;
  let column = workgroup.x * 64u;
  store_block(row + index / 16u * 4u, column + index % 16u * 4u, shared_multiply(index, row, column, params.k));
}
