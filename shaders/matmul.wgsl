// The product for software adapters where there are no quads, or the sizes do not suit them: any shape and any transpose, 8 x 8 outputs per
// invocation as 2 x 2 blocks of mat4x4 in registers. Linked with blocks_*, a store and a finish of shaders/matmul.
override WORKGROUP: u32 = 4;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.y * 8u;
  let column = id.x * 8u;
  if (column >= params.n) { return; }
  var c00 = mat4x4f(); var c01 = mat4x4f();
  var c10 = mat4x4f(); var c11 = mat4x4f();
  for (var k = 0u; k < params.k; k += 4u) {
    let b0 = b_block(k, column);
    let b1 = b_block(k, column + 4u);
    let a0 = a_block(row, k);
    c00 += b0 * a0; c01 += b1 * a0;
    let a1 = a_block(row + 4u, k);
    c10 += b0 * a1; c11 += b1 * a1;
  }
  // In loops, so that the epilogue is compiled 4 times and not 16.
  for (var half = 0u; half < 8u; half += 4u) {
    for (var side = 0u; side < 8u; side += 4u) {
      store_block(row + half, column + side, c00);
      c00 = c01;
    }
    c00 = c10; c01 = c11;
  }
}
