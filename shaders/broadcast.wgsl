// y[o, r, c] = x[o, c]: x repeated along an axis, with `columns` elements after it. Four elements per invocation.
struct Params {
  count: u32,
  rows: u32,
  columns: u32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4u>;

fn repeated(i: u32) -> u32 {
  return x[i / (params.rows * params.columns) * params.columns + i % params.columns];
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = 4u * linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.count) { return; }
  y[i / 4u] = vec4u(repeated(i), repeated(i + 1u), repeated(i + 2u), repeated(i + 3u));
}
