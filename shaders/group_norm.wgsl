// Group norm (Wu & He 2018): the numbers of each set, all positions of a sample and the channels of a group, less their mean, over their deviation, times
// gamma plus beta of the channel; also the means and the reciprocals of the deviations. x is [samples, positions, channels]. Linked with one of rows/, a set as
// a row, and norm_set. As in layer_norm, everything is reckoned from the first number of a set.
struct Params {
  sets: u32,
  positions: u32, // of a sample
  groups: u32,
  channels: u32,  // of a group
  epsilon: f32,
}
override WORKGROUP: u32 = 4;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> gamma: array<f32>;
@group(0) @binding(3) var<storage, read_write> beta: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> means: array<f32>; // less the set's first number
@group(0) @binding(6) var<storage, read_write> rstds: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = row_of(workgroup, groups, local);
  let lane = row_lane(local);
  if (i >= params.sets) { return; }
  let at = set_of(i, params.positions, params.groups, params.channels);
  let size = params.positions * params.channels;
  let n = f32(size);
  let first = x[at.start];
  var own = 0.0;
  for (var j = lane; j < size; j += row_lanes()) { own += x[place_in(at, j)] - first; }
  let mean = row_sum(local, own) / n;
  var own_squares = 0.0;
  var own_small = 0.0;
  for (var j = lane; j < size; j += row_lanes()) {
    let d = (x[place_in(at, j)] - first) - mean;
    own_squares += d * d;
    own_small += (d * SMALL) * (d * SMALL);
  }
  let squares = row_sum(local, own_squares);
  let rstd = rstd_of(squares, row_sum(local, own_small), n, params.epsilon);
  for (var j = lane; j < size; j += row_lanes()) {
    let place = place_in(at, j);
    let channel = channel_in(at, j);
    y[place] = ((x[place] - first) - mean) * rstd * gamma[channel] + beta[channel];
  }
  if (lane == 0u) {
    means[i] = mean;
    rstds[i] = rstd;
  }
}
