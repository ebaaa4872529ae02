// The sum of the weights of a batch's targets, by which a weighted mean over them is divided. What is no class has none. A workgroup for each piece of the rows; a fixed tree.
struct Params {
  rows: u32,
  rows_per_sample: u32,
  classes: u32,
  piece: u32, // rows of each but the last
}
override WIDTH: u32 = 64;
override IGNORED: i32 = -100;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> labels: array<i32>;
@group(0) @binding(2) var<storage, read> class_weights: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read> run: RunState;

var<workgroup> weight_sums: array<f32, WIDTH>;

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let index = linear_index(workgroup, groups, 0u, 1u);
  let end = min(true_rows(params.rows, params.rows_per_sample), (index + 1u) * params.piece);
  var sum = 0.0;
  for (var row = index * params.piece + local; row < end; row += WIDTH) {
    let label = labels[row];
    if (label != IGNORED && u32(label) < params.classes) { sum += class_weights[u32(label)]; }
  }
  weight_sums[local] = sum;
  for (var half = WIDTH / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local < half) { weight_sums[local] += weight_sums[local + half]; }
  }
  if (local == 0u) { y[index] = weight_sums[0]; }
}
