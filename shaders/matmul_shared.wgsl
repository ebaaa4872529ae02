// The product for every adapter but SwiftShader, for any shape and any transpose: a workgroup makes a tile of 32 x 32 through workgroup memory.
// Linked with lib/shared_tile, operands, a store and a finish of shaders/matmul.

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) index: u32) {
  let row = workgroup.y * 32u;
  let column = workgroup.x * 32u;
  let sum = shared_multiply(index, row, column, 0u, params.k);
  store_row(row + index / 8u, column + index % 8u * 4u, sum);
}
