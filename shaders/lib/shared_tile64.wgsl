// lib/shared_tile for large products: a workgroup of 256 multiplies a tile of 64 x 64, 4 x 4 outputs per invocation. There are tiles
// enough to keep a GPU busy, so the inner indexes are not sliced, and each number that is fetched serves twice as many outputs. Linked with
// lib/tile_memory.
// On an H100, products of 2048 (Dawn, Vulkan): 28.5 TFLOP/s, tiles of 32 x 32 19.9. What did not pay: 8 x 8 outputs per invocation
// (slices 22, 64 invocations 23, tiles of 128 x 128 26), explicit fma (the driver contracts), unrolling by four (21). Without the
// bounds checks of WebGPU the same would reach 31, and tiles of 128 x 128 36.
const FOURS = 16u;

// The 4 x 4 outputs at row index / 16 * 4 and column index % 16 * 4 of the tile at (row, column). `inner` must be uniform.
fn shared_multiply(index: u32, row: u32, column: u32, inner: u32) -> mat4x4f {
  let y = index / 16u;
  let x = index % 16u;
  var sum = mat4x4f();
  var next = tile_load(index, row, column, 0u, inner);
  for (var k = 0u; k < inner; k += INNER) {
    tile_store(index, next);
    workgroupBarrier();
    next = tile_load(index, row, column, k + INNER, inner);
    for (var i = 0u; i < INNER; i++) {
      let a = tile_a[tile_place(i, y)];
      let b = tile_b[tile_place(i, x)];
      sum += mat4x4f(a.x * b, a.y * b, a.z * b, a.w * b);
    }
    workgroupBarrier();
  }
  return sum;
}
