// Targets of cross entropy as probabilities, one per class.
fn target_share(row: u32, j: u32) -> f32 {
  return labels[row * params.columns + j];
}
