// y = x laid out in a larger tensor: element j of a dimension of x comes to start + j step of y; all other places get `value`.
struct Params {
  count: u32,
  rank: u32,
  value: f32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(3) var<storage, read> dimensions: array<vec4u>; // size of y, size of x, start and step (both signed)

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.count) { return; }
  var rest = i;
  var at = 0u;
  var stride = 1u;
  var inside = true;
  for (var d = params.rank; d > 0u; d--) {
    let dimension = dimensions[d - 1u];
    let distance = i32(rest % dimension.x) - i32(dimension.z);
    let step = i32(dimension.w);
    let j = distance / step;
    inside = inside && j * step == distance && j >= 0 && j < i32(dimension.y);
    at += u32(j) * stride;
    stride *= dimension.y;
    rest /= dimension.x;
  }
  y[i] = select(bitcast<u32>(params.value), x[select(0u, at, inside)], inside);
}
