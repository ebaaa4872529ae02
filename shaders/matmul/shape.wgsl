// The parameters of every matmul: c [m, n] = A [m, k] B [k, n], A and B stored with the given strides, in elements.
struct Params {
  m: u32,
  n: u32,
  k: u32,
  a_row: u32,
  a_column: u32,
  b_row: u32,
  b_column: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
