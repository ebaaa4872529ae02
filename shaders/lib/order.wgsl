// Finite floats as integers in the same order: arithmetic may take a subnormal for zero, integers keep it.
fn order_of(x: f32) -> i32 {
  let bits = bitcast<u32>(x);
  let magnitude = i32(bits & 0x7fffffffu);
  return select(magnitude, -magnitude, (bits >> 31u) != 0u);
}
// The bits of the float at a place in that order.
fn bits_at(order: i32) -> u32 {
  return u32(abs(order)) | select(0u, 0x80000000u, order < 0);
}
// x times a power of two from 2^-126 to 2^126, where x may be subnormal: then its mantissa is counted in units of 2^-149.
fn times_power(x: f32, power: f32) -> f32 {
  let bits = bitcast<u32>(x);
  let units = f32(bits & 0x007fffffu);
  let small = select(units, -units, (bits >> 31u) != 0u) * (power * 0x1p-75) * 0x1p-74;
  return select(x * power, small, (bits & 0x7f800000u) == 0u);
}
