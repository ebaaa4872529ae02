// B stored [n, k], both multiples of 4: see b_rows.
@group(0) @binding(2) var<storage, read_write> b: array<vec4f>;
fn b_block(k: u32, column: u32) -> mat4x4f {
  let stride = params.k / 4u;
  let at = column * stride + k / 4u;
  return transpose(mat4x4f(b[at], b[at + stride], b[at + 2u * stride], b[at + 3u * stride]));
}
fn b_along_k() -> bool { return true; }
