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

// Row and column of a workgroup among the tiles, which are `width` columns wide. Where more of them lie in one direction than a device allows
// workgroups, the kernel's override FOLDED is 1 and the grid is one-dimensional, folded into two; so it is where it is dispatched in parts. Linked with a grid.
fn tile_of(workgroup: vec3u, groups: vec3u, width: u32) -> vec2u {
  if (FOLDED == 0u) { return workgroup.yx; }
  let i = linear_index(workgroup, groups, 0u, 1u);
  let across = (params.n + width - 1u) / width;
  return vec2u(i / across, i % across);
}
