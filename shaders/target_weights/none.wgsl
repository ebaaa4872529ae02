// Targets of cross entropy that all count alike: the mean is over the rows.
fn target_counts(_row: u32) -> bool { return true; }
fn class_weight(_j: u32) -> f32 { return 1.0; }
fn mean_weight(rows: u32) -> f32 { return 1.0 / f32(rows); }
