// Every invocation has a piece of work of its own. Expects WORKGROUP. For SwiftShader, in which a kernel with a barrier costs four
// microseconds more per workgroup.
fn piece_of(workgroup: vec3u, groups: vec3u, local: u32) -> u32 {
  return linear_index(workgroup, groups, local, WORKGROUP);
}
fn lane_of(_local: u32) -> u32 {
  return 0u;
}
fn lanes() -> u32 {
  return 1u;
}
fn barrier() {}
