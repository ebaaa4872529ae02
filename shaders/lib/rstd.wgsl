// 1 / sqrt(mean of squares + epsilon), of squares that float32 may not hold: beyond 1e30 from those of the same numbers times SMALL, which any
// number but the very largest fit into. Kernels add up both on their way over a row: the bits of what is smaller do not change.
const SMALL = 8.271806125530277e-25; // 2^-80
fn rstd_of(squares: f32, small_squares: f32, n: f32, epsilon: f32) -> f32 {
  if (squares < 1e30) { return 1.0 / sqrt(squares / n + epsilon); }
  return SMALL / sqrt(small_squares / n + epsilon * SMALL * SMALL);
}
