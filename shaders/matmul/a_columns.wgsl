// A stored [k, m], both multiples of 4: see a_rows.
@group(0) @binding(1) var<storage, read_write> a: array<vec4f>;
fn a_block(row: u32, k: u32) -> mat4x4f {
  let stride = params.m / 4u;
  let at = k * stride + row / 4u;
  return transpose(mat4x4f(a[at], a[at + stride], a[at + 2u * stride], a[at + 3u * stride]));
}
fn a_along_k() -> bool { return false; }
