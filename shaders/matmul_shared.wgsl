// The product for real GPUs: a workgroup of 8 x 8 invocations makes 32 x 32 outputs, 4 x 4 each, from tiles of A and B in
// workgroup memory, 16 inner indexes at a time. Linked with strided, a store and a finish of shaders/matmul.
const TILE = 32u;
const INNER = 16u;
var<workgroup> a_tile: array<vec4f, 128>; // [inner][row / 4]
var<workgroup> b_tile: array<vec4f, 128>; // [inner][column / 4]

fn a_or_zero(row: u32, k: u32) -> f32 {
  if (row >= params.m || k >= params.k) { return 0.0; }
  return a_at(row, k);
}
fn b_or_zero(k: u32, column: u32) -> f32 {
  if (column >= params.n || k >= params.k) { return 0.0; }
  return b_at(k, column);
}

@compute @workgroup_size(8, 8)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_id) local: vec3u, @builtin(local_invocation_index) index: u32) {
  let first_row = workgroup.y * TILE;
  let first_column = workgroup.x * TILE;
  var block = mat4x4f();
  for (var k = 0u; k < params.k; k += INNER) {
    // 128 vec4 of each tile, two per invocation.
    for (var i = index; i < 128u; i += 64u) {
      let inner = k + i / 8u;
      let four = (i % 8u) * 4u;
      let row = first_row + four;
      let column = first_column + four;
      a_tile[i] = vec4f(a_or_zero(row, inner), a_or_zero(row + 1u, inner), a_or_zero(row + 2u, inner), a_or_zero(row + 3u, inner));
      b_tile[i] = vec4f(b_or_zero(inner, column), b_or_zero(inner, column + 1u), b_or_zero(inner, column + 2u), b_or_zero(inner, column + 3u));
    }
    workgroupBarrier();
    for (var inner = 0u; inner < INNER; inner++) {
      let x = a_tile[inner * 8u + local.y];
      let y = b_tile[inner * 8u + local.x];
      block += mat4x4f(x.x * y, x.y * y, x.z * y, x.w * y);
    }
    workgroupBarrier();
  }
  store_block(first_row + local.y * 4u, first_column + local.x * 4u, block);
}
