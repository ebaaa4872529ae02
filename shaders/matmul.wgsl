// The plain product, for any shape and any transpose: 4 x 4 outputs per invocation, one outer product per inner index.
// Linked with strided, a store and a finish of shaders/matmul.
override WORKGROUP: u32 = 4;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.y * 4u;
  let column = id.x * 4u;
  if (column >= params.n) { return; }
  var block = mat4x4f();
  for (var k = 0u; k < params.k; k++) {
    let y = vec4f(b_at(k, column), b_at(k, column + 1u), b_at(k, column + 2u), b_at(k, column + 3u));
    block += mat4x4f(a_at(row, k) * y, a_at(row + 1u, k) * y, a_at(row + 2u, k) * y, a_at(row + 3u, k) * y);
  }
  store_block(row, column, block);
}
