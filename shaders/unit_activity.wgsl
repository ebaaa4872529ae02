// Dead units and saturated activations of every layer: one invocation per unit counts, over the true rows of the batch, how
// often its activation is zero and how often it lies in the flat part. Integer atomics into the step's row of a ring.
struct Params {
  units: u32,
  stride: u32,
  every: u32,
  rows: u32,
}
struct Layer {
  h: u32,        // words into the activations
  width: u32,
  low: f32,      // saturated below low or above high
  high: f32,
}
override WORKGROUP: u32 = 64;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read> layers: array<Layer>;
@group(0) @binding(3) var<storage, read> units: array<vec2u>; // layer, unit
@group(0) @binding(4) var<storage, read> run: RunState;
@group(0) @binding(5) var<storage, read_write> ring: array<atomic<u32>>; // per layer: dead units, saturated activations

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.units) { return; }
  let unit = units[i];
  let layer = layers[unit.x];
  var zeros = 0u;
  var flat = 0u;
  for (var row = 0u; row < run.rows; row++) {
    let v = values[layer.h + row * layer.width + unit.y];
    zeros += select(0u, 1u, v == 0.0);
    flat += select(0u, 1u, v < layer.low || v > layer.high);
  }
  let at = ((run.step / params.every) % params.rows) * params.stride + unit.x * 2u;
  // Active in less than 1 % of the samples: dead.
  if ((run.rows - zeros) * 100u < run.rows) { atomicAdd(&ring[at], 1u); }
  if (flat != 0u) { atomicAdd(&ring[at + 1u], flat); }
}
