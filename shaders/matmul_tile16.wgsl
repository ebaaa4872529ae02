// The product in register tiles: 16 x 16 outputs per invocation as 4 x 4 blocks of mat4x4, sizes multiples of 4. No index into the
// registers, no workgroup memory, no barrier: what software adapters are fast at. Linked with blocks_*, store_vec4 and a finish.
override WORKGROUP: u32 = 4;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.y * 16u;
  let column = id.x * 16u;
  if (column >= params.n) { return; }
  var c00 = mat4x4f(); var c01 = mat4x4f(); var c02 = mat4x4f(); var c03 = mat4x4f();
  var c10 = mat4x4f(); var c11 = mat4x4f(); var c12 = mat4x4f(); var c13 = mat4x4f();
  var c20 = mat4x4f(); var c21 = mat4x4f(); var c22 = mat4x4f(); var c23 = mat4x4f();
  var c30 = mat4x4f(); var c31 = mat4x4f(); var c32 = mat4x4f(); var c33 = mat4x4f();
  for (var k = 0u; k < params.k; k += 4u) {
    let b0 = b_block(k, column);
    let b1 = b_block(k, column + 4u);
    let b2 = b_block(k, column + 8u);
    let b3 = b_block(k, column + 12u);
    let a0 = a_block(row, k);
    c00 += b0 * a0; c01 += b1 * a0; c02 += b2 * a0; c03 += b3 * a0;
    let a1 = a_block(row + 4u, k);
    c10 += b0 * a1; c11 += b1 * a1; c12 += b2 * a1; c13 += b3 * a1;
    let a2 = a_block(row + 8u, k);
    c20 += b0 * a2; c21 += b1 * a2; c22 += b2 * a2; c23 += b3 * a2;
    let a3 = a_block(row + 12u, k);
    c30 += b0 * a3; c31 += b1 * a3; c32 += b2 * a3; c33 += b3 * a3;
  }
  store_block(row, column, c00);
  store_block(row, column + 4u, c01);
  store_block(row, column + 8u, c02);
  store_block(row, column + 12u, c03);
  store_block(row + 4u, column, c10);
  store_block(row + 4u, column + 4u, c11);
  store_block(row + 4u, column + 8u, c12);
  store_block(row + 4u, column + 12u, c13);
  store_block(row + 8u, column, c20);
  store_block(row + 8u, column + 4u, c21);
  store_block(row + 8u, column + 8u, c22);
  store_block(row + 8u, column + 12u, c23);
  store_block(row + 12u, column, c30);
  store_block(row + 12u, column + 4u, c31);
  store_block(row + 12u, column + 8u, c32);
  store_block(row + 12u, column + 12u, c33);
}
