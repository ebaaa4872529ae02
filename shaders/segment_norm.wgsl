// L2 norms of tensors into the step's row of a ring, a workgroup per tensor: from partial sums of squares where another kernel wrote them,
// from the elements otherwise.
struct Params {
  tensors: u32,
  every: u32,
  rows: u32,
}
override LANES: u32 = 256;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partials: array<vec2f>; // scale, sum
@group(0) @binding(2) var<storage, read> values: array<vec4f>;
@group(0) @binding(3) var<storage, read> tensors: array<vec4u>;  // first partial, partials, first vec4, elements
@group(0) @binding(4) var<storage, read> run: RunState;
@group(0) @binding(5) var<storage, read_write> ring: array<f32>;

var<workgroup> tree: array<ScaledSquares, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = linear_index(workgroup, groups, 0u, 1u);
  if (index >= params.tensors) { return; }
  let tensor = tensors[index];
  if (tensor.y == 0u && tensor.w == 0u) { return; } // another dispatch's
  var own = lane_squares(tensor.z, tensor.w, lane);
  for (var i = lane; i < tensor.y; i += LANES) {
    let partial = partials[tensor.x + i];
    own = add_squares(own, ScaledSquares(partial.x, partial.y));
  }
  tree[lane] = own;
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { tree[lane] = add_squares(tree[lane], tree[lane + half]); }
  }
  if (lane == 0u) { ring[ring_row(params.every, params.rows) * params.tensors + index] = norm_of(tree[0]); }
}
