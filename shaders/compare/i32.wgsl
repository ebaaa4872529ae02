// Two tensors of i32 to compare.
@group(0) @binding(1) var<storage, read_write> a: array<vec4i>;
@group(0) @binding(2) var<storage, read_write> b: array<vec4i>;
fn compare_a(i: u32) -> vec4i { return a[i]; }
fn compare_b(i: u32) -> vec4i { return b[i]; }
fn compare_unordered(_i: u32) -> vec4<bool> { return vec4<bool>(); }
