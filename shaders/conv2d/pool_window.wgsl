// What a window of 2 x 2 pixels leaves, whose columns h are, as max_pool2d has it: the largest number, and where in the image it stands: of equal ones the first, of NaN
// the last.
struct Pooled {
  value: vec4f,
  index: vec4i,
}
fn are_nan(v: vec4f) -> vec4<bool> { return (bitcast<vec4u>(v) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u); }
fn pool_one(best: Pooled, value: vec4f, index: u32) -> Pooled {
  let takes = ((value > best.value) & !are_nan(best.value)) | are_nan(value);
  return Pooled(select(best.value, value, takes), select(best.index, vec4i(i32(index)), takes));
}
fn pool_window(h: mat4x4f, first: u32, width: u32) -> Pooled {
  let one = pool_one(Pooled(h[0], vec4i(i32(first))), h[1], first + 1u);
  let two = pool_one(one, h[2], first + width);
  return pool_one(two, h[3], first + width + 1u);
}
