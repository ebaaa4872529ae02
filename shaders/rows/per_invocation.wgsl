// Every invocation has a row of its own: short rows, and SwiftShader. Expects WORKGROUP.
fn row_of(workgroup: vec3u, groups: vec3u, local: u32) -> u32 {
  return linear_index(workgroup, groups, local, WORKGROUP);
}
fn row_lane(_local: u32) -> u32 { return 0u; }
fn row_lanes() -> u32 { return 1u; }
// Sum and maximum over the row of what each of its invocations has.
fn row_sum(_local: u32, own: f32) -> f32 { return own; }
fn row_max(_local: u32, own: f32) -> f32 { return own; }
