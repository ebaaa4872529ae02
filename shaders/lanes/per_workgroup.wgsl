// The invocations of a workgroup share a piece of work. Expects WORKGROUP. For every adapter but SwiftShader.
fn piece_of(workgroup: vec3u, groups: vec3u, _local: u32) -> u32 {
  return linear_index(workgroup, groups, 0u, 1u);
}
fn lane_of(local: u32) -> u32 {
  return local;
}
fn lanes() -> u32 {
  return WORKGROUP;
}
fn barrier() {
  workgroupBarrier();
}
