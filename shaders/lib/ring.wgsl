// The row of a ring that a sample of this step fills. Steps submitted after a halt go on with its number, and their samples would fill rows that
// steps before it have filled, as many as happened to be in flight. They get the spare row after the last one. Expects the binding `run`.
fn ring_row(every: u32, rows: u32) -> u32 {
  return select((run.step / every) % rows, rows, run.halted > 1u);
}
