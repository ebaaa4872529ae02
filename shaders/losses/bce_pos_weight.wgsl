// Binary cross entropy of a logit whose positive targets have a weight w for each column: (1 - t) x + (1 + (w - 1) t) (max(-x, 0) + log(1 + exp(-|x|))).
@group(0) @binding(6) var<storage, read> pos_weights: array<f32>;
fn loss_term(x: f32, t: f32, column: u32) -> f32 {
  let e = exp(-abs(x));
  // log(1 + e) loses e below 1e-7: the series takes over.
  let log1p = select(log(1.0 + e), e * (1.0 - e * (0.5 - e / 3.0)), e < 0.01);
  return (1.0 - t) * x + (1.0 + (pos_weights[column] - 1.0) * t) * (max(-x, 0.0) + log1p);
}
fn loss_term_grad(x: f32, t: f32, column: u32) -> f32 {
  let e = exp(-abs(x));
  // 1 - sigmoid(x)
  let rest = select(1.0 / (1.0 + e), e / (1.0 + e), x >= 0.0);
  return (1.0 - t) - (1.0 + (pos_weights[column] - 1.0) * t) * rest;
}
