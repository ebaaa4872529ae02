// y = x, with the padded rows of the batch filled with a value. Four elements per invocation.
struct Params {
  count: u32,
  per_sample: u32, // elements of a sample
  value: f32,
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
  let used = min(run.rows, params.count / params.per_sample) * params.per_sample;
  y[i] = select(vec4f(params.value), x[i], vec4u(i * 4u) + vec4u(0u, 1u, 2u, 3u) < vec4u(used));
}
