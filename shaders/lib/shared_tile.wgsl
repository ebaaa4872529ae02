// A workgroup of 256 multiplies a tile of 32 x 32 through workgroup memory, for real GPUs: four slices of 64 invocations sum a quarter of
// the inner indexes each, 4 x 4 outputs per invocation, so that small products keep a GPU busy, too. The next 64 inner indexes are on
// their way while these are multiplied. The kernel is linked with a_block(row, k) and b_block(k, column), whose columns are rows of A and B
// and zero where k is outside in part, and with a_along_k() and b_along_k(): whether neighbours in memory are neighbours in k.
const INNER = 64u;
var<workgroup> tile_a: array<vec4f, 512>; // [k][row / 4]
var<workgroup> tile_b: array<vec4f, 512>; // [k][column / 4]

// Fours are shuffled by k, so that the banks of neighbours differ both when blocks are stored and when rows are read.
fn tile_place(k: u32, four: u32) -> u32 {
  return k * 8u + (four ^ (k / 4u % 8u));
}
// Which block of the tile an invocation loads: the first half of A, the second of B. (k / 4, row or column / 4)
fn tile_block(index: u32) -> vec2u {
  let t = index % 128u;
  return select(vec2u(t / 8u, t % 8u), vec2u(t % 16u, t / 16u), select(b_along_k(), a_along_k(), index < 128u));
}
fn tile_load(index: u32, row: u32, column: u32, k: u32, inner: u32) -> mat4x4f {
  let at = tile_block(index);
  let first = k + at.x * 4u;
  if (first >= inner) { return mat4x4f(); }
  if (index < 128u) { return transpose(a_block(row + at.y * 4u, first)); }
  return b_block(first, column + at.y * 4u);
}
fn tile_store(index: u32, block: mat4x4f) {
  let at = tile_block(index);
  for (var i = 0u; i < 4u; i++) {
    let place = tile_place(at.x * 4u + i, at.y);
    if (index < 128u) { tile_a[place] = block[i]; } else { tile_b[place] = block[i]; }
  }
}

// Outputs index % 8 * 4 to + 3 of row index / 8 of the tile at (row, column). `inner` must be uniform.
fn shared_multiply(index: u32, row: u32, column: u32, inner: u32) -> vec4f {
  let slice = index / 64u;
  let y = index / 8u % 8u;
  let x = index % 8u;
  var sum = mat4x4f();
  var next = tile_load(index, row, column, 0u, inner);
  for (var k = 0u; k < inner; k += INNER) {
    tile_store(index, next);
    workgroupBarrier();
    next = tile_load(index, row, column, k + INNER, inner);
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
