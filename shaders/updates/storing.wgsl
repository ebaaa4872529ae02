// What becomes of a step that statistics look at: it goes into the weights; the change that was asked for is stored, and after all of those
// (params.count vec4s) the L2 norm of how far each four weights moved: f32 may hold less than was asked for. Expects lib/update, lib/hidden, lib/norm.
var<private> moved: vec4f; // of the last four vec4s

fn skips_update(first: u32) -> bool {
  let skips = run.non_finite != 0u || run.halted != 0u;
  if (skips) {
    for (var i = first; i < first + 4u; i++) { stored[i] = vec4f(); }
    stored[params.count + first / 4u] = vec4f();
  }
  return skips;
}
fn store_update(i: u32, w: vec4f, change: vec4f) {
  let asked = hidden_four(change);
  let next = hidden_four(w + asked);
  parameters[i] = next;
  stored[i] = asked;
  moved = vec4f(moved.yzw, length_of(next - w));
}
fn end_update(first: u32) {
  stored[params.count + first / 4u] = moved;
}
// Of the finite ones, scaled: squares of 1e-25 are below f32.
fn length_of(v: vec4f) -> f32 {
  let finite = (bitcast<vec4u>(v) & vec4u(0x7f800000u)) != vec4u(0x7f800000u);
  let d = select(vec4f(), v, finite);
  // The sum is at least the largest and at most four of it.
  let scale = power_of_two((abs(d.x) + abs(d.y)) + (abs(d.z) + abs(d.w)));
  let s = d * reciprocal_of_power(scale);
  return sqrt((s.x * s.x + s.y * s.y) + (s.z * s.z + s.w * s.w)) * scale;
}
