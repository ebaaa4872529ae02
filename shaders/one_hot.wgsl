// y[r, c] = 1 where indices[r] is c, else 0. An index that is no class gives a row of NaN.
struct Params {
  count: u32,
  classes: u32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> indices: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.count) { return; }
  let index = u32(indices[i / params.classes]);
  let one = select(0u, 0x3f800000u, index == i % params.classes);
  y[i] = select(0x7fc00000u, one, index < params.classes);
}
