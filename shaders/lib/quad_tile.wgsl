// Sums and columns of a tile that four invocations of a subgroup multiply together (lib/quad says how and why), QUAD_ROWS x QUAD_COLUMNS of it: 32 columns, or 16
// for results that are narrower. For kernels that read their operands in a way of their own, eight inner indexes a turn.
enable subgroups;

const QUAD_TWOS = QUAD_COLUMNS / 8u; // of a row's sums that an invocation keeps
const QUAD_SUMS = QUAD_ROWS * QUAD_TWOS / 4u;
// The sums, [32 rows][swap][row][two] by twos of this invocation's columns; then the columns, by twos of the inner indexes of this turn.
var<private> quad: array<mat4x2f, QUAD_SUMS + QUAD_TWOS * 2u>;

// x: a row's eight inner indexes by twos.
fn quad_dot(column: u32, x: mat4x2f) -> f32 {
  return dot(quad[column][0], x[0]) + dot(quad[column][1], x[1]) + dot(quad[column][2], x[2]) + dot(quad[column][3], x[3]);
}
fn quad_add(at: u32, two: u32, x: mat4x2f) {
  quad[at >> 2u][at & 3u].x = quad_dot(QUAD_SUMS + 2u * two, x) + quad[at >> 2u][at & 3u].x;
  quad[at >> 2u][at & 3u].y = quad_dot(QUAD_SUMS + 2u * two + 1u, x) + quad[at >> 2u][at & 3u].y;
}
fn quad_adds(row: u32, x: mat4x2f) {
  quad_add(row * QUAD_TWOS, 0u, x);
  quad_add(row * QUAD_TWOS + 1u, 1u, x);
  if (QUAD_TWOS == 4u) {
    quad_add(row * QUAD_TWOS + 2u, 2u, x);
    quad_add(row * QUAD_TWOS + 3u, 3u, x);
  }
}
// Four inner indexes and the next four.
fn quad_twos(x: vec4f, y: vec4f) -> mat4x2f { return mat4x2f(x.xy, x.zw, y.xy, y.zw); }
// Row `own` of this invocation's, and those of the others.
fn quad_row(own: u32, x: vec4f, y: vec4f) {
  let row = own / 8u * 32u + own % 8u;
  quad_adds(row, quad_twos(x, y));
  quad_adds(row + 8u, quad_twos(quadSwapX(x), quadSwapX(y)));
  quad_adds(row + 16u, quad_twos(quadSwapY(x), quadSwapY(y)));
  quad_adds(row + 24u, quad_twos(quadSwapDiagonal(x), quadSwapDiagonal(y)));
}
fn quad_rows(own: u32, x: mat4x4f, y: mat4x4f) {
  quad_row(own, x[0], y[0]);
  quad_row(own + 1u, x[1], y[1]);
  quad_row(own + 2u, x[2], y[2]);
  quad_row(own + 3u, x[3], y[3]);
}
// Four columns, whose inner indexes are the columns of u and v.
fn quad_columns(column: u32, u: mat4x4f, v: mat4x4f) {
  let at = QUAD_SUMS + column;
  quad[at] = quad_twos(u[0], v[0]);
  quad[at + 1u] = quad_twos(u[1], v[1]);
  quad[at + 2u] = quad_twos(u[2], v[2]);
  quad[at + 3u] = quad_twos(u[3], v[3]);
}
// The row of the tile that sums [row] of this invocation are.
fn quad_place(row: u32, lane: u32) -> u32 { return row / 32u * 32u + (lane ^ (row / 8u % 4u)) * 8u + row % 8u; }
// Four sums of it, the first four columns of this invocation's or the next.
fn quad_four(row: u32, side: u32) -> vec4f {
  let at = row * QUAD_TWOS + side * 2u;
  return vec4f(quad[at >> 2u][at & 3u], quad[(at + 1u) >> 2u][(at + 1u) & 3u]);
}
