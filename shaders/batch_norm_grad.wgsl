// Backward pass of batch norm: dgamma = sum dz xhat, dbeta = sum dz, dx = gamma inverse (dz - dbeta / n - xhat dgamma / n), sums
// over the true rows; padded rows get zero. Linked with batch_norm/column_*. (Ioffe & Szegedy 2015, section 3.)
struct Params {
  rows: u32,            // a multiple of 4
  rows_per_sample: u32,
  columns: u32,
}
override COLUMNS: u32 = 64; // of a workgroup
override LANES_PER_COLUMN: u32 = 1;   // invocations that share a column
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dz: array<f32>;
@group(0) @binding(2) var<storage, read_write> x: array<f32>;
@group(0) @binding(3) var<storage, read_write> gamma: array<f32>;
@group(0) @binding(4) var<storage, read_write> batch: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;
@group(0) @binding(6) var<storage, read_write> dgamma: array<f32>;
@group(0) @binding(7) var<storage, read_write> dbeta: array<f32>;
@group(0) @binding(8) var<storage, read> run: RunState;

fn four_dz(row: u32, column: u32) -> vec4f {
  let at = row * params.columns + column;
  return vec4f(dz[at], dz[at + params.columns], dz[at + 2u * params.columns], dz[at + 3u * params.columns]);
}
fn four_x(row: u32, column: u32) -> vec4f {
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
  let origin = x[select(0u, column, inside)];
  let mean = batch[3u * params.columns + column]; // less the column's first number
  let inverse = batch[params.columns + column];
  var sums = vec4f();
  var products = vec4f();
  for (var row = first; row < end; row += 4u * LANES_PER_COLUMN) {
    let d = used(row, four_dz(row, column));
    sums += d;
    products += d * used(row, ((four_x(row, column) - origin) - mean) * inverse);
  }
  let both = sum_axis0(local, vec2f(dot(sums, vec4f(1.0)), dot(products, vec4f(1.0))));
  if (!inside) { return; }
  let sum = both.x;
  let product = both.y;
  if (first == 0u) {
    dbeta[column] = sum;
    dgamma[column] = product;
  }
  let n = f32(max(true_rows(params.rows, params.rows_per_sample), 1u));
  let factor = gamma[column] * inverse;
  for (var row = first; row < end; row += 4u * LANES_PER_COLUMN) {
    let xhat = ((four_x(row, column) - origin) - mean) * inverse;
    let v = used(row, factor * (four_dz(row, column) - sum / n - xhat * (product / n)));
    let at = row * params.columns + column;
    dx[at] = v.x;
    dx[at + params.columns] = v.y;
    dx[at + 2u * params.columns] = v.z;
    dx[at + 3u * params.columns] = v.w;
  }
}
