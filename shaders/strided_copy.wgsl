// y = x seen through strides: y at some coordinates is x[first + sum of coordinate times stride]. Transposes, broadcasts and slices.
struct Params {
  count: u32,
  first: u32,
  rank: u32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(3) var<storage, read> dimensions: array<vec2u>; // size and stride; strides wrap modulo 2^32, so negative ones work

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.count) { return; }
  var rest = i;
  var at = params.first;
  for (var d = params.rank; d > 0u; d--) {
    let dimension = dimensions[d - 1u];
    at += (rest % dimension.x) * dimension.y;
    rest /= dimension.x;
  }
  y[i] = x[at];
}
