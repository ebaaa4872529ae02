// y[o, p, c] = sum over the rows r of piece p of x[o, r, c]: a sum along an axis, with `outer` indexes before it and `columns` after it. An
// invocation has a column of a piece, so neighbors read neighboring words. Where there are many rows there are several pieces, whose sums
// are added the same way. A kernel for sums of rows (`columns` 1) in blocks of 64 was slower (SwiftShader: 0.65 ms for 64 rows of 1,024, here 0.27), turning
// other axes into rows before much slower.
struct Params {
  outer: u32,
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
  let columns = params.columns;
  let sums = columns * params.pieces; // of an outer index
  if (i >= params.outer * sums) { return; }
  let start = i / sums * params.rows * columns + i % columns;
  let first = i % sums / columns * params.piece;
  let end = min(first + params.piece, params.rows);
  // Four partial sums shorten the chain of roundings.
  var sum = vec4f();
  let whole = first + (end - first) / 4u * 4u;
  for (var r = first; r < whole; r += 4u) {
    let at = start + r * columns;
    sum += vec4f(x[at], x[at + columns], x[at + 2u * columns], x[at + 3u * columns]);
  }
  for (var r = whole; r < end; r++) { sum.x += x[start + r * columns]; }
  y[i] = (sum.x + sum.y) + (sum.z + sum.w);
}
