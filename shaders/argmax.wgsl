// y[r] = the place of the largest element in row r of x, of equal ones the first; of a NaN, which counts as larger than all. A row per invocation.
struct Params {
  rows: u32,
  columns: u32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<i32>;

// Floats as integers in the same order, NaN above all.
fn argmax_key(bits: u32) -> i32 {
  let magnitude = i32(bits & 0x7fffffffu);
  if (magnitude > 0x7f800000) { return 0x7fffffff; }
  return select(magnitude, -magnitude, (bits >> 31u) != 0u);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = linear_index(workgroup, groups, local, WORKGROUP);
  if (row >= params.rows) { return; }
  var best = 0u;
  var high = argmax_key(x[row * params.columns]);
  for (var j = 1u; j < params.columns; j++) {
    let key = argmax_key(x[row * params.columns + j]);
    if (key > high) {
      high = key;
      best = j;
    }
  }
  y[row] = i32(best);
}
