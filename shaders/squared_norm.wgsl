// Partial sums of squares of many segments of a buffer, a chunk per invocation, scaled so that neither 1e-30 nor 1e30 is lost.
// A NaN or Inf becomes the chunk's sum.
struct Params {
  chunks: u32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> chunks: array<vec2u>; // first vec4, elements
@group(0) @binding(3) var<storage, read_write> partials: array<vec2f>; // scale, sum

fn squares(v: vec4f) -> f32 {
  let s = v * v;
  return (s.x + s.y) + (s.z + s.w);
}
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.chunks) { return; }
  let chunk = chunks[i];
  let whole = chunk.y / 4u;
  let tail = chunk.y % 4u;
  var sum = 0.0;
  for (var j = 0u; j < whole; j++) { sum += squares(x[chunk.x + j]); }
  var last = vec4f();
  for (var j = 0u; j < tail; j++) { last[j] = x[chunk.x + whole][j]; }
  sum += squares(last);
  var result = vec2f(1.0, sum);
  // Out of the comfortable range: once more, scaled. A loop of at most one turn, because SwiftShader does not skip an if.
  let again = select(0u, 1u, !(sum > 1e-20 && sum < 1e30));
  for (var turn = 0u; turn < again; turn++) {
    var high = 0.0;
    var broken = 0.0;
    for (var j = 0u; j < chunk.y; j++) {
      let v = x[chunk.x + j / 4u][j % 4u];
      if (is_finite(v)) { high = max(high, abs(v)); } else { broken = abs(v); }
    }
    let scale = power_of_two(high);
    let inverse = reciprocal_of_power(scale);
    var scaled = 0.0;
    for (var j = 0u; j < chunk.y; j++) {
      let v = x[chunk.x + j / 4u][j % 4u] * inverse;
      scaled += v * v;
    }
    result = vec2f(scale, scaled);
    if (!is_finite(broken)) { result = vec2f(1.0, broken); }
  }
  partials[i] = result;
}
