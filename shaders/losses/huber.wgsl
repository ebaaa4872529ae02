// (y - t)² / 2 up to DELTA, then DELTA (|y - t| - DELTA / 2).
override DELTA: f32 = 1.0;
fn loss_term(y: f32, t: f32, _column: u32) -> f32 {
  let d = abs(y - t);
  return select(DELTA * (d - 0.5 * DELTA), 0.5 * d * d, d <= DELTA);
}
fn loss_term_grad(y: f32, t: f32, _column: u32) -> f32 { return clamp(y - t, -DELTA, DELTA); }
