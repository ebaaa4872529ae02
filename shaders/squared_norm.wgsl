// Partial sums of squares of many tensors of a buffer, a workgroup per chunk.
struct Params {
  chunks: u32,
  first: u32, // place of the first chunk's sum
}
override LANES: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<vec4f>;
@group(0) @binding(2) var<storage, read> chunks: array<vec2u>; // first vec4, elements
@group(0) @binding(3) var<storage, read_write> partials: array<vec2f>; // scale, sum

var<workgroup> tree: array<ScaledSquares, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = linear_index(workgroup, groups, 0u, 1u);
  if (index >= params.chunks) { return; }
  let chunk = chunks[index];
  tree[lane] = lane_squares(chunk.x, chunk.y, lane);
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { tree[lane] = add_squares(tree[lane], tree[lane + half]); }
  }
  if (lane == 0u) { partials[params.first + index] = vec2f(tree[0].scale, tree[0].sum); }
}
