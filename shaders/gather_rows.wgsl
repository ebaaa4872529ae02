// The batch: row r of y is the data set's row permuted(first + r), a keyed permutation that changes with the epoch; rows
// behind the true ones are zero. One word per invocation.
struct Params {
  rows: u32,
  columns: u32,
  shuffle: u32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> data: array<f32>;
@group(0) @binding(2) var<storage, read> run: RunState;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.rows * params.columns) { return; }
  let row = i / params.columns;
  if (row >= run.rows) {
    y[i] = 0.0;
    return;
  }
  var sample = run.first + row;
  if (params.shuffle != 0u) { sample = permuted(sample, run.samples, threefry(vec2u(run.key0, run.key1), vec2u(run.epoch, 0u))); }
  y[i] = data[sample * params.columns + i % params.columns];
}
