// Weights of classes, and an index that does not count: the mean is over the sum of the targets' weights, or over the rows.
override IGNORED: i32 = -100;
override BY_ROWS: u32 = 0; // 1: over the rows
@group(0) @binding(6) var<storage, read> class_weights: array<f32>;
@group(0) @binding(7) var<storage, read_write> total: array<f32>; // of the batch
fn target_counts(row: u32) -> bool { return !target_is(row, IGNORED); }
fn class_weight(j: u32) -> f32 { return class_weights[j]; }
fn mean_weight(rows: u32) -> f32 {
  if (BY_ROWS != 0u) { return 1.0 / f32(rows); }
  return select(1.0 / total[0], 0.0, total[0] == 0.0);
}
