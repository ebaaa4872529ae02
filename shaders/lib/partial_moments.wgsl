// Statistics of a part of a tensor, and how those of two parts become one (Chan, Golub & LeVeque 1979). All sums are doubles: after one
// number of 1e6, a sum in f32 would take none of 0.01. Linked with lib/norm and lib/double.
struct Partial {
  count: f32,        // finite elements
  scale: f32,        // a power of two
  sum: Double,       // in units of scale, as is `magnitude`
  magnitude: Double, // sum of |x|
  m2: Double,        // sum of squares about the mean, in units of scale²
  low: i32,          // in the order of lib/order
  high: i32,
  zeros: f32,
  nans: f32,
  infs: f32,
  total: f32,
}
fn no_moments() -> Partial {
  return Partial(0.0, power_of_two(0.0), Double(), Double(), Double(), 0x7f7fffff, -0x7f7fffff, 0.0, 0.0, 0.0, 0.0);
}
fn mean_of(p: Partial) -> Double {
  return divide_double(p.sum, max(p.count, 1.0));
}
fn merge_moments(a: Partial, b: Partial) -> Partial {
  // Without a finite element a part has no say in the scale.
  let scale = max(power_of_two(0.0), max(select(0.0, a.scale, a.count > 0.0), select(0.0, b.scale, b.count > 0.0)));
  let inverse = reciprocal_of_power(scale);
  let p = select(0.0, a.scale * inverse, a.count > 0.0);
  let q = select(0.0, b.scale * inverse, b.count > 0.0);
  let count = a.count + b.count;
  let before = scale_double(mean_of(a), p);
  let next = scale_double(mean_of(b), q);
  // Of numbers around 1000 that differ by 0.01, the difference of means lies in the second parts, which Mesa loses if it sees both.
  let difference = hidden(next.high - before.high) + (next.low - before.low);
  let squares = add_double(scale_double(a.m2, p * p), scale_double(b.m2, q * q));
  return Partial(
    count,
    scale,
    add_double(scale_double(a.sum, p), scale_double(b.sum, q)),
    add_double(scale_double(a.magnitude, p), scale_double(b.magnitude, q)),
    add_number(squares, difference * difference * a.count * (b.count / max(count, 1.0))),
    min(a.low, b.low),
    max(a.high, b.high),
    a.zeros + b.zeros,
    a.nans + b.nans,
    a.infs + b.infs,
    a.total + b.total,
  );
}
