// Inverted dropout: y = x / keep with probability keep, else 0. The mask is a function of the run's key, the layer, the batch and
// the element, so that the backward pass and a replay draw the same and nothing is stored. It is its own gradient.
struct Params {
  count: u32,
  layer: u32,
  threshold: u32, // keep * 2^32
  factor: f32,    // 1 / keep
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<storage, read> run: RunState;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i * 4u >= params.count) { return; }
  let key = threefry(vec2u(run.key0, run.key1), vec2u(params.layer, run.batches));
  let bits = vec4u(threefry(key, vec2u(i, 0u)), threefry(key, vec2u(i, 1u)));
  y[i] = select(vec4f(), x[i] * params.factor, bits < vec4u(params.threshold));
}
