// All weight and bias gradients of a network's dense layers in one dispatch: dW = xᵀ dz, db = column sums of dz. A workgroup makes
// a tile as a quad (lib/quad) and leaves its sums of squares for the global norm: squared_norm reads these gradients no more. For
// SwiftShader with subgroups of 4. Linked with lib/dense_layers.

override INNER_TAIL: u32 = 0; // 1 where the batch is no multiple of 8
override ALIGNED: u32 = 0; // 1 where all sizes of the dispatch's layers are multiples of 4: an address for four numbers
const QUAD_ROWS = 32u;
var<private> squares: f32;

fn a_block(row: u32, k: u32) -> mat4x4f {
  if (ALIGNED == 1u) { return transpose(x_in_fours(k, row)); }
  return transpose(x_in_ones(k, row));
}
fn b_block(k: u32, column: u32) -> mat4x4f {
  if (ALIGNED == 1u) { return dz_in_fours(k, column); }
  return dz_in_ones(k, column);
}
fn store_row(row: u32, column: u32, v: vec4f) {
  let stored = store_inside(row, column, v);
  squares += dot(stored, stored);
}

// The sum of squares of rows x columns of the gradients, as (scale, sum): as it was added up where that is in the comfortable
// range, else once more, scaled. A NaN or Inf becomes the sum. A loop of at most one turn: SwiftShader does not skip an if.
fn checked(sum: f32, first: u32, rows: u32, columns: u32, stride: u32) -> ScaledSquares {
  var result = ScaledSquares(1.0, sum);
  let again = select(0u, 1u, !(sum > 1e-20 && sum < 1e30) && rows > 0u);
  for (var turn = 0u; turn < again; turn++) {
    var high = 0.0;
    var broken = 0.0;
    for (var i = 0u; i < rows * columns; i++) {
      let v = gradients[first + i / columns * stride + i % columns];
      if (is_finite(v)) { high = max(high, abs(v)); } else { broken = abs(v); }
    }
    let scale = power_of_two(high);
    let inverse = reciprocal_of_power(scale);
    var scaled = 0.0;
    for (var i = 0u; i < rows * columns; i++) {
      let v = gradients[first + i / columns * stride + i % columns] * inverse;
      scaled += v * v;
    }
    result = ScaledSquares(scale, scaled);
    if (!is_finite(broken)) { result = ScaledSquares(1.0, broken); }
  }
  return result;
}
fn write_partial(at: u32, own: ScaledSquares, lane: u32) {
  let pair = add_squares(own, ScaledSquares(quadSwapX(own.scale), quadSwapX(own.sum)));
  let all = add_squares(pair, ScaledSquares(quadSwapY(pair.scale), quadSwapY(pair.sum)));
  if (lane == 0u) { partials[at] = vec2f(all.scale, all.sum); }
}

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = params.first + linear_index(workgroup, groups, 0u, 1u);
  if (i >= params.tiles) { return; }
  let tile = tiles[i];
  let here = layers[tile.x];
  layer = here;
  quad_multiply(tile.y, tile.z, lane, params.batch);
  let column = tile.z + lane * 8u;
  let columns = min(8u, max(here.outputs, column) - column);
  let rows = select(0u, min(32u, here.inputs - tile.y), columns > 0u);
  let weight_squares = squares;
  // The tiles of the first rows sum their columns of dz, too.
  let sums = select(0u, params.batch, tile.y == 0u && here.bias != 0u);
  var s0 = vec4f();
  var s1 = vec4f();
  for (var k = 0u; k < sums; k++) {
    let at = here.dz + k * here.outputs + column;
    s0 += dz_four(at);
    s1 += dz_four(at + 4u);
  }
  let biases = select(0u, columns, sums > 0u);
  squares = 0.0;
  for (var j = 0u; j < biases; j++) {
    let v = select(s0, s1, j >= 4u)[j % 4u];
    gradients[here.db + column + j] = v;
    squares += v * v;
  }
  // Weights, then biases: in a loop, which is compiled once.
  for (var part = 0u; part < 2u; part++) {
    let bias = part == 1u;
    let sum = select(weight_squares, squares, bias);
    let first = column + select(here.dw + tile.y * here.outputs, here.db, bias);
    let own = checked(sum, first, select(rows, min(biases, 1u), bias), select(columns, biases, bias), here.outputs);
    write_partial(tile.w + part * params.all, own, lane);
  }
}
