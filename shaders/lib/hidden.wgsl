// Numbers that a compiler cannot see through. It may take a + b - a for b (Mesa does), or round a product and a sum once instead of
// twice in one kernel and not in another; integer arithmetic with a number that it does not know ends what it can follow.
// Always 0: a kernel sets it from `workgroup_id.z`, and no grid has three dimensions.
var<private> hidden_zero: u32;
fn hidden(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) ^ hidden_zero);
}
fn hidden_four(x: vec4f) -> vec4f {
  return bitcast<vec4f>(bitcast<vec4u>(x) ^ vec4u(hidden_zero));
}
