// A float without its fraction. Beyond the integers stands the nearest that is a float, and the smallest for NaN: as an index it is none.
fn converted(bits: vec4u) -> vec4u {
  let x = bitcast<vec4f>(bits);
  let nan = (bits & vec4u(0x7fffffffu)) > vec4u(0x7f800000u);
  let low = nan | (x <= vec4f(-0x1p31));
  let high = !nan & (x >= vec4f(0x1p31));
  let inside = vec4i(select(x, vec4f(), low | high));
  return bitcast<vec4u>(select(select(inside, vec4i(0x7fffff80), high), vec4i(-0x7fffffff - 1), low));
}
