// y[c] = sum over r of x[r, c]: the gradient of a bias. One invocation per column, so neighbours read neighbouring words.
struct Params {
  rows: u32,
  columns: u32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let column = linear_index(workgroup, groups, local, WORKGROUP);
  if (column >= params.columns) { return; }
  // Four partial sums shorten the chain of roundings.
  var sum = vec4f();
  let whole = params.rows / 4u * 4u;
  for (var r = 0u; r < whole; r += 4u) {
    let at = r * params.columns + column;
    sum += vec4f(x[at], x[at + params.columns], x[at + 2u * params.columns], x[at + 3u * params.columns]);
  }
  for (var r = whole; r < params.rows; r++) { sum.x += x[r * params.columns + column]; }
  y[column] = (sum.x + sum.y) + (sum.z + sum.w);
}
