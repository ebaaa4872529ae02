// Targets of cross entropy as class indices, one per row.
@group(0) @binding(2) var<storage, read_write> labels: array<i32>;
fn target_is(row: u32, index: i32) -> bool { return labels[row] == index; }
fn target_known(row: u32) -> bool { return u32(labels[row]) < params.columns; }
fn target_probability(row: u32, j: u32) -> f32 {
  return select(0.0, 1.0, labels[row] == i32(j));
}
