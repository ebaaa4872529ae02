// Gradients of layer norm by its scale and shift: dgamma = sum dy xhat, dbeta = sum dy, over the true rows. Linked with column_terms and batch_norm/column_*.
struct Params {
  rows: u32,
  rows_per_sample: u32,
  columns: u32,
}
override COLUMNS: u32 = 64; // of a workgroup
override LANES_PER_COLUMN: u32 = 1;   // invocations that share a column
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> means: array<f32>; // less the row's first element
@group(0) @binding(4) var<storage, read_write> rstds: array<f32>;
@group(0) @binding(5) var<storage, read_write> dgamma: array<f32>;
@group(0) @binding(6) var<storage, read_write> dbeta: array<f32>;
@group(0) @binding(7) var<storage, read> run: RunState;

// Sum and product of one row; nothing beyond `end`, whatever stands there.
fn terms(row: u32, end: u32, column: u32) -> vec2f {
  let at = row * params.columns + column;
  let d = dy[at];
  return select(vec2f(), vec2f(d, d * ((x[at] - x[row * params.columns]) - means[row]) * rstds[row]), row < end);
}

@compute @workgroup_size(COLUMNS * LANES_PER_COLUMN)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let column = linear_index(workgroup, groups, local % COLUMNS, COLUMNS);
  let inside = column < params.columns;
  let end = select(0u, true_rows(params.rows, params.rows_per_sample), inside);
  let both = column_terms(local, end, column);
  if (!inside || local >= COLUMNS) { return; }
  dbeta[column] = both.x;
  dgamma[column] = both.y;
}
