// Batch norm of the training pass: z = (x - mean) inverse gamma + beta with the mean and the biased variance of the true rows,
// then h = act(z). The rows of a column, four at a time, are gone over three times: mean, variance about the mean (a one-pass
// variance loses the digits), output. Linked with an activation, batch_norm/column_* and batch_norm/keep_*.
struct Params {
  rows: u32,            // a multiple of 4
  rows_per_sample: u32,
  columns: u32,
  epsilon: f32,
}
override COLUMNS: u32 = 64; // of a workgroup
override LANES_PER_COLUMN: u32 = 1;   // invocations that share a column
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> gamma: array<f32>;
@group(0) @binding(3) var<storage, read_write> beta: array<f32>;
@group(0) @binding(4) var<storage, read_write> h: array<f32>;
@group(0) @binding(5) var<storage, read_write> batch: array<f32>; // mean, rstd, variance, and the mean less the column's first number: a row of columns each
@group(0) @binding(6) var<storage, read> run: RunState;

fn four_rows(row: u32, column: u32) -> vec4f {
  let at = row * params.columns + column;
  return vec4f(x[at], x[at + params.columns], x[at + 2u * params.columns], x[at + 3u * params.columns]);
}
// Zero for padding, whatever that holds.
fn used(row: u32, v: vec4f) -> vec4f {
  return select(vec4f(), v, vec4u(row) + vec4u(0u, 1u, 2u, 3u) < vec4u(true_rows(params.rows, params.rows_per_sample)));
}
@compute @workgroup_size(COLUMNS * LANES_PER_COLUMN)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let column = linear_index(workgroup, groups, local % COLUMNS, COLUMNS);
  let inside = column < params.columns;
  let first = local / COLUMNS * 4u;
  let end = select(0u, params.rows, inside);
  let n = f32(max(true_rows(params.rows, params.rows_per_sample), 1u));
  // Reckoned from the first number, which is a true one: of a mean of 1e4 float32 keeps 5e-4 only.
  let origin = x[select(0u, column, inside)];
  var sum = vec4f();
  for (var row = first; row < end; row += 4u * LANES_PER_COLUMN) { sum += used(row, four_rows(row, column) - origin); }
  let mean = sum_axis0(local, vec2f(dot(sum, vec4f(1.0)), 0.0)).x / n;
  var squares = vec4f();
  for (var row = first; row < end; row += 4u * LANES_PER_COLUMN) {
    let d = used(row, (four_rows(row, column) - origin) - mean);
    squares += d * d;
  }
  let variance = sum_axis0(local, vec2f(dot(squares, vec4f(1.0)), 0.0)).x / n;
  if (!inside) { return; }
  let inverse = 1.0 / sqrt(variance + params.epsilon);
  if (first == 0u) {
    batch[column] = origin + mean;
    batch[params.columns + column] = inverse;
    batch[2u * params.columns + column] = variance;
    batch[3u * params.columns + column] = mean;
  }
  let factor = inverse * gamma[column];
  let shift = beta[column];
  for (var row = first; row < end; row += 4u * LANES_PER_COLUMN) {
    let z = ((four_rows(row, column) - origin) - mean) * factor + shift;
    store_z(row, column, z);
    let v = act(z);
    let at = row * params.columns + column;
    h[at] = v.x;
    h[at + params.columns] = v.y;
    h[at + 2u * params.columns] = v.z;
    h[at + 3u * params.columns] = v.w;
  }
}
