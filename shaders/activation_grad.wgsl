// dz = dh act'(z), from what the activation saved: its input or its output, as its file in shaders/activations says.
struct Params {
  count: u32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dh: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> saved: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dz: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i * 4u >= params.count) { return; }
  dz[i] = dh[i] * act_grad(saved[i]);
}
