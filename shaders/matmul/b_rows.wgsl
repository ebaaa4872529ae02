// B stored [k, n], both multiples of 4. A block holds rows of B as its columns: see a_rows.
@group(0) @binding(2) var<storage, read_write> b: array<vec4f>;
fn b_block(k: u32, column: u32) -> mat4x4f {
  let stride = params.n / 4u;
  let at = k * stride + column / 4u;
  return mat4x4f(b[at], b[at + stride], b[at + 2u * stride], b[at + 3u * stride]);
}
fn b_along_k() -> bool { return false; }
