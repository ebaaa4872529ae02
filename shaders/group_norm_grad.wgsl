// Gradient of group norm by its input: dx = rstd (g - mean g - xhat mean(g xhat)), g = dy gamma, means over the set. Those of padded samples get zero.
// Linked with one of rows/, a set as a row, and norm_set.
struct Params {
  sets: u32,
  sets_per_sample: u32,
  positions: u32,
  groups: u32,
  channels: u32, // of a group
}
override WORKGROUP: u32 = 4;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> gamma: array<f32>;
@group(0) @binding(4) var<storage, read_write> means: array<f32>; // less the set's first number
@group(0) @binding(5) var<storage, read_write> rstds: array<f32>;
@group(0) @binding(6) var<storage, read_write> dx: array<f32>;
@group(0) @binding(7) var<storage, read> run: RunState;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = row_of(workgroup, groups, local);
  let lane = row_lane(local);
  if (i >= params.sets) { return; }
  let at = set_of(i, params.positions, params.groups, params.channels);
  let size = params.positions * params.channels;
  let n = f32(size);
  let first = x[at.start];
  let mean = means[i];
  let rstd = rstds[i];
  var own_sum = 0.0;
  var own_product = 0.0;
  for (var j = lane; j < size; j += row_lanes()) {
    let place = place_in(at, j);
    let g = dy[place] * gamma[channel_in(at, j)];
    own_sum += g;
    own_product += g * ((x[place] - first) - mean) * rstd;
  }
  let sum = row_sum(local, own_sum) / n;
  let product = row_sum(local, own_product) / n;
  let counts = i < true_rows(params.sets, params.sets_per_sample);
  for (var j = lane; j < size; j += row_lanes()) {
    let place = place_in(at, j);
    let xhat = ((x[place] - first) - mean) * rstd;
    dx[place] = select(0.0, rstd * (dy[place] * gamma[channel_in(at, j)] - sum - xhat * product), counts);
  }
}
