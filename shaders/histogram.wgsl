// Histograms of |x| of chunks of tensors: counted in private memory, then added to the step's row of a ring by integer atomics, whose
// order cannot matter. Bin 0 is below the first edge, the last from the last edge on; zeros and non-finite values are in no bin. For
// software adapters. Linked with one of sources/.
struct Params {
  chunks: u32,
  edges: u32,
  stride: u32,
  every: u32,
  rows: u32,
}
const LANES = 4u;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> activations: array<vec4f>;
@group(0) @binding(2) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(3) var<storage, read> weights: array<vec4f>;    // before the update
@group(0) @binding(4) var<storage, read> parameters: array<vec4f>; // behind it
@group(0) @binding(5) var<storage, read> chunks: array<Chunk>;
@group(0) @binding(6) var<storage, read> edges: array<f32>;        // 256 words first: for each exponent, how many edges lie at or below its smallest value
@group(0) @binding(7) var<storage, read> run: RunState;
@group(0) @binding(8) var<storage, read_write> ring: array<atomic<u32>>;

var<private> bins: array<u32, 64>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = linear_index(workgroup, groups, 0u, 1u);
  if (index >= params.chunks) { return; }
  let chunk = chunks[index];
  let used = counted(chunk);
  for (var i = lane; i < (used + 3u) / 4u; i += LANES) {
    let four = source_one(chunk.source, chunk.at + i);
    for (var c = 0u; c < min(4u, used - i * 4u); c++) {
      let bits = bitcast<u32>(four[c]) & 0x7fffffffu;
      if (bits == 0u || bits >= 0x7f800000u) { continue; }
      var bin = bitcast<u32>(edges[bits >> 23u]);
      while (bin < params.edges && bits >= bitcast<u32>(edges[256u + bin])) { bin++; }
      bins[bin] += 1u;
    }
  }
  let at = ((run.step / params.every) % params.rows) * params.stride + chunk.tensor * (params.edges + 1u);
  for (var bin = 0u; bin <= params.edges; bin++) {
    if (bins[bin] != 0u) { atomicAdd(&ring[at + bin], bins[bin]); }
  }
}
