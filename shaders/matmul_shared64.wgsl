// The product for real GPUs where there are tiles of 64 x 64 enough to keep one busy; any shape and any transpose.
// Linked with lib/shared_tile64, blocks_*, a store and a finish of shaders/matmul.

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) index: u32) {
  shared_multiply(index, workgroup.y * 64u, workgroup.x * 64u, params.k);
}
