// y[r, p] = reduce(piece p of row r of x); `reduce` is linked from shaders/reductions. An invocation has a piece, which it goes through in a fixed
// order. Long rows have several, and what comes of them is reduced once more.
struct Params {
  rows: u32,
  columns: u32,
  pieces: u32, // of a row
  piece: u32,  // columns of each but the last
}
override WORKGROUP: u32 = 4;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.rows * params.pieces) { return; }
  let first = i % params.pieces * params.piece;
  y[i] = reduce(i / params.pieces * params.columns + first, min(params.piece, params.columns - first));
}
