// A convolution, or a gradient of one, whose groups have few columns, as those of a depthwise one have: an invocation makes four numbers, neighbours in a row though
// not always in a group, from a piece of the inner indexes. On SwiftShader also what does not suit conv2d_quad: tiles in workgroup memory take it four seconds to compile, this a tenth of one. Each piece has a c of
// its own, [piece][m][n], and sum_axis0 adds them. Linked with conv2d/shape, its operands, and a store of conv2d.
override WORKGROUP: u32 = 64;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  let fours = (params.n + 3u) / 4u;
  let piece = i / fours / params.m;
  if (piece >= params.pieces) { return; }
  let column = i % fours * 4u;
  let count = min(4u, params.n - column);
  let row = i / fours % params.m;
  let own = a_row(row);
  let first = piece * params.piece;
  let end = min(first + params.piece, params.k);
  var sums = vec4f();
  for (var k = first; k < end; k++) {
    let inner = a_inner(k);
    for (var j = 0u; j < count; j++) {
      part = (column + j) / params.columns;
      let at = a_at(own, inner);
      if (at != OUTSIDE) { sums[j] += a[at] * b[b_at(k, (column + j) % params.columns)]; }
    }
  }
  store_four(piece, row, column, count, sums);
}
