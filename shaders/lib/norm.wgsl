// A sum of squares that neither overflows nor underflows in f32: (scale, sum) stands for scale² sum, scale a power of two.
struct ScaledSquares {
  scale: f32,
  sum: f32,
}
// The power of two just below |x| (x finite), kept inside the range in which its reciprocal is normal.
fn power_of_two(x: f32) -> f32 {
  return bitcast<f32>(clamp(bitcast<u32>(abs(x)) >> 23u, 1u, 252u) << 23u);
}
fn reciprocal_of_power(scale: f32) -> f32 {
  return bitcast<f32>((254u - (bitcast<u32>(scale) >> 23u)) << 23u);
}
// An empty sum keeps no scale: (1, 0) beside 1e-30² must not push it below the range.
fn add_squares(x: ScaledSquares, y: ScaledSquares) -> ScaledSquares {
  if (x.sum == 0.0) { return y; }
  if (y.sum == 0.0) { return x; }
  let scale = max(x.scale, y.scale);
  let inverse = reciprocal_of_power(scale);
  let p = x.scale * inverse;
  let q = y.scale * inverse;
  return ScaledSquares(scale, x.sum * p * p + y.sum * q * q);
}
fn norm_of(x: ScaledSquares) -> f32 {
  return sqrt(x.sum) * x.scale;
}
