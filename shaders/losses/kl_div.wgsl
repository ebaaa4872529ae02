// t (log t - y) for log-probabilities y; a target of zero costs nothing.
fn loss_term(y: f32, t: f32, _column: u32) -> f32 {
  if (t <= 0.0) { return 0.0; }
  return t * (log(t) - y);
}
fn loss_term_grad(y: f32, t: f32, _column: u32) -> f32 { return select(0.0, -t, t > 0.0); }
