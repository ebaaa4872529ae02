// Four invocations of a subgroup multiply together: 32 x 32 outputs from 8 rows of A and 8 columns of B that each brings. Every
// invocation keeps its columns and sees the rows of the other three by swapping registers, so that each element is loaded once.
// The kernel has a workgroup of 4 and subgroups of 4, all active, and brings store_row(row, column, four).
enable subgroups;

// q<swap><rows><columns>: blocks of the rows of invocation `lane ^ swap`.
var<private> q000: mat4x4f; var<private> q001: mat4x4f; var<private> q010: mat4x4f; var<private> q011: mat4x4f;
var<private> q100: mat4x4f; var<private> q101: mat4x4f; var<private> q110: mat4x4f; var<private> q111: mat4x4f;
var<private> q200: mat4x4f; var<private> q201: mat4x4f; var<private> q210: mat4x4f; var<private> q211: mat4x4f;
var<private> q300: mat4x4f; var<private> q301: mat4x4f; var<private> q310: mat4x4f; var<private> q311: mat4x4f;

fn quad_swap1(x: mat4x4f) -> mat4x4f { return mat4x4f(quadSwapX(x[0]), quadSwapX(x[1]), quadSwapX(x[2]), quadSwapX(x[3])); }
fn quad_swap2(x: mat4x4f) -> mat4x4f { return mat4x4f(quadSwapY(x[0]), quadSwapY(x[1]), quadSwapY(x[2]), quadSwapY(x[3])); }
fn quad_swap3(x: mat4x4f) -> mat4x4f {
  return mat4x4f(quadSwapDiagonal(x[0]), quadSwapDiagonal(x[1]), quadSwapDiagonal(x[2]), quadSwapDiagonal(x[3]));
}

// Adds the products of two blocks of A, one below the other, and two of B, side by side; a block holds rows as its columns.
fn quad_multiply(a0: mat4x4f, a1: mat4x4f, b0: mat4x4f, b1: mat4x4f) {
  q000 += b0 * a0; q001 += b1 * a0; q010 += b0 * a1; q011 += b1 * a1;
  let x0 = quad_swap1(a0);
  let x1 = quad_swap1(a1);
  q100 += b0 * x0; q101 += b1 * x0; q110 += b0 * x1; q111 += b1 * x1;
  let y0 = quad_swap2(a0);
  let y1 = quad_swap2(a1);
  q200 += b0 * y0; q201 += b1 * y0; q210 += b0 * y1; q211 += b1 * y1;
  let z0 = quad_swap3(a0);
  let z1 = quad_swap3(a1);
  q300 += b0 * z0; q301 += b1 * z0; q310 += b0 * z1; q311 += b1 * z1;
}

// Stores this invocation's 8 columns of the 32 rows from `row` on, four at a time in loops that hand blocks and rows down: the kernel's epilogue
// is compiled once and not 64 times.
fn quad_store(row: u32, column: u32, lane: u32) {
  for (var swap = 0u; swap < 4u; swap++) {
    for (var half = 0u; half < 8u; half += 4u) {
      for (var side = 0u; side < 8u; side += 4u) {
        var block = q000;
        for (var r = 0u; r < 4u; r++) {
          store_row(row + (lane ^ swap) * 8u + half + r, column + side, block[0]);
          block = mat4x4f(block[1], block[2], block[3], block[3]);
        }
        q000 = q001;
      }
      q000 = q010; q001 = q011;
    }
    q000 = q100; q001 = q101; q010 = q110; q011 = q111;
    q100 = q200; q101 = q201; q110 = q210; q111 = q211;
    q200 = q300; q201 = q301; q210 = q310; q211 = q311;
  }
}
