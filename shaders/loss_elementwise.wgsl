// A loss that is a sum of terms per element, one row per invocation: losses[r] = scale sum_c loss_term(y, t), and its slope
// scale loss_slope(y, t) / rows. The two functions are linked from shaders/losses.
struct Params {
  rows: u32,
  rows_per_sample: u32,
  columns: u32,
  scale: f32,
}
override WORKGROUP: u32 = 4;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> targets: array<f32>;
@group(0) @binding(3) var<storage, read_write> losses: array<f32>;
@group(0) @binding(4) var<storage, read_write> slopes: array<f32>;
@group(0) @binding(5) var<storage, read> run: RunState;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = linear_index(workgroup, groups, local, WORKGROUP);
  if (row >= params.rows) { return; }
  let rows = true_rows(params.rows, params.rows_per_sample);
  let used = row < rows;
  let weight = params.scale / f32(max(rows, 1u));
  var sum = 0.0;
  for (var c = 0u; c < params.columns; c++) {
    let at = row * params.columns + c;
    sum += loss_term(y[at], targets[at]);
    slopes[at] = select(0.0, loss_slope(y[at], targets[at]) * weight, used);
  }
  losses[row] = select(0.0, sum * params.scale, used);
}
