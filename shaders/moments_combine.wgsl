// Statistics of whole segments from those of their chunks (Chan, Golub & LeVeque 1979), into the step's row of a ring; one
// segment per invocation.
struct Params {
  segments: u32,
  first: u32,
  stride: u32,
  every: u32,
  rows: u32,
}
struct Partial {
  count: f32,
  mean: f32,
  m2: f32,
  scale: f32,
  low: i32,
  high: i32,
  magnitude: f32,
  zeros: f32,
  nans: f32,
  infs: f32,
  total: f32,
  unused: f32,
}
struct Moments {
  total: f32,
  scale: f32,     // mean, deviation, l2, abs_mean and rms are in its units: the reader multiplies in float64
  mean: f32,
  deviation: f32,
  l2: f32,
  low: u32,       // bits of floats
  high: u32,
  abs_mean: f32,
  zeros: f32,
  nans: f32,
  infs: f32,
  rms: f32,
}
override WORKGROUP: u32 = 4;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> partials: array<Partial>;
@group(0) @binding(2) var<storage, read> segments: array<vec2u>; // first chunk, chunks
@group(0) @binding(3) var<storage, read> run: RunState;
@group(0) @binding(4) var<storage, read_write> ring: array<Moments>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let index = linear_index(workgroup, groups, local, WORKGROUP);
  if (index >= params.segments) { return; }
  let segment = segments[index];
  var scale = bitcast<f32>(1u << 23u);
  for (var i = 0u; i < segment.y; i++) {
    let p = partials[segment.x + i];
    if (p.count > 0.0) { scale = max(scale, p.scale); }
  }
  let inverse = reciprocal_of_power(scale);
  var m = Moments(0.0, scale, 0.0, 0.0, 0.0, 0u, 0u, 0.0, 0.0, 0.0, 0.0, 0.0);
  var m2 = 0.0;
  var finite = 0.0;
  var low = 0x7f7fffff;
  var high = -0x7f7fffff;
  for (var i = 0u; i < segment.y; i++) {
    let p = partials[segment.x + i];
    m.total += p.total;
    m.nans += p.nans;
    m.infs += p.infs;
    m.zeros += p.zeros;
    if (p.count > 0.0) {
      let factor = p.scale * inverse;
      let n = finite + p.count;
      let difference = p.mean * factor - m.mean;
      m2 += p.m2 * factor * factor + difference * difference * finite * p.count / n;
      m.mean += difference * p.count / n;
      finite = n;
      m.abs_mean += p.magnitude * factor;
      low = min(low, p.low);
      high = max(high, p.high);
    }
  }
  if (finite > 0.0) {
    let square = m2 + finite * m.mean * m.mean;
    m.deviation = sqrt(m2 / finite);
    m.l2 = sqrt(square);
    m.rms = sqrt(square / finite);
    m.abs_mean /= finite;
    m.low = bits_at(low);
    m.high = bits_at(high);
  }
  ring[((run.step / params.every) % params.rows) * params.stride + params.first + index] = m;
}
