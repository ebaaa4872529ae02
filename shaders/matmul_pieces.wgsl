// The product where the inner size is long: a workgroup makes a tile of 32 x 32 from a piece of the inner indexes through workgroup memory, so that
// none walks far alone. Each piece has a c of its own, [piece][m][n]; sum_axis0 adds them. Linked with lib/shared_tile and operands of
// shaders/matmul.
const PIECE = 4096u; // inner indexes
const FOLDED = 0u;   // with so many inner indexes no buffer holds the rows that would fold the grid
@group(0) @binding(3) var<storage, read_write> c: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) index: u32) {
  let row = workgroup.y * 32u;
  let column = workgroup.x * 32u;
  let first = workgroup.z * PIECE;
  let sum = shared_multiply(index, row, column, first, min(first + PIECE, params.k));
  let own_row = row + index / 8u;
  let own_column = column + index % 8u * 4u;
  let at = (workgroup.z * params.m + own_row) * params.n + own_column;
  for (var i = 0u; i < 4u; i++) {
    if (own_row < params.m && own_column + i < params.n) { c[at + i] = sum[i]; }
  }
}
