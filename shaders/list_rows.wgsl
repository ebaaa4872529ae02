// Which true rows count: how many, in the first word, and from the fifth on their numbers in order, then zeros. A row counts where its weight is above 0.
// One workgroup; each invocation has a stretch of neighboring rows.
struct Params {
  rows: u32,
  per_sample: u32,
}
override WIDTH: u32 = 256;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> weights: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(3) var<storage, read> run: RunState;

var<workgroup> counts: array<u32, WIDTH>;

@compute @workgroup_size(WIDTH)
fn main(@builtin(local_invocation_index) lane: u32) {
  let rows = true_rows(params.rows, params.per_sample);
  let stretch = (rows + WIDTH - 1u) / WIDTH;
  let first = min(lane * stretch, rows);
  let end = min(first + stretch, rows);
  var count = 0u;
  for (var row = first; row < end; row++) { count += select(0u, 1u, weights[row] > 0.0); }
  counts[lane] = count;
  workgroupBarrier();
  var at = 0u;
  var total = 0u;
  for (var other = 0u; other < WIDTH; other++) {
    at += select(0u, counts[other], other < lane);
    total += counts[other];
  }
  for (var row = first; row < end; row++) {
    let counted = weights[row] > 0.0;
    if (counted) { y[4u + at] = row; }
    at += select(0u, 1u, counted);
  }
  for (var i = total + lane; i < params.rows; i += WIDTH) { y[4u + i] = 0u; }
  if (lane == 0u) {
    y[0] = total;
    y[1] = 0u;
    y[2] = 0u;
    y[3] = 0u;
  }
}
