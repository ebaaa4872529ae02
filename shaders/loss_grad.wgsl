// y[r, c] = n x[r, c] s[r], n the true rows of the batch: x are the derivatives of a loss's mean over them, y those where s arrives at each row's loss.
// Padded rows get zero.
struct Params {
  rows: u32,
  rows_per_sample: u32,
  columns: u32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> s: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read> run: RunState;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.rows * params.columns) { return; }
  let counted = true_rows(params.rows, params.rows_per_sample);
  let row = i / params.columns;
  // Not by a product with zero: s may be infinite in a padded row.
  if (row >= counted) { y[i] = 0.0; return; }
  y[i] = f32(counted) * x[i] * s[row];
}
