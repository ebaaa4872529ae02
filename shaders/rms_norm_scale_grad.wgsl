// Gradient of RMS norm by its scale: dgamma = sum dy x rstd over the true rows. Linked with batch_norm/column_*.
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
fn term(row: u32, end: u32, column: u32) -> f32 {
  let at = row * params.columns + column;
  return select(0.0, dy[at] * (x[at] * rstds[row]), row < end);
}

@compute @workgroup_size(COLUMNS * LANES_PER_COLUMN)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let column = linear_index(workgroup, groups, local % COLUMNS, COLUMNS);
  let inside = column < params.columns;
  let first = local / COLUMNS * 4u;
  let end = select(0u, true_rows(params.rows, params.rows_per_sample), inside);
  // Four partial sums shorten the chain of roundings.
  var sums = vec4f();
  for (var row = first; row < end; row += 4u * LANES_PER_COLUMN) {
    sums += vec4f(term(row, end, column), term(row + 1u, end, column), term(row + 2u, end, column), term(row + 3u, end, column));
  }
  let sum = sum_axis0(local, vec2f((sums.x + sums.y) + (sums.z + sums.w), 0.0)).x;
  if (!inside || first > 0u) { return; }
  dgamma[column] = sum;
}
