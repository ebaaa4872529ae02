// a to the power b, by the rules of C's pow: 1 for b = 0, an odd whole b keeps the sign of a, NaN for a negative a with a broken b.
fn power(a: vec4f, b: vec4f) -> vec4f {
  let size = abs(a);
  // b log2 a = whole + rest, the rest small: exp2 then sees only what lies between two powers of two.
  let exponent = vec4f(vec4i((bitcast<vec4u>(size) >> vec4u(23u)) & vec4u(0xffu)) - 127);
  let mantissa = bitcast<vec4f>((bitcast<vec4u>(size) & vec4u(0x007fffffu)) | vec4u(0x3f800000u));
  let product = exponent * b;
  let logarithm = b * log2(mantissa);
  let whole = clamp(round(product + logarithm), vec4f(-300.0), vec4f(300.0));
  let half = floor(whole * 0.5);
  let finite = ldexp(ldexp(exp2((product - whole) + logarithm), vec4i(half)), vec4i(whole - half));
  let limit = select(vec4f(0.0), size, b > vec4f(0.0));
  let general = select(finite, limit, bitcast<vec4u>(size) == vec4u(0x7f800000u));
  let zero = select(select(vec4f(1.0), bitcast<vec4f>(vec4u(0x7f800000u) | (bitcast<vec4u>(a) & vec4u(0u))), b < vec4f(0.0)), vec4f(0.0), b > vec4f(0.0));
  let positive = select(general, zero, size == vec4f(0.0));
  let is_whole = floor(b) == b;
  let odd = is_whole & (floor(b * 0.5) * 2.0 != b);
  let signed = select(positive, -positive, odd & (a < vec4f(0.0)));
  let broken = (a < vec4f(0.0)) & !is_whole;
  let nan = bitcast<vec4f>(bitcast<vec4u>(a) | vec4u(0x7fc00000u));
  let squared = select(signed, a * a, b == vec4f(2.0));
  let plain = select(squared, a, b == vec4f(1.0));
  return select(select(plain, nan, broken), vec4f(1.0), b == vec4f(0.0));
}
