// y = 1 where a and b stand to each other as one of the overrides with a value of 1 says, else 0. The inputs, as integers in the order of their
// numbers, are linked from shaders/compare. Four elements per invocation.
struct Params {
  count: u32,
}
override WORKGROUP: u32 = 64;
override BELOW: u32 = 0;
override SAME: u32 = 0;
override ABOVE: u32 = 0;
override UNORDERED: u32 = 0;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read_write> y: array<vec4i>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i * 4u >= params.count) { return; }
  let p = compare_a(i);
  let q = compare_b(i);
  let ordered = select(vec4u(SAME), select(vec4u(ABOVE), vec4u(BELOW), p < q), p != q);
  y[i] = vec4i(select(ordered, vec4u(UNORDERED), compare_unordered(i)));
}
