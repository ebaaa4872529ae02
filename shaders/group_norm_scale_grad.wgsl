// Gradients of group norm by its scale and shift: dgamma = sum dy xhat, dbeta = sum dy, over all positions of the true samples. Linked with
// column_terms and batch_norm/column_*, a channel as a column, and norm_set.
struct Params {
  rows: u32,            // positions of all samples
  rows_per_sample: u32,
  positions: u32,       // that share a mean
  groups: u32,
  channels: u32,        // of a group
}
override COLUMNS: u32 = 64; // of a workgroup
override LANES_PER_COLUMN: u32 = 1;   // invocations that share a column
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> means: array<f32>; // less the set's first number
@group(0) @binding(4) var<storage, read_write> rstds: array<f32>;
@group(0) @binding(5) var<storage, read_write> dgamma: array<f32>;
@group(0) @binding(6) var<storage, read_write> dbeta: array<f32>;
@group(0) @binding(7) var<storage, read> run: RunState;

// Sum and product of one row; nothing beyond `end`, whatever stands there.
fn terms(row: u32, end: u32, column: u32) -> vec2f {
  let at = row * params.groups * params.channels + column;
  let i = row / params.positions * params.groups + column / params.channels;
  let first = x[set_of(i, params.positions, params.groups, params.channels).start];
  let d = dy[at];
  return select(vec2f(), vec2f(d, d * ((x[at] - first) - means[i]) * rstds[i]), row < end);
}

@compute @workgroup_size(COLUMNS * LANES_PER_COLUMN)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let column = linear_index(workgroup, groups, local % COLUMNS, COLUMNS);
  let inside = column < params.groups * params.channels;
  let end = select(0u, true_rows(params.rows, params.rows_per_sample), inside);
  let both = column_terms(local, end, column);
  if (!inside || local >= COLUMNS) { return; }
  dbeta[column] = both.x;
  dgamma[column] = both.y;
}
