// Histograms of |x| of chunks of tensors, a workgroup for a chunk and 20 edges: each number is compared with all of them, and how many lie at
// or above an edge is added to its bin in the step's row of a ring and taken from the bin below, by integer atomics, whose order cannot
// matter. Bin 0 is below the first edge, the last from the last edge on; zeros and non-finite values are in no bin. No bin is looked
// up: loads and stores at an index that depends on data cost more, on SwiftShader, than the 20 comparisons. Linked with one of sources/.
struct Params {
  chunks: u32,
  blocks: u32, // of 20 edges
  bins: u32,
  stride: u32,
  every: u32,
  rows: u32,
}
const EDGES = 20u;
override LANES: u32 = 128;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<vec4f>;     // activations, or what the dispatch is of (sources/one)
@group(0) @binding(2) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(3) var<storage, read> weights: array<vec4f>;    // before the update
@group(0) @binding(4) var<storage, read> update: array<vec4f>;
@group(0) @binding(5) var<storage, read> chunks: array<Chunk>;
@group(0) @binding(6) var<storage, read> edges: array<vec4u>;      // the bits before those of each bin's lower end
@group(0) @binding(7) var<storage, read> run: RunState;
@group(0) @binding(8) var<storage, read_write> ring: array<atomic<u32>>;

var<workgroup> totals: array<atomic<u32>, EDGES>;

struct Edges { a: vec4u, b: vec4u, c: vec4u, d: vec4u, e: vec4u }
// Half of how many numbers lie below each edge less half of how many do not.
struct Sums { a: vec4f, b: vec4f, c: vec4f, d: vec4f, e: vec4f }

// Adds 0.5 for a number below the edge, -0.5 for another: positive floats are in the order of their bits, so the sign of the difference tells.
// Shifting it down would be dear on SwiftShader, which shifts lane by lane. Number by number: vec4s would go to memory between the steps.
fn count_one(n: f32, edge: u32, x: u32) -> f32 {
  return bitcast<f32>(((edge - x) & 0x80000000u) | 0x3f000000u) + n;
}
fn count_row(n: vec4f, edge: vec4u, x: u32) -> vec4f {
  return vec4f(count_one(n.x, edge.x, x), count_one(n.y, edge.y, x), count_one(n.z, edge.z, x), count_one(n.w, edge.w, x));
}
fn count(n: Sums, edge: Edges, x: u32) -> Sums {
  return Sums(
    count_row(n.a, edge.a, x), count_row(n.b, edge.b, x), count_row(n.c, edge.c, x), count_row(n.d, edge.d, x), count_row(n.e, edge.e, x)
  );
}
// Numbers after the first `inside` count as zeros.
fn count_four(n: Sums, edge: Edges, v: vec4f, inside: i32) -> Sums {
  let bits = bitcast<vec4u>(v) & vec4u(0x7fffffffu);
  let x = select(vec4u(), bits, (bits < vec4u(0x7f800000u)) & (vec4i(0, 1, 2, 3) < vec4i(inside)));
  return count(count(count(count(n, edge, x.x), edge, x.y), edge, x.z), edge, x.w);
}
fn write_partial(at: u32, sums: vec4f, numbers: f32) {
  let n = vec4u(vec4f(0.5 * numbers) - sums);
  atomicAdd(&totals[at], n.x);
  atomicAdd(&totals[at + 1u], n.y);
  atomicAdd(&totals[at + 2u], n.z);
  atomicAdd(&totals[at + 3u], n.w);
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = linear_index(workgroup, groups, 0u, 1u);
  if (index >= params.chunks * params.blocks) { return; }
  let chunk = chunks[index / params.blocks];
  let block = index % params.blocks;
  let at = block * (EDGES / 4u);
  let edge = Edges(edges[at], edges[at + 1u], edges[at + 2u], edges[at + 3u], edges[at + 4u]);
  let used = counted(chunk);
  let vec4s = (used + 3u) / 4u;
  var n = Sums();
  var numbers = 0.0;
  // Four vec4s in one turn: SwiftShader merges the counts under a mask in each.
  for (var i = lane; i < vec4s; i += 4u * LANES) {
    let v = source_four(chunk.source, chunk.at + i, LANES);
    let left = i32(used) - i32(i * 4u);
    let next = i32(4u * LANES);
    n = count_four(count_four(n, edge, v[0], left), edge, v[1], left - next);
    n = count_four(count_four(n, edge, v[2], left - 2 * next), edge, v[3], left - 3 * next);
    numbers += 16.0;
  }
  write_partial(0u, n.a, numbers);
  write_partial(4u, n.b, numbers);
  write_partial(8u, n.c, numbers);
  write_partial(12u, n.d, numbers);
  write_partial(16u, n.e, numbers);
  workgroupBarrier();
  let row = ring_row(params.every, params.rows) * params.stride + chunk.tensor * params.bins;
  for (var e = lane; e < EDGES; e += LANES) {
    let bin = block * EDGES + e;
    let total = atomicLoad(&totals[e]);
    if (total > 0u) {
      atomicAdd(&ring[row + bin], total);
      if (bin > 0u) { atomicSub(&ring[row + bin - 1u], total); }
    }
  }
}
