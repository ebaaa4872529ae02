// Operands whose sizes are multiples of 4, read as vec4: A [m, k], B [k, n].
// A block holds rows of A (of B) as its columns, so that the product of two blocks is `b * a`.
@group(0) @binding(1) var<storage, read_write> a: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> b: array<vec4f>;
fn a_block(row: u32, k: u32) -> mat4x4f {
  let stride = params.k / 4u;
  let at = row * stride + k / 4u;
  return mat4x4f(a[at], a[at + stride], a[at + 2u * stride], a[at + 3u * stride]);
}
fn b_block(k: u32, column: u32) -> mat4x4f {
  let stride = params.n / 4u;
  let at = k * stride + column / 4u;
  return mat4x4f(b[at], b[at + stride], b[at + 2u * stride], b[at + 3u * stride]);
}
// Whether neighbours in memory are neighbours in k.
fn a_along_k() -> bool { return true; }
fn b_along_k() -> bool { return false; }
