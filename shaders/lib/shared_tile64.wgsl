// lib/shared_tile for large products: a workgroup of 256 multiplies a tile of 64 x 64, 8 x 8 outputs per invocation and slice, so that
// a number read from workgroup memory serves eight multiplications instead of four. Linked with the same functions.
const INNER = 32u;
var<workgroup> tile_a: array<vec4f, 512>; // [k][row / 4]
var<workgroup> tile_b: array<vec4f, 512>; // [k][column / 4]
// The outputs of this invocation's slice: rows and columns of the first half of the tile, of the second.
var<private> t00: mat4x4f; var<private> t01: mat4x4f; var<private> t10: mat4x4f; var<private> t11: mat4x4f;

fn tile_place(k: u32, four: u32) -> u32 {
  return k * 16u + (four ^ (k / 4u % 8u));
}
fn tile_block(index: u32) -> vec2u {
  let t = index % 128u;
  return select(vec2u(t / 16u, t % 16u), vec2u(t % 8u, t / 8u), select(b_along_k(), a_along_k(), index < 128u));
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
fn outer(a: vec4f, b: vec4f) -> mat4x4f {
  return mat4x4f(a.x * b, a.y * b, a.z * b, a.w * b);
}

// The tile at (row, column), stored block by block with `store_block`. `inner` must be uniform.
fn shared_multiply(index: u32, row: u32, column: u32, inner: u32) {
  let slice = index / 64u;
  let own = index % 64u;
  let y = own / 8u;
  let x = own % 8u;
  var next = tile_load(index, row, column, 0u, inner);
  for (var k = 0u; k < inner; k += INNER) {
    tile_store(index, next);
    workgroupBarrier();
    next = tile_load(index, row, column, k + INNER, inner);
    for (var i = slice * 8u; i < slice * 8u + 8u; i++) {
      let a0 = tile_a[tile_place(i, y)];
      let a1 = tile_a[tile_place(i, y + 8u)];
      let b0 = tile_b[tile_place(i, x)];
      let b1 = tile_b[tile_place(i, x + 8u)];
      t00 += outer(a0, b0);
      t01 += outer(a0, b1);
      t10 += outer(a1, b0);
      t11 += outer(a1, b1);
    }
    workgroupBarrier();
  }
  // The slices come to the first, one by one: [number of the vec4][invocation].
  for (var other = 1u; other < 4u; other++) {
    if (slice == other) {
      for (var i = 0u; i < 4u; i++) {
        let at = i * 64u + own;
        tile_a[at] = t00[i];
        tile_a[at + 256u] = t01[i];
        tile_b[at] = t10[i];
        tile_b[at + 256u] = t11[i];
      }
    }
    workgroupBarrier();
    if (slice == 0u) {
      for (var i = 0u; i < 4u; i++) {
        let at = i * 64u + own;
        t00[i] += tile_a[at];
        t01[i] += tile_a[at + 256u];
        t10[i] += tile_b[at];
        t11[i] += tile_b[at + 256u];
      }
    }
    workgroupBarrier();
  }
  if (slice != 0u) { return; }
  let first_row = row + y * 4u;
  let first_column = column + x * 4u;
  store_block(first_row, first_column, t00);
  store_block(first_row, first_column + 32u, t01);
  store_block(first_row + 32u, first_column, t10);
  store_block(first_row + 32u, first_column + 32u, t11);
}
