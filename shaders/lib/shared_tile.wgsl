// A workgroup of 256 multiplies a tile of 32 x 32 through workgroup memory, for every adapter but SwiftShader: four slices of 64 invocations sum a quarter of
// the inner indexes each, 4 x 4 outputs per invocation, so that small products keep a GPU busy, too. The next inner indexes are on
// their way while these are multiplied. Linked with lib/tile_memory.
const FOURS = 8u;

// Outputs index % 8 * 4 to + 3 of row index / 8 of the tile at (row, column), summed over the inner indexes from `first`, a multiple of 4, to
// before `end`. Both must be uniform.
fn shared_multiply(index: u32, row: u32, column: u32, first: u32, end: u32) -> vec4f {
  let slice = index / 64u;
  let y = index / 8u % 8u;
  let x = index % 8u;
  var sum = mat4x4f();
  var next = tile_load(index, row, column, first, end);
  for (var k = first; k < end; k += INNER) {
    tile_store(index, next);
    workgroupBarrier();
    next = tile_load(index, row, column, k + INNER, end);
    for (var i = 0u; i < 16u; i++) {
      let a = tile_a[tile_place(slice * 16u + i, y)];
      let b = tile_b[tile_place(slice * 16u + i, x)];
      sum += mat4x4f(a.x * b, a.y * b, a.z * b, a.w * b);
    }
    workgroupBarrier();
  }
  // The slices meet: [slice][row][column / 4], the first two in tile_a.
  for (var i = 0u; i < 4u; i++) {
    let place = slice % 2u * 256u + (y * 4u + i) * 8u + x;
    if (slice < 2u) { tile_a[place] = sum[i]; } else { tile_b[place] = sum[i]; }
  }
  workgroupBarrier();
  return tile_a[index] + tile_a[256u + index] + tile_b[index] + tile_b[256u + index];
}
