// Statistics of whole tensors from those of their chunks, into the step's row of a ring; a workgroup per tensor.
struct Params {
  tensors: u32,
  every: u32,
  rows: u32,
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
override WORKGROUP: u32 = 32;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partials: array<Partial>;
@group(0) @binding(2) var<storage, read> tensors: array<vec2u>; // first chunk, chunks
@group(0) @binding(3) var<storage, read> run: RunState;
@group(0) @binding(4) var<storage, read_write> ring: array<Moments>;

var<workgroup> tree: array<Partial, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  hidden_zero = workgroup.z;
  let index = piece_of(workgroup, groups, local);
  let lane = lane_of(local);
  if (index >= params.tensors) { return; }
  let tensor = tensors[index];
  var own = no_moments();
  for (var i = lane; i < tensor.y; i += lanes()) { own = merge_moments(own, partials[tensor.x + i]); }
  tree[local] = own;
  for (var half = lanes() / 2u; half > 0u; half /= 2u) {
    barrier();
    if (lane < half) { tree[local] = merge_moments(tree[local], tree[local + half]); }
  }
  if (lane != 0u) { return; }
  let p = tree[local];
  let some = p.count > 0.0;
  let n = max(p.count, 1.0);
  let mean = mean_of(p).high;
  // Of numbers that are all alike the mean may miss the last of its 48 digits, and the squares show it.
  let m2 = select(whole(p.m2), 0.0, p.low == p.high);
  let square = m2 + n * mean * mean;
  let at = ring_row(params.every, params.rows) * params.tensors + index;
  ring[at] = Moments(
    p.total,
    p.scale,
    mean,
    sqrt(m2 / n),
    sqrt(square),
    select(0u, bits_at(p.low), some),
    select(0u, bits_at(p.high), some),
    whole(p.magnitude) / n,
    p.zeros,
    p.nans,
    p.infs,
    sqrt(square / n),
  );
}
