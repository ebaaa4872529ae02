// max(0, 1 - t y)² for targets of -1 and 1.
fn loss_term(y: f32, t: f32, _column: u32) -> f32 {
  let m = max(0.0, 1.0 - t * y);
  return m * m;
}
fn loss_term_grad(y: f32, t: f32, _column: u32) -> f32 { return -2.0 * t * max(0.0, 1.0 - t * y); }
