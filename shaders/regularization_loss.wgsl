// Partial sums of the regularization losses l1 |w| + l2/2 w² over the parameter arena, 16 blocks of 64 parameters per invocation.
struct Params {
  blocks: u32,
  invocations: u32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> parameters: array<vec4f>;
@group(0) @binding(2) var<storage, read> hyper: array<vec4f>; // per block: l1, l2, and two numbers of the update
@group(0) @binding(3) var<storage, read_write> regularization_losses: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.invocations) { return; }
  var sum = 0.0;
  for (var block = i * 16u; block < min(params.blocks, (i + 1u) * 16u); block++) {
    let h = hyper[block];
    if (h.x == 0.0 && h.y == 0.0) { continue; }
    for (var j = 0u; j < 16u; j++) {
      let w = parameters[block * 16u + j];
      sum += dot(vec4f(h.x), abs(w)) + 0.5 * h.y * dot(w, w);
    }
  }
  regularization_losses[i] = sum;
}
