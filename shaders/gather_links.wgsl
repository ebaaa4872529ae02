// Chains the picks of each index among those from `first` to `end`, in their order: heads[index] is the first of them, links[p] the one after p, and
// 0xffffffff stands for none. So a sum over the picks of an index has a fixed order, without a search and without atomics. The heads hold none before.
struct Params {
  first: u32,
  end: u32,
  size: u32, // indices that there are
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> indices: array<i32>;
@group(0) @binding(2) var<storage, read_write> heads: array<u32>;
@group(0) @binding(3) var<storage, read_write> links: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let p = params.first + linear_index(workgroup, groups, local, WORKGROUP);
  if (p >= params.end) { return; }
  let index = indices[p];
  if (u32(index) >= params.size) { return; }
  var after = p + 1u;
  while (after < params.end && indices[after] != index) { after++; }
  links[p] = select(0xffffffffu, after, after < params.end);
  var before = p;
  while (before > params.first && indices[before - 1u] != index) { before--; }
  if (before == params.first) { heads[u32(index)] = p; }
}
