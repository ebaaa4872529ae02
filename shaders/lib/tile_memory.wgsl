// Tiles of A and B in workgroup memory, which 256 invocations fill with a block of 4 x 4 each: FOURS vec4 across, INNER inner indexes
// deep. Linked with shared_tile or shared_tile64, which set FOURS, and with the kernel's a_block(row, k) and b_block(k, column), whose columns are
// rows of A and B and zero where k is outside in part, and a_along_k() and b_along_k(): whether neighbors in memory are neighbors in k.
const INNER = 512u / FOURS;
var<workgroup> tile_a: array<vec4f, 512>; // [k][row / 4]
var<workgroup> tile_b: array<vec4f, 512>; // [k][column / 4]

// Fours are shuffled by k, so that the banks of neighbors differ both when blocks are stored and when rows are read.
fn tile_place(k: u32, four: u32) -> u32 {
  return k * FOURS + (four ^ (k / 4u % 8u));
}
// Which block an invocation loads, the first half of A, the second of B: (k / 4, row or column / 4).
fn tile_block(index: u32) -> vec2u {
  let t = index % 128u;
  let deep = INNER / 4u;
  return select(vec2u(t / FOURS, t % FOURS), vec2u(t % deep, t / deep), select(b_along_k(), a_along_k(), index < 128u));
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
