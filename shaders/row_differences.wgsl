// How the rows of a batch differ in layers, into the step's row of a ring: a workgroup per row of a layer, a lane per other row. Of each row the products of its
// difference from the first row with those of all rows, which are summed up to the covariance between rows where they are read. Differences from any one row say
// as much as those from the mean, and rows that are almost alike lose no digits by them.
struct Params {
  parts: u32,
  every: u32,
  rows: u32,
}
// A row of a layer.
struct Part {
  first: u32, // words into the activations, of the layer's first row
  width: u32, // of a row: all positions and units
  row: u32,
  batch: u32, // rows of the tensor
}
struct RowDifferences {
  scale: f32,   // the largest number of this row and the first: the others are as if divided by it
  norm: f32,    // sum of squares of this row
  own: f32,     // of its difference
  sum: f32,     // of the products
  squares: f32, // of their squares
}
override LANES: u32 = 64; // rows that are looked at
// Words that are added up by themselves: no loop is long, and sums lose little.
const BLOCK = 1024u;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read> parts: array<Part>;
@group(0) @binding(3) var<storage, read> run: RunState;
@group(0) @binding(4) var<storage, read_write> ring: array<RowDifferences>;

var<workgroup> tree: array<vec4f, LANES>;

fn four_of(at: u32) -> vec4f { return vec4f(values[at], values[at + 1u], values[at + 2u], values[at + 3u]); }
fn products_of_four(first: u32, own: u32, other: u32, scale: f32) -> f32 {
  let origin = four_of(first);
  return dot((four_of(own) - origin) / scale, (four_of(other) - origin) / scale);
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = linear_index(workgroup, groups, 0u, 1u);
  if (index >= params.parts) { return; }
  let part = parts[index];
  let rows = min(true_rows(part.batch, 1u), LANES);
  if (part.width == 0u || part.row >= rows) { return; } // another dispatch's, or padding
  let own = part.first + part.row * part.width;
  let other = part.first + min(lane, rows - 1u) * part.width;

  var largest = 0.0;
  for (var at = lane; at < part.width; at += LANES) { largest = max(largest, max(abs(values[part.first + at]), abs(values[own + at]))); }
  tree[lane] = vec4f(largest);
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { tree[lane] = max(tree[lane], tree[lane + half]); }
  }
  workgroupBarrier();
  let scale = select(tree[0].x, 1.0, tree[0].x == 0.0);
  workgroupBarrier();

  var norm = 0.0;
  for (var at = lane; at < part.width; at += LANES) { norm += (values[own + at] / scale) * (values[own + at] / scale); }
  var product = 0.0;
  for (var begin = 0u; begin < part.width; begin += BLOCK) {
    var sum = 0.0;
    let end = min(begin + BLOCK, part.width);
    // Sixteen in a turn: rows of images have hundreds of thousands of words.
    var at = begin;
    for (; at + 16u <= end; at += 16u) {
      let fours = vec4f(
        products_of_four(part.first + at, own + at, other + at, scale),
        products_of_four(part.first + at + 4u, own + at + 4u, other + at + 4u, scale),
        products_of_four(part.first + at + 8u, own + at + 8u, other + at + 8u, scale),
        products_of_four(part.first + at + 12u, own + at + 12u, other + at + 12u, scale),
      );
      sum += (fours.x + fours.y) + (fours.z + fours.w);
    }
    for (; at < end; at++) {
      let origin = values[part.first + at];
      sum += ((values[own + at] - origin) / scale) * ((values[other + at] - origin) / scale);
    }
    product += sum;
  }
  product = select(0.0, product, lane < rows);
  tree[lane] = vec4f(norm, select(0.0, product, lane == part.row), product, product * product);
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { tree[lane] += tree[lane + half]; }
  }
  if (lane == 0u) {
    let sums = tree[0];
    ring[ring_row(params.every, params.rows) * params.parts + index] = RowDifferences(scale, sums.x, sums.y, sums.z, sums.w);
  }
}
