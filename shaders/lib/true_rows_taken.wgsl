// The rows of lib/true_rows where some tensors hold only rows that were taken (take_rows, with a head): for those the highest bit of `per_sample` is set, and
// the others say where the head lies. Expects `run` and `values`.
const TAKEN = 0x80000000u;
fn true_rows(rows: u32, per_sample: u32) -> u32 {
  if (per_sample >= TAKEN) {
    let head = per_sample - TAKEN;
    return u32(values[head + 2u]) + (u32(values[head + 3u]) << 16u);
  }
  return select(rows, min(run.rows, rows / max(per_sample, 1u)) * per_sample, per_sample > 0u);
}
