// The product for SwiftShader where there are no quads, or the sizes do not suit them: any shape and any transpose, 4 x 4 outputs per
// invocation. Mostly for the few columns at the end of a network, so what counts is that it is soon compiled: 8 x 8 outputs took twice as
// long for that and were 1.7 times as fast. Linked with operands, a store and an epilogue of shaders/matmul.
override WORKGROUP: u32 = 4;
override FOLDED: u32 = 0;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let tile = tile_of(workgroup, groups, WORKGROUP * 4u);
  let row = tile.x * 4u;
  let column = (tile.y * WORKGROUP + local) * 4u;
  if (column >= params.n) { return; }
  var block = mat4x4f();
  for (var k = 0u; k < params.k; k += 4u) { block += b_block(k, column) * a_block(row, k); }
  // Rows in a loop that hands them down: store and epilogue are compiled once.
  for (var r = 0u; r < 4u; r++) {
    store_row(row + r, column, block[0]);
    block = mat4x4f(block[1], block[2], block[3], block[3]);
  }
}
