// Statistics of a part of a tensor, and how those of two parts become one (Chan, Golub & LeVeque 1979). All parts of a tensor count
// their means from the same origin: of numbers around 1000 that differ by 0.01, means from 0 would lose the differences. Linked with lib/norm.
struct Partial {
  count: f32,     // finite elements
  mean: f32,      // from the origin, in units of scale
  m2: f32,        // sum of squares about the mean, in units of scale²
  scale: f32,     // a power of two
  low: i32,       // in the order of lib/order
  high: i32,
  magnitude: f32, // sum of |x|, in units of scale
  zeros: f32,
  nans: f32,
  infs: f32,
  total: f32,
  origin: f32,    // the tensor's first element, or 0
}
fn no_moments() -> Partial {
  return Partial(0.0, 0.0, 0.0, power_of_two(0.0), 0x7f7fffff, -0x7f7fffff, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
}
fn merge_moments(a: Partial, b: Partial) -> Partial {
  // Without a finite element a part has no say in the scale.
  let scale = max(power_of_two(0.0), max(select(0.0, a.scale, a.count > 0.0), select(0.0, b.scale, b.count > 0.0)));
  let inverse = reciprocal_of_power(scale);
  let p = select(0.0, a.scale * inverse, a.count > 0.0);
  let q = select(0.0, b.scale * inverse, b.count > 0.0);
  let count = a.count + b.count;
  let share = b.count / max(count, 1.0);
  let difference = b.mean * q - a.mean * p;
  return Partial(
    count,
    a.mean * p + difference * share,
    a.m2 * p * p + b.m2 * q * q + difference * difference * a.count * share,
    scale,
    min(a.low, b.low),
    max(a.high, b.high),
    a.magnitude * p + b.magnitude * q,
    a.zeros + b.zeros,
    a.nans + b.nans,
    a.infs + b.infs,
    a.total + b.total,
    select(b.origin, a.origin, a.count > 0.0),
  );
}
