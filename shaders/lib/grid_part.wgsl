// In place of lib/grid where a dispatch takes longer than a driver allows: some of its workgroups, from the given one on, in a grid of one dimension.
@group(1) @binding(0) var<uniform> first_workgroup: u32;

fn linear_index(workgroup: vec3u, groups: vec3u, local: u32, size: u32) -> u32 {
  return (first_workgroup + workgroup.x) * size + local;
}
