// Dead units and saturated activations into the step's row of a ring, a workgroup per part of a layer: counts, over the true rows of the batch,
// how often a unit's activation is zero and how often any lies in the flat part. Neighboring lanes count neighboring units, four each
// where the width allows it; lanes that are left over count other rows.
struct Params {
  parts: u32,
  every: u32,
  rows: u32,
}
// Some units of a layer; small layers are one part.
struct Part {
  h: u32,        // words into the activations, of the first unit
  width: u32,    // of the layer
  units: u32,
  rows: u32,
  rows_per_sample: u32,
  low: f32,      // saturated below low or above high
  high: f32,
}
struct Activity {
  dead: u32,      // units
  saturated: u32, // activations
}
override LANES: u32 = 256;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read> vec4s: array<vec4f>; // the same values
@group(0) @binding(3) var<storage, read> parts: array<Part>;
@group(0) @binding(4) var<storage, read> run: RunState;
@group(0) @binding(5) var<storage, read_write> ring: array<Activity>;

var<workgroup> zeros_of: array<vec4u, LANES>;
var<workgroup> tree: array<vec2u, LANES>;

fn number_of(b: vec4<bool>) -> u32 {
  let n = select(vec4u(), vec4u(1u), b);
  return (n.x + n.y) + (n.z + n.w);
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = linear_index(workgroup, groups, 0u, 1u);
  if (index >= params.parts) { return; }
  let part = parts[index];
  if (part.width == 0u) { return; } // another dispatch's
  let units = select(1u, 4u, part.width % 4u == 0u);
  let columns = part.units / units;
  let abreast = min(columns, LANES);
  let teams = LANES / abreast;
  let team = lane / abreast;
  var dead = 0u;
  var flat = 0u;
  for (var first = 0u; first < columns; first += abreast) {
    let column = first + lane % abreast;
    let rows = select(0u, true_rows(part.rows, part.rows_per_sample), column < columns && team < teams);
    let at = part.h + column * units;
    var zeros = vec4u();
    for (var row = team; row < select(0u, rows, units == 4u); row += teams) {
      let v = vec4s[(at + row * part.width) / 4u];
      zeros += select(vec4u(), vec4u(1u), v == vec4f());
      flat += number_of((v < vec4f(part.low)) | (v > vec4f(part.high)));
    }
    for (var row = team; row < select(rows, 0u, units == 4u); row += teams) {
      let v = values[at + row * part.width];
      zeros.x += select(0u, 1u, v == 0.0);
      flat += select(0u, 1u, v < part.low || v > part.high);
    }
    zeros_of[lane] = zeros;
    workgroupBarrier();
    if (team == 0u && rows > 0u) {
      for (var other = 1u; other < teams; other++) { zeros += zeros_of[lane + other * abreast]; }
      // Active in less than 1 % of the samples: dead.
      dead += number_of(((vec4u(rows) - zeros) * 100u < vec4u(rows)) & (vec4u(0u, 1u, 2u, 3u) < vec4u(units)));
    }
    workgroupBarrier();
  }
  tree[lane] = vec2u(dead, flat);
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { tree[lane] += tree[lane + half]; }
  }
  if (lane == 0u) { ring[ring_row(params.every, params.rows) * params.parts + index] = Activity(tree[0].x, tree[0].y); }
}
