// C[i] = A[i] B[i] for every matrix i of a batch; either operand may be stored transposed. One element of C per invocation: for
// attention and other small products, not for the layers of a dense net. A long inner size comes in pieces, with a C each, which are added later.
struct Params {
  count: u32,
  m: u32,
  n: u32,
  k: u32,
  a_row: u32,
  a_column: u32,
  b_row: u32,
  b_column: u32,
  pieces: u32,
  piece: u32, // inner indexes of each but the last
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> a: array<f32>;
@group(0) @binding(2) var<storage, read_write> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.count * params.pieces) { return; }
  let first = i / params.count * params.piece;
  let end = min(first + params.piece, params.k);
  let column = i % params.n;
  let row = (i / params.n) % params.m;
  let matrix = i % params.count / (params.n * params.m);
  let a_at = matrix * params.m * params.k + row * params.a_row;
  let b_at = matrix * params.k * params.n + column * params.b_column;
  var sum = 0.0;
  for (var l = first; l < end; l++) { sum += a[a_at + l * params.a_column] * b[b_at + l * params.b_row]; }
  c[i] = sum;
}
