// y = combine(x, b), where b is repeated along an axis: y[o, r, c] = combine(x[o, r, c], b[o, c]), with `columns` elements after the axis. `combine` is
// linked from shaders/binary. Four elements per invocation. A kernel for biases alone, an element per invocation, was no faster (SwiftShader: 1.29 ms for
// [1024, 64] + [64] and 1.82 for 63 columns, here 1.19 and 0.88), nor was a broadcast before the operation (3.3).
struct Params {
  count: u32,
  rows: u32,
  columns: u32,
}
override WORKGROUP: u32 = 64;
override SWAPPED: u32 = 0; // 1: combine(b, x)
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

fn repeated(i: u32) -> f32 {
  return b[i / (params.rows * params.columns) * params.columns + i % params.columns];
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = 4u * linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.count) { return; }
  let v = x[i / 4u];
  let w = vec4f(repeated(i), repeated(i + 1u), repeated(i + 2u), repeated(i + 3u));
  if (SWAPPED == 0u) { y[i / 4u] = combine(v, w); } else { y[i / 4u] = combine(w, v); }
}
