// Operands of any shape, element by element; a transpose is a swap of strides. Zero where k is outside; a row or column outside gives some
// other element, which may only reach outputs that are not stored.
// A block holds rows of A (of B) as its columns, so that the product of two blocks is `b * a`.
@group(0) @binding(1) var<storage, read_write> a: array<f32>;
@group(0) @binding(2) var<storage, read_write> b: array<f32>;
fn a_along_k() -> bool { return params.a_column == 1u; }
fn b_along_k() -> bool { return params.b_row == 1u; }
fn a_four(row: u32, k: u32) -> vec4f {
  let at = row * params.a_row + k * params.a_column;
  let inside = vec4u(k) + vec4u(0u, 1u, 2u, 3u) < vec4u(params.k);
  return select(vec4f(), vec4f(a[at], a[at + params.a_column], a[at + 2u * params.a_column], a[at + 3u * params.a_column]), inside);
}
fn b_four(k: u32, column: u32) -> vec4f {
  let at = k * params.b_row + column * params.b_column;
  return select(vec4f(), vec4f(b[at], b[at + params.b_column], b[at + 2u * params.b_column], b[at + 3u * params.b_column]), k < params.k);
}
fn a_block(row: u32, k: u32) -> mat4x4f {
  return mat4x4f(a_four(row, k), a_four(row + 1u, k), a_four(row + 2u, k), a_four(row + 3u, k));
}
fn b_block(k: u32, column: u32) -> mat4x4f {
  return mat4x4f(b_four(k, column), b_four(k + 1u, column), b_four(k + 2u, column), b_four(k + 3u, column));
}
