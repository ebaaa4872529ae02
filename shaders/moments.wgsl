// Statistics of chunks of many segments of a buffer, one chunk per invocation; moments_combine puts them together. One quick
// pass over vec4s serves ordinary chunks. Where it may have lost something (non-finite or tiny values, digits of the
// variance, a count that is no multiple of 4) two careful passes follow: the first counts by bits and finds the largest |x|,
// the second sums about the first finite element, scaled by that power of two, so that neither 1e-40 nor 1e30 is lost. Rows behind the true rows of the batch are not counted.
struct Params {
  chunks: u32,
}
struct Partial {
  count: f32,   // finite elements
  mean: f32,    // in units of scale
  m2: f32,      // sum of squares about the mean, in units of scale²
  scale: f32,
  low: i32,     // in the order of lib/order
  high: i32,
  magnitude: f32, // sum of |x|, in units of scale
  zeros: f32,
  nans: f32,
  infs: f32,
  total: f32,
  unused: f32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> chunks: array<vec4u>; // first word, first element in its segment, elements, elements per row (0: no rows)
@group(0) @binding(3) var<storage, read> run: RunState;
@group(0) @binding(4) var<storage, read_write> partials: array<Partial>;

fn element(at: u32) -> f32 {
  return x[at / 4u][at % 4u];
}
@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.chunks) { return; }
  let chunk = chunks[i];
  let used = select(chunk.z, min(chunk.z, max(run.rows * chunk.w, chunk.y) - chunk.y), chunk.w > 0u);
  // Quick: sums about the first element, unscaled.
  let origin4 = vec4f(x[chunk.x / 4u].x);
  var sums = vec4f();
  var products = vec4f();
  var magnitudes = vec4f();
  var lows = origin4;
  var highs = origin4;
  var none = vec4f();
  for (var j = 0u; j < used / 4u; j++) {
    let v = x[chunk.x / 4u + j];
    let d = v - origin4;
    sums += d;
    products += d * d;
    magnitudes += abs(v);
    lows = min(lows, v);
    highs = max(highs, v);
    none += select(vec4f(), vec4f(1.0), v == vec4f());
  }
  let quick_sum = dot(sums, vec4f(1.0));
  let quick_squares = dot(products, vec4f(1.0));
  let quick_low = min(min(lows.x, lows.y), min(lows.z, lows.w));
  let quick_high = max(max(highs.x, highs.y), max(highs.z, highs.w));
  let largest = max(abs(quick_low), abs(quick_high));
  let quick_m2 = quick_squares - quick_sum * quick_sum / f32(max(used, 1u));
  // Written so that a NaN is not ordinary; below 1e-15 squares would be lost.
  let ordinary = quick_squares < 1e30 && largest < 1e15 && largest > 1e-15 && quick_m2 > 1e-2 * quick_squares && used % 4u == 0u && used > 0u;
  // Loops without a turn, because SwiftShader does not skip an if.
  let careful = select(used, 0u, ordinary);
  var nans = 0.0;
  var infs = 0.0;
  var zeros = 0.0;
  var low = 0x7f7fffff;
  var high = -0x7f7fffff;
  var shift = 0.0;
  var count = 0.0;
  for (var j = 0u; j < careful; j++) {
    let v = element(chunk.x + j);
    let bits = bitcast<u32>(v) & 0x7fffffffu;
    if (bits >= 0x7f800000u) {
      if (bits == 0x7f800000u) { infs += 1.0; } else { nans += 1.0; }
    } else {
      if (count == 0.0) { shift = v; }
      count += 1.0;
      if (bits == 0u) { zeros += 1.0; }
      low = min(low, order_of(v));
      high = max(high, order_of(v));
    }
  }
  let scale = power_of_two(bitcast<f32>(max(abs(low), abs(high))));
  let inverse = reciprocal_of_power(scale);
  let origin = times_power(shift, inverse);
  var sum = 0.0;
  var squares = 0.0;
  var magnitude = 0.0;
  for (var j = 0u; j < careful; j++) {
    let v = element(chunk.x + j);
    if ((bitcast<u32>(v) & 0x7f800000u) != 0x7f800000u) {
      let s = times_power(v, inverse);
      let d = s - origin;
      sum += d;
      squares += d * d;
      magnitude += abs(s);
    }
  }
  let n = max(count, 1.0);
  if (ordinary) {
    partials[i] = Partial(f32(used), origin4.x + quick_sum / f32(used), quick_m2, 1.0, order_of(quick_low), order_of(quick_high), dot(magnitudes, vec4f(1.0)), dot(none, vec4f(1.0)), 0.0, 0.0, f32(used), 0.0);
    return;
  }
  partials[i] = Partial(count, origin + sum / n, max(0.0, squares - sum * sum / n), scale, low, high, magnitude, zeros, nans, infs, f32(used), 0.0);
}
