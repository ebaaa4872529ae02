// y[o, k, i] = the sum of x[o, j, i] over j up to k, or from k on where it is reversed. A line along the axis per invocation, in its order.
struct Params {
  lines: u32,
  size: u32,  // of the axis
  inner: u32, // elements per position on it
  reverse: u32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let line = linear_index(workgroup, groups, local, WORKGROUP);
  if (line >= params.lines) { return; }
  let first = line / params.inner * params.size * params.inner + line % params.inner;
  var sum = 0.0;
  for (var j = 0u; j < params.size; j++) {
    let at = first + select(j, params.size - 1u - j, params.reverse != 0u) * params.inner;
    sum += x[at];
    y[at] = sum;
  }
}
