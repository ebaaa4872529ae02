// The index of an invocation in a one-dimensional grid that may have been folded into two dimensions, because a device
// allows only 65,535 workgroups in each.
fn linear_index(workgroup: vec3u, groups: vec3u, local: u32, size: u32) -> u32 {
  return (workgroup.x + workgroup.y * groups.x) * size + local;
}
