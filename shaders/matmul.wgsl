// The plain product, for any shape and any transpose on a software adapter: 4 x 4 outputs per invocation.
// Linked with blocks_strided, a store and a finish of shaders/matmul.
override WORKGROUP: u32 = 4;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.y * 4u;
  let column = id.x * 4u;
  if (column >= params.n) { return; }
  var block = mat4x4f();
  for (var k = 0u; k < params.k; k += 4u) { block += b_block(k, column) * a_block(row, k); }
  store_block(row, column, block);
}
