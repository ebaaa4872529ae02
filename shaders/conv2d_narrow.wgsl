// A convolution, or a gradient of one, whose groups have few columns, as those of a depthwise one have: an invocation makes one number, from a piece of the
// inner indexes. On SwiftShader any convolution: tiles take it four seconds to compile, this a tenth of one. Each piece has a c of its own, [piece][m][groups n], and sum_axis0 adds them. Linked with conv2d/shape and its operands.
override WORKGROUP: u32 = 64;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  let columns = params.n * params.groups;
  let piece = i / columns / params.m;
  if (piece >= params.pieces) { return; }
  part = i % columns / params.n;
  let column = i % params.n;
  let row = a_row(i / columns % params.m);
  let first = piece * params.piece;
  let end = min(first + params.piece, params.k);
  var sum = 0.0;
  for (var k = first; k < end; k++) {
    let at = a_at(row, a_inner(k));
    if (at != OUTSIDE) { sum += a[at] * b[b_at(k, column)]; }
  }
  c[i] = sum;
}
