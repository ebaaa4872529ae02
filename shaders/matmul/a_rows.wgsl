// A stored [m, k], both multiples of 4. A block holds rows of A as its columns, so that the product of two blocks is `b * a`.
@group(0) @binding(1) var<storage, read_write> a: array<vec4f>;
fn a_block(row: u32, k: u32) -> mat4x4f {
  let stride = params.k / 4u;
  let at = row * stride + k / 4u;
  return mat4x4f(a[at], a[at + stride], a[at + 2u * stride], a[at + 3u * stride]);
}
// Whether neighbors in memory are neighbors in k.
fn a_along_k() -> bool { return true; }
