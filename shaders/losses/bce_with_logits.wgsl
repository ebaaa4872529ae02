// Binary cross entropy of a logit: max(x, 0) - x t + log(1 + exp(-|x|)).
fn loss_term(x: f32, t: f32, _column: u32) -> f32 {
  let e = exp(-abs(x));
  // log(1 + e) loses e below 1e-7: the series takes over.
  let log1p = select(log(1.0 + e), e * (1.0 - e * (0.5 - e / 3.0)), e < 0.01);
  return max(x, 0.0) - x * t + log1p;
}
fn loss_term_grad(x: f32, t: f32, _column: u32) -> f32 {
  let e = exp(-abs(x));
  return select(e / (1.0 + e), 1.0 / (1.0 + e), x >= 0.0) - t;
}
