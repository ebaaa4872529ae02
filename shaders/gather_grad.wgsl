// dx[o, v, i] = the sum of dy[o, p, i] over the picks p of index v, along their chain (gather_links); `add` to what earlier picks gave.
struct Params {
  count: u32,
  size: u32,  // of the axis of dx
  picks: u32, // indices
  inner: u32, // elements per index
  add: u32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> heads: array<u32>;
@group(0) @binding(3) var<storage, read_write> links: array<u32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.count) { return; }
  let row = i / params.inner;
  let base = row / params.size * params.picks;
  var sum = 0.0;
  if (params.add != 0u) { sum = dx[i]; }
  var p = heads[row % params.size];
  while (p != 0xffffffffu) {
    sum += dy[(base + p) * params.inner + i % params.inner];
    p = links[p];
  }
  dx[i] = sum;
}
