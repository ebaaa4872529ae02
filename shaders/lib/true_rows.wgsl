// Rows of a tensor that count: those of the true samples, or all where its axis 0 counts no samples (`per_sample` is 0 then).
// A tensor may hold fewer samples than the batch: then all of them count. Expects `run`.
fn true_rows(rows: u32, per_sample: u32) -> u32 {
  return select(rows, min(run.rows, rows / max(per_sample, 1u)) * per_sample, per_sample > 0u);
}
