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
@group(0) @binding(4) var<storage, read> parameters: array<vec4f>; // behind it
@group(0) @binding(5) var<storage, read> chunks: array<Chunk>;
@group(0) @binding(6) var<storage, read> run: RunState;
@group(0) @binding(7) var<storage, read_write> partials: array<Partial>;

var<workgroup> tree: array<Partial, WORKGROUP>;

// Sums about `origin`, unscaled. Single numbers, not vec4s: what a loop carries is what it costs on SwiftShader.
struct Quick {
  sum: f32,
  squares: f32,
  magnitude: f32,
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
// Not min and max, which SwiftShader makes of 36 instructions each, for NaN. One here shows in the squares.
fn lower(a: f32, b: f32) -> f32 { return select(a, b, b < a); }
fn higher(a: f32, b: f32) -> f32 { return select(a, b, b > a); }
fn quick_add(q: Quick, v: vec4f, origin: f32) -> Quick {
  let d = v - origin;
  return Quick(
    q.sum + across(d),
    q.squares + across(d * d),
    q.magnitude + across(abs(v)),
    lower(q.low, lower(lower(v.x, v.y), lower(v.z, v.w))),
    higher(q.high, higher(higher(v.x, v.y), higher(v.z, v.w))),
    q.zeros + number_of(v == vec4f()),
  );
}

// Of every lanes()-th vec4 of a chunk, from its `lane`-th on.
fn lane_moments(chunk: Chunk, lane: u32) -> Partial {
  let used = counted(chunk);
  let fours = (used / 4u + lanes() - 1u - lane) / lanes();
  let rest = select(0u, used % 4u, used / 4u % lanes() == lane);
  let at = chunk.at + lane;
  // The first element of the tensor.
  let start = source_one(chunk.source, chunk.at - chunk.first / 4u).x;
  let origin = select(0.0, start, (bitcast<u32>(start) & 0x7f800000u) != 0x7f800000u);
  let one = source_one(chunk.source, at).x;
  var q = Quick(0.0, 0.0, 0.0, one, one, 0.0);
  var j = 0u;
  for (; j + 4u <= fours; j += 4u) {
    let v = source_four(chunk.source, at + j * lanes(), lanes());
    q = quick_add(quick_add(quick_add(quick_add(q, v[0], origin), v[1], origin), v[2], origin), v[3], origin);
  }
  for (; j < fours; j++) { q = quick_add(q, source_one(chunk.source, at + j * lanes()), origin); }
  let n = f32(fours * 4u);
  let largest = max(abs(q.low), abs(q.high));
  let quick_m2 = q.squares - q.sum * q.sum / max(n, 1.0);
  // Written so that a NaN is not ordinary; below 1e-15 squares would be lost.
  let ordinary = q.squares < 1e30 && largest < 1e15 && largest > 1e-15 && quick_m2 > 1e-2 * q.squares && rest == 0u && fours > 0u;
  // Loops without a turn, because SwiftShader does not skip an if.
  let careful = select(fours + select(0u, 1u, rest > 0u), 0u, ordinary);
  var nans = 0.0;
  var infs = 0.0;
  var zeros = 0.0;
  var low = vec4i(0x7f7fffff);
  var high = vec4i(-0x7f7fffff);
  var count = 0.0;
  for (var i = 0u; i < careful; i++) {
    let v = source_one(chunk.source, at + i * lanes());
    let inside = vec4u(0u, 1u, 2u, 3u) < vec4u(select(rest, 4u, i < fours));
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
  let scale = power_of_two(bitcast<f32>(max(order_of(vec4f(abs(origin))).x, select(0, max(-lowest, highest), count > 0.0))));
  let inverse = reciprocal_of_power(scale);
  let scaled_origin = times_power(vec4f(origin), inverse).x;
  let finite_count = max(count, 1.0);
  var mean = 0.0;
  var m2 = 0.0;
  var magnitude = 0.0;
  // About the origin, then about the mean that came of it.
  for (var round = 0u; round < select(0u, 2u, careful > 0u); round++) {
    var sum = 0.0;
    var squares = 0.0;
    magnitude = 0.0;
    for (var i = 0u; i < careful; i++) {
      let v = source_one(chunk.source, at + i * lanes());
      let inside = vec4u(0u, 1u, 2u, 3u) < vec4u(select(rest, 4u, i < fours));
      let finite = inside & ((bitcast<vec4u>(v) & vec4u(0x7f800000u)) != vec4u(0x7f800000u));
      let s = times_power(v, inverse);
      let d = select(vec4f(), (s - scaled_origin) - mean, finite);
      sum += across(d);
      squares += across(d * d);
      magnitude += across(select(vec4f(), abs(s), finite));
    }
    mean += sum / finite_count;
    m2 = max(0.0, squares - sum * sum / finite_count);
  }
  if (ordinary) {
    let ends = order_of(vec4f(q.low, q.high, 0.0, 0.0));
    return Partial(n, q.sum / n, quick_m2, 1.0, ends.x, ends.y, q.magnitude, q.zeros, 0.0, 0.0, n, origin);
  }
  return Partial(count, mean, m2, scale, lowest, highest, magnitude, zeros, nans, infs, n + f32(rest), origin);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let index = piece_of(workgroup, groups, local);
  let lane = lane_of(local);
  if (index >= params.chunks) { return; }
  tree[local] = lane_moments(chunks[index], lane);
  for (var half = lanes() / 2u; half > 0u; half /= 2u) {
    meet();
    if (lane < half) { tree[local] = merge_moments(tree[local], tree[local + half]); }
  }
  if (lane == 0u) { partials[params.first + index] = tree[local]; }
}
