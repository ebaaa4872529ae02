// y[p, c] = sum over the rows r of piece p of x[r, c]: the gradient of a bias. An invocation has a column of a piece, so neighbours read
// neighbouring words. Where there are many rows there are several pieces, whose sums are added the same way.
struct Params {
  rows: u32,
  columns: u32,
  pieces: u32,
  piece: u32, // rows of each but the last
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.columns * params.pieces) { return; }
  let column = i % params.columns;
  let first = i / params.columns * params.piece;
  let end = min(first + params.piece, params.rows);
  // Four partial sums shorten the chain of roundings.
  var sum = vec4f();
  let whole = first + (end - first) / 4u * 4u;
  for (var r = first; r < whole; r += 4u) {
    let at = r * params.columns + column;
    sum += vec4f(x[at], x[at + params.columns], x[at + 2u * params.columns], x[at + 3u * params.columns]);
  }
  for (var r = whole; r < end; r++) { sum.x += x[r * params.columns + column]; }
  y[i] = (sum.x + sum.y) + (sum.z + sum.w);
}
