// The sum of squares of every LANES-th vec4 of some elements, scaled so that neither 1e-30 nor 1e30 is lost; a NaN or Inf becomes the
// sum. Expects `values` and LANES; linked with lib/norm and lib/finite.
fn squares_of(v: vec4f) -> f32 {
  let s = v * v;
  return (s.x + s.y) + (s.z + s.w);
}
// `first` is the place of the first vec4, `count` the number of elements of all lanes.
fn lane_squares(first: u32, count: u32, lane: u32) -> ScaledSquares {
  let vec4s = (count / 4u + LANES - 1u - lane) / LANES;
  let rest = select(0u, count % 4u, count / 4u % LANES == lane);
  let at = first + lane;
  var sum = 0.0;
  var j = 0u;
  // Four at once: on their way at the same time on a GPU, carried once instead of four times on SwiftShader.
  for (; j + 4u <= vec4s; j += 4u) {
    let i = at + j * LANES;
    let a = values[i];
    let b = values[i + LANES];
    let c = values[i + 2u * LANES];
    let d = values[i + 3u * LANES];
    sum += (squares_of(a) + squares_of(b)) + (squares_of(c) + squares_of(d));
  }
  let all = vec4s + select(0u, 1u, rest > 0u);
  for (; j < all; j++) { sum += squares_of(inside_of(values[at + j * LANES], select(rest, 4u, j < vec4s))); }
  // Out of the comfortable range: once more, scaled. Loops without a turn, because SwiftShader does not skip an if.
  let again = select(0u, all, !(sum > 1e-20 && sum < 1e30));
  var high = 0.0;
  var broken = 0.0;
  for (var i = 0u; i < again; i++) {
    let v = inside_of(values[at + i * LANES], select(rest, 4u, i < vec4s));
    for (var c = 0u; c < 4u; c++) {
      if (is_finite(v[c])) { high = max(high, abs(v[c])); } else { broken = abs(v[c]); }
    }
  }
  let scale = power_of_two(high);
  let inverse = reciprocal_of_power(scale);
  var scaled = 0.0;
  for (var i = 0u; i < again; i++) { scaled += squares_of(inside_of(values[at + i * LANES], select(rest, 4u, i < vec4s)) * inverse); }
  if (!is_finite(broken)) { return ScaledSquares(1.0, broken); }
  if (again > 0u) { return ScaledSquares(scale, scaled); }
  return ScaledSquares(1.0, sum);
}
// The first `count` numbers, then zeros.
fn inside_of(v: vec4f, count: u32) -> vec4f {
  return select(vec4f(), v, vec4u(0u, 1u, 2u, 3u) < vec4u(count));
}
