// Four invocations of a subgroup multiply together: each brings rows of A and 8 columns of B, keeps its columns and sees the rows of the
// other three by swapping registers, so that each element is loaded once. The kernel has a workgroup of 4 and subgroups of 4, all active,
// sets QUAD_ROWS (32 or 64) and INNER_TAIL (1 where the inner size is no multiple of 8), and brings a_block(row, k) and b_block(k, column), whose columns are rows
// of A and B, and store_row(row, column, four).
//
// Written for SwiftShader, whose compiler, Subzero, makes SSE of it as it stands: a turn is 28,400 instructions, 171 kB, more than the instruction
// cache holds, so its length is the time. Half of it are loads, a quarter sums on their way through memory. What keeps it short:
// - The array is indexed by a variable at the end, so it stays in memory, and a product is three instructions: load, mulps, addps. Columns in
//   variables took four to five, because each use of a variable is a copy of it; sums in variables took the registers from the rows of A.
// - Products by twos, the column first: what mulps destroys is then the number just loaded. Alone, that load becomes the second operand and
//   the row is copied; by vec4s, there are too few registers.
// - Eight inner indexes in a turn: a sum's store is masked, 15 instructions each turn.
// - All loads before the first product, A before B: between loads is control flow, across which addresses are kept in memory, too.
enable subgroups;

// The sums, [32 rows][swap][row] by twos of this invocation's columns; then the columns, by twos of the inner indexes of this turn.
var<private> quad: array<mat4x2f, QUAD_ROWS + 8u>;

// x: a row's eight inner indexes by twos.
fn quad_dot(column: u32, x: mat4x2f) -> f32 {
  return dot(quad[column][0], x[0]) + dot(quad[column][1], x[1]) + dot(quad[column][2], x[2]) + dot(quad[column][3], x[3]);
}
fn quad_add(sums: u32, two: u32, x: mat4x2f) {
  quad[sums][two].x = quad_dot(QUAD_ROWS + 2u * two, x) + quad[sums][two].x;
  quad[sums][two].y = quad_dot(QUAD_ROWS + 2u * two + 1u, x) + quad[sums][two].y;
}
fn quad_adds(sums: u32, x: mat4x2f) {
  quad_add(sums, 0u, x);
  quad_add(sums, 1u, x);
  quad_add(sums, 2u, x);
  quad_add(sums, 3u, x);
}
// Four inner indexes and the next four.
fn quad_twos(x: vec4f, y: vec4f) -> mat4x2f { return mat4x2f(x.xy, x.zw, y.xy, y.zw); }
fn quad_row(sums: u32, x: vec4f, y: vec4f) {
  quad_adds(sums, quad_twos(x, y));
  quad_adds(sums + 8u, quad_twos(quadSwapX(x), quadSwapX(y)));
  quad_adds(sums + 16u, quad_twos(quadSwapY(x), quadSwapY(y)));
  quad_adds(sums + 24u, quad_twos(quadSwapDiagonal(x), quadSwapDiagonal(y)));
}
fn quad_rows(sums: u32, x: mat4x4f, y: mat4x4f) {
  quad_row(sums, x[0], y[0]);
  quad_row(sums + 1u, x[1], y[1]);
  quad_row(sums + 2u, x[2], y[2]);
  quad_row(sums + 3u, x[3], y[3]);
}
fn quad_columns(column: u32, u: mat4x4f, v: mat4x4f) {
  let x = transpose(u);
  let y = transpose(v);
  quad[column] = quad_twos(x[0], y[0]);
  quad[column + 1u] = quad_twos(x[1], y[1]);
  quad[column + 2u] = quad_twos(x[2], y[2]);
  quad[column + 3u] = quad_twos(x[3], y[3]);
}

// Multiplies and stores the tile of QUAD_ROWS x 32 outputs at (row, column).
fn quad_multiply(row: u32, column: u32, lane: u32, inner: u32) {
  let own_row = row + lane * 8u;
  let own_column = column + lane * 8u;
  for (var k = 0u; k < inner; k += 8u) {
    let zero = mat4x4f();
    let whole = INNER_TAIL == 0u || k + 4u < inner;
    let x0 = a_block(own_row, k);
    let x1 = a_block(own_row + 4u, k);
    var x2 = zero;
    var x3 = zero;
    if (QUAD_ROWS == 64u) {
      x2 = a_block(own_row + 32u, k);
      x3 = a_block(own_row + 36u, k);
    }
    var y0 = zero;
    var y1 = zero;
    var y2 = zero;
    var y3 = zero;
    if (whole) {
      y0 = a_block(own_row, k + 4u);
      y1 = a_block(own_row + 4u, k + 4u);
      if (QUAD_ROWS == 64u) {
        y2 = a_block(own_row + 32u, k + 4u);
        y3 = a_block(own_row + 36u, k + 4u);
      }
    }
    let u0 = b_block(k, own_column);
    let u1 = b_block(k, own_column + 4u);
    var v0 = zero;
    var v1 = zero;
    if (whole) {
      v0 = b_block(k + 4u, own_column);
      v1 = b_block(k + 4u, own_column + 4u);
    }
    quad_columns(QUAD_ROWS, u0, v0);
    quad_columns(QUAD_ROWS + 4u, u1, v1);
    quad_rows(0u, x0, y0);
    quad_rows(4u, x1, y1);
    if (QUAD_ROWS == 64u) {
      quad_rows(32u, x2, y2);
      quad_rows(36u, x3, y3);
    }
  }
  for (var i = 0u; i < 2u * QUAD_ROWS; i++) {
    let r = i / 2u;
    let side = i % 2u;
    store_row(row + r / 32u * 32u + (lane ^ (r / 8u % 4u)) * 8u + r % 8u, own_column + side * 4u, vec4f(quad[r][2u * side], quad[r][2u * side + 1u]));
  }
}
