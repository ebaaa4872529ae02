// Adam's corrections, 1 - beta^t, of a block's update t. Expects run.
// That of the run, but for parameters that were frozen at its beginning: c(2n) = c(n) (2 - c(n)), c(n + 1) = beta c(n) + 1 - beta.
fn correction_at(t: u32, beta: f32, of_run: f32) -> f32 {
  let younger = t != run.step - run.skipped;
  var c = 0.0;
  for (var bit = select(0u, 32u - countLeadingZeros(t), younger); bit > 0u; bit--) {
    c = c * (2.0 - c);
    c = select(c, beta * c + (1.0 - beta), ((t >> (bit - 1u)) & 1u) != 0u);
  }
  return select(of_run, c, younger);
}
