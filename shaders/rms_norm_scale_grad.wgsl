// Gradient of RMS norm by its scale: dgamma = sum dy x rstd over the true rows. Linked with column_terms and batch_norm/column_*.
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
@group(0) @binding(3) var<storage, read_write> rstds: array<f32>;
@group(0) @binding(4) var<storage, read_write> dgamma: array<f32>;
@group(0) @binding(5) var<storage, read> run: RunState;

// The term of one row; nothing beyond `end`, whatever stands there.
fn terms(row: u32, end: u32, column: u32) -> vec2f {
  let at = row * params.columns + column;
  return vec2f(select(0.0, dy[at] * (x[at] * rstds[row]), row < end), 0.0);
}

@compute @workgroup_size(COLUMNS * LANES_PER_COLUMN)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let column = linear_index(workgroup, groups, local % COLUMNS, COLUMNS);
  let inside = column < params.columns;
  let end = select(0u, true_rows(params.rows, params.rows_per_sample), inside);
  let sum = column_terms(local, end, column).x;
  if (!inside || local >= COLUMNS) { return; }
  dgamma[column] = sum;
}
