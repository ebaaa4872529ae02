// The invocations of a workgroup share a row, so that none walks far alone: neighbors have neighboring columns. Expects WORKGROUP, a power of
// two, and rows that are no shorter. All of them get sums and maxima, which have a fixed tree.
var<workgroup> row_parts: array<f32, WORKGROUP>;

fn row_of(workgroup: vec3u, groups: vec3u, _local: u32) -> u32 {
  return linear_index(workgroup, groups, 0u, 1u);
}
fn row_lane(local: u32) -> u32 { return local; }
fn row_lanes() -> u32 { return WORKGROUP; }
fn row_sum(local: u32, own: f32) -> f32 {
  workgroupBarrier();
  row_parts[local] = own;
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) { row_parts[local] += row_parts[local + half]; }
  }
  workgroupBarrier();
  return row_parts[0];
}
fn row_max(local: u32, own: f32) -> f32 {
  workgroupBarrier();
  row_parts[local] = own;
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) { row_parts[local] = max(row_parts[local], row_parts[local + half]); }
  }
  workgroupBarrier();
  return row_parts[0];
}
