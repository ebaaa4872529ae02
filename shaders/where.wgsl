// y = a where the mask is not 0, else b, bit for bit: what is not chosen reaches nothing, NaN included. Four elements per invocation.
struct Params {
  count: u32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> mask: array<vec4i>;
@group(0) @binding(2) var<storage, read_write> a: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> b: array<vec4u>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4u>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i * 4u >= params.count) { return; }
  y[i] = select(b[i], a[i], mask[i] != vec4i());
}
