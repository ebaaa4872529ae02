// Two tensors of f32 to compare. Expects order_of: of subnormal numbers arithmetic may make zero. A NaN is unordered with everything.
@group(0) @binding(1) var<storage, read_write> a: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> b: array<vec4f>;
fn compare_a(i: u32) -> vec4i { return order_of(a[i]); }
fn compare_b(i: u32) -> vec4i { return order_of(b[i]); }
fn compare_unordered(i: u32) -> vec4<bool> {
  return max(bitcast<vec4u>(a[i]) & vec4u(0x7fffffffu), bitcast<vec4u>(b[i]) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u);
}
