// Histograms of |x| of many segments, a chunk per invocation: counted in private memory, then added to the step's row of a
// ring by integer atomics, whose order cannot matter. Bin 0 is below the first edge, the last from the last edge on; zeros and
// non-finite values are in no bin.
struct Params {
  chunks: u32,
  edges: u32,
  first: u32,
  stride: u32,
  every: u32,
  rows: u32,
}
override WORKGROUP: u32 = 4;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> chunks: array<vec4u>; // first word, first element in its segment, elements, elements per row
@group(0) @binding(3) var<storage, read> owners: array<u32>;   // segment of each chunk
@group(0) @binding(4) var<storage, read> edges: array<f32>;    // 256 words first: for each exponent, how many edges lie at or below its smallest value
@group(0) @binding(5) var<storage, read> run: RunState;
@group(0) @binding(6) var<storage, read_write> ring: array<atomic<u32>>;

var<private> bins: array<u32, 64>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.chunks) { return; }
  let chunk = chunks[i];
  let used = select(chunk.z, min(chunk.z, max(run.rows * chunk.w, chunk.y) - chunk.y), chunk.w > 0u);
  for (var j = 0u; j < used; j++) {
    let v = abs(x[chunk.x + j]);
    let bits = bitcast<u32>(v);
    if (bits == 0u || bits >= 0x7f800000u) { continue; }
    // The number of edges at or below v: from its exponent, then past the edges inside its binade.
    var bin = bitcast<u32>(edges[bits >> 23u]);
    while (bin < params.edges && v >= edges[256u + bin]) { bin++; }
    bins[bin] += 1u;
  }
  let at = ((run.step / params.every) % params.rows) * params.stride + params.first + owners[i] * (params.edges + 1u);
  for (var bin = 0u; bin <= params.edges; bin++) {
    if (bins[bin] != 0u) { atomicAdd(&ring[at + bin], bins[bin]); }
  }
}
