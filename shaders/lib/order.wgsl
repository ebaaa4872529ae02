// Finite floats as integers in the same order: arithmetic may take a subnormal for zero, integers keep it.
fn order_of(x: vec4f) -> vec4i {
  let bits = bitcast<vec4u>(x);
  let magnitude = vec4i(bits & vec4u(0x7fffffffu));
  return select(magnitude, -magnitude, (bits >> vec4u(31u)) != vec4u());
}
// The bits of the float at a place in that order.
fn bits_at(order: i32) -> u32 {
  return u32(abs(order)) | select(0u, 0x80000000u, order < 0);
}
// x times a power of two from 2^-126 to 2^126, where x may be subnormal: then its mantissa is counted in units of 2^-149.
fn times_power(x: vec4f, power: f32) -> vec4f {
  let bits = bitcast<vec4u>(x);
  let units = vec4f(bits & vec4u(0x007fffffu));
  let small = select(units, -units, (bits >> vec4u(31u)) != vec4u()) * (power * 0x1p-75) * 0x1p-74;
  return select(x * power, small, (bits & vec4u(0x7f800000u)) == vec4u());
}
