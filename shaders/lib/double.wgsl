// Sums that keep what rounding takes: a number as two f32 of which the second lies below the first one's last digit. Expects
// lib/hidden: for a compiler that takes a + b - a for b, rounding takes nothing.
struct Double {
  high: f32,
  low: f32,
}
// a + b and what its rounding took, exactly (Knuth 1969), whichever is larger.
fn two_sum(a: f32, b: f32) -> Double {
  let sum = hidden(a + b);
  let of_b = hidden(sum - a);
  let of_a = hidden(sum - of_b);
  return Double(sum, hidden(a - of_a) + (b - of_b));
}
// The second parts add up by themselves until `whole` is asked for.
fn add_number(a: Double, b: f32) -> Double {
  let s = two_sum(a.high, b);
  return Double(s.high, a.low + s.low);
}
fn add_double(a: Double, b: Double) -> Double {
  let s = two_sum(a.high, b.high);
  return Double(s.high, s.low + (a.low + b.low));
}
// Times a power of two, which rounds nothing.
fn scale_double(a: Double, power: f32) -> Double {
  return Double(a.high * power, a.low * power);
}
fn whole(a: Double) -> f32 {
  return a.high + a.low;
}
// a / n for a whole number n below 2^24, right to about 2^-34: products of 12 bits by 12 are exact.
fn divide_double(a: Double, n: f32) -> Double {
  let quotient = whole(a) / n;
  let first = bitcast<f32>(bitcast<u32>(quotient) & 0xfffff000u);
  let second = hidden(quotient - first);
  let large = f32(u32(n) & 0xfffff000u);
  let small = f32(u32(n) & 0xfffu);
  let rest = (((a.high - first * large) - first * small) - second * large) - second * small;
  return two_sum(quotient, (rest + a.low) / n);
}
