// Sums of a kernel's `terms` over the true rows of a column, in a fixed tree. Expects `fn terms(row: u32, end: u32, column: u32) -> vec2f`, zero from `end` on,
// the overrides COLUMNS and LANES_PER_COLUMN, and batch_norm/column_*.
fn column_terms(local: u32, end: u32, column: u32) -> vec2f {
  // Four partial sums shorten the chain of roundings.
  var sums = array<vec2f, 4>();
  for (var row = local / COLUMNS * 4u; row < end; row += 4u * LANES_PER_COLUMN) {
    sums[0] += terms(row, end, column);
    sums[1] += terms(row + 1u, end, column);
    sums[2] += terms(row + 2u, end, column);
    sums[3] += terms(row + 3u, end, column);
  }
  return sum_axis0(local, (sums[0] + sums[1]) + (sums[2] + sums[3]));
}
