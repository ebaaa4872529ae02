// The product where the inner size is long: a workgroup makes a tile of 32 x 32 from a piece of the inner indexes through workgroup memory, so that
// none walks far alone. Each piece has a c of its own, [piece][m][n]; sum_axis0 adds them. Linked with lib/shared_tile and operands of
// shaders/matmul and a grid.
const PIECE = 4096u; // inner indexes
const FOLDED = 1u;   // the grid has one dimension
@group(0) @binding(3) var<storage, read_write> c: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) index: u32) {
  let tile = linear_index(workgroup, groups, 0u, 1u);
  let across = (params.n + 31u) / 32u;
  let down = (params.m + 31u) / 32u;
  let piece = tile / across / down;
  let first = piece * PIECE;
  // Where the grid is folded, some are beyond the end.
  if (first >= params.k) { return; }
  let row = tile / across % down * 32u;
  let column = tile % across * 32u;
  let sum = shared_multiply(index, row, column, first, min(first + PIECE, params.k));
  let own_row = row + index / 8u;
  let own_column = column + index % 8u * 4u;
  let at = (piece * params.m + own_row) * params.n + own_column;
  for (var i = 0u; i < 4u; i++) {
    if (own_row < params.m && own_column + i < params.n) { c[at + i] = sum[i]; }
  }
}
