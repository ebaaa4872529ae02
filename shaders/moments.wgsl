// Statistics of chunks of tensors, a workgroup per chunk; moments_combine puts them together. One quick pass serves ordinary
// numbers. Where it may have lost something (non-finite or tiny values, digits of the variance, a last vec4 that is not whole) an
// invocation makes careful passes: the first counts by bits and finds the largest |x|, the next sum about the mean, scaled by that
// power of two, so that neither 1e-40 nor 1e30 is lost. Linked with one of sources/.
struct Params {
  chunks: u32,
  first: u32, // partial of the first chunk
}
override WORKGROUP: u32 = 128;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<vec4f>;     // activations, or what the dispatch is of (sources/one)
@group(0) @binding(2) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(3) var<storage, read> weights: array<vec4f>;    // before the update
@group(0) @binding(4) var<storage, read> update: array<vec4f>;     // the requested updates, and how far the weights moved
@group(0) @binding(5) var<storage, read> chunks: array<Chunk>;
@group(0) @binding(6) var<storage, read> run: RunState;
@group(0) @binding(7) var<storage, read_write> partials: array<Partial>;

var<workgroup> tree: array<Partial, WORKGROUP>;

// Squares about `origin`, nothing scaled. Single numbers, not vec4s: what a loop carries is what it costs on SwiftShader.
struct Quick {
  sum: Double,
  squares: Double,
  magnitude: Double,
  low: f32,
  high: f32,
  zeros: f32,
}
fn across(v: vec4f) -> f32 {
  return (v.x + v.y) + (v.z + v.w);
}
fn number_of(b: vec4<bool>) -> f32 {
  return across(select(vec4f(), vec4f(1.0), b));
}
// The four numbers and what came before, of any sign and size: nothing of them is lost.
fn add_four(sum: Double, v: vec4f) -> Double {
  let a = two_sum(v.x, v.y);
  let b = two_sum(v.z, v.w);
  let c = two_sum(a.high, b.high);
  let s = two_sum(sum.high, c.high);
  return Double(s.high, sum.low + ((a.low + b.low) + (c.low + s.low)));
}
// Not min and max, which SwiftShader makes of 36 instructions each, for NaN. One here shows in the squares.
fn lower(a: f32, b: f32) -> f32 { return select(a, b, b < a); }
fn higher(a: f32, b: f32) -> f32 { return select(a, b, b > a); }
fn quick_add(q: Quick, v: vec4f, origin: f32) -> Quick {
  let d = v - origin;
  return Quick(
    add_four(q.sum, v),
    add_number(q.squares, across(d * d)),
    add_number(q.magnitude, across(abs(v))),
    lower(q.low, lower(lower(v.x, v.y), lower(v.z, v.w))),
    higher(q.high, higher(higher(v.x, v.y), higher(v.z, v.w))),
    q.zeros + number_of(v == vec4f()),
  );
}

// Of every lanes()-th vec4 of a chunk, from its `lane`-th on.
fn lane_moments(chunk: Chunk, lane: u32) -> Partial {
  let used = counted(chunk);
  let vec4s = (used / 4u + lanes() - 1u - lane) / lanes();
  let rest = select(0u, used % 4u, used / 4u % lanes() == lane);
  let at = chunk.at + lane;
  let one = source_one(chunk.source, at);
  let origin = across(one) * 0.25;
  var q = Quick(Double(), Double(), Double(), one.x, one.x, 0.0);
  var j = 0u;
  for (; j + 4u <= vec4s; j += 4u) {
    let v = source_four(chunk.source, at + j * lanes(), lanes());
    q = quick_add(quick_add(quick_add(quick_add(q, v[0], origin), v[1], origin), v[2], origin), v[3], origin);
  }
  for (; j < vec4s; j++) { q = quick_add(q, source_one(chunk.source, at + j * lanes()), origin); }
  let n = f32(vec4s * 4u);
  let largest = higher(abs(q.low), abs(q.high));
  let squares = whole(q.squares);
  let mean = divide_double(q.sum, max(n, 1.0));
  let aside = hidden(mean.high - origin) + mean.low;
  let quick_m2 = squares - n * aside * aside;
  // Written so that a NaN is not ordinary; below 1e-15 squares would be lost.
  let ordinary = squares < 1e30 && largest < 1e15 && largest > 1e-15 && quick_m2 > 0.1 * squares && rest == 0u && vec4s > 0u;
  // Loops without a turn, because SwiftShader does not skip an if.
  let careful = select(vec4s + select(0u, 1u, rest > 0u), 0u, ordinary);
  var nans = 0.0;
  var infs = 0.0;
  var zeros = 0.0;
  var low = vec4i(0x7f7fffff);
  var high = vec4i(-0x7f7fffff);
  var count = 0.0;
  for (var i = 0u; i < careful; i++) {
    let v = source_one(chunk.source, at + i * lanes());
    let inside = vec4u(0u, 1u, 2u, 3u) < vec4u(select(rest, 4u, i < vec4s));
    let bits = bitcast<vec4u>(v) & vec4u(0x7fffffffu);
    let finite = inside & (bits < vec4u(0x7f800000u));
    let order = order_of(v);
    count += number_of(finite);
    nans += number_of(inside & (bits > vec4u(0x7f800000u)));
    infs += number_of(inside & (bits == vec4u(0x7f800000u)));
    zeros += number_of(inside & (bits == vec4u()));
    low = min(low, select(vec4i(0x7f7fffff), order, finite));
    high = max(high, select(vec4i(-0x7f7fffff), order, finite));
  }
  let lowest = min(min(low.x, low.y), min(low.z, low.w));
  let highest = max(max(high.x, high.y), max(high.z, high.w));
  // -lowest and not abs(lowest): NVIDIA's driver 580 lost that abs where all numbers were negative, and the scale was 2^-126.
  let scale = power_of_two(bitcast<f32>(select(0, max(-lowest, highest), count > 0.0)));
  let inverse = reciprocal_of_power(scale);
  let finite_count = max(count, 1.0);
  var about = 0.0;
  var sum = Double();
  var magnitude = Double();
  var squares_about = Double();
  var aside_sum = 0.0;
  // About 0, then about the mean that came of it: the first round has the sum, the second the squares.
  for (var round = 0u; round < select(0u, 2u, careful > 0u); round++) {
    var moved = Double();
    squares_about = Double();
    magnitude = Double();
    for (var i = 0u; i < careful; i++) {
      let v = source_one(chunk.source, at + i * lanes());
      let inside = vec4u(0u, 1u, 2u, 3u) < vec4u(select(rest, 4u, i < vec4s));
      let finite = inside & ((bitcast<vec4u>(v) & vec4u(0x7f800000u)) != vec4u(0x7f800000u));
      let s = times_power(v, inverse);
      let d = select(vec4f(), s - about, finite);
      moved = add_four(moved, d);
      squares_about = add_number(squares_about, across(d * d));
      magnitude = add_number(magnitude, across(select(vec4f(), abs(s), finite)));
    }
    if (round == 0u) { sum = moved; }
    aside_sum = whole(moved);
    about = divide_double(sum, finite_count).high;
  }
  if (ordinary) {
    let ends = order_of(vec4f(q.low, q.high, 0.0, 0.0));
    return Partial(n, 1.0, q.sum, q.magnitude, Double(quick_m2, 0.0), ends.x, ends.y, q.zeros, 0.0, 0.0, n);
  }
  let m2 = max(0.0, whole(squares_about) - aside_sum * aside_sum / finite_count);
  return Partial(count, scale, sum, magnitude, Double(m2, 0.0), lowest, highest, zeros, nans, infs, n + f32(rest));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  hidden_zero = workgroup.z;
  let index = piece_of(workgroup, groups, local);
  let lane = lane_of(local);
  if (index >= params.chunks) { return; }
  tree[local] = lane_moments(chunks[index], lane);
  for (var half = lanes() / 2u; half > 0u; half /= 2u) {
    barrier();
    if (lane < half) { tree[local] = merge_moments(tree[local], tree[local + half]); }
  }
  if (lane == 0u) { partials[params.first + index] = tree[local]; }
}
