// All weight and bias gradients of a network's dense layers in one dispatch: dW = xᵀ dz, db = column sums of dz. A table names
// each tile's layer, another each layer's places in the arenas; 16 x 16 outputs per invocation as in matmul_tile16. The inner size is the
// batch, a multiple of 4. Layers whose sizes are multiples of 4 are read as vec4 (a quarter faster); the others element by element:
// what is read outside is a neighbour, which only reaches outputs that are not stored.
// Each tile leaves the sum of squares of its weights, and of its biases, for the global norm: squared_norm reads them no more.
struct Params {
  tiles: u32,
  batch: u32,
}
struct Layer {
  x: u32,       // words into the activations: the layer's input [batch, inputs]
  dz: u32,      // the gradient of its output [batch, outputs]
  dw: u32,      // words into the gradients
  db: u32,
  inputs: u32,
  outputs: u32,
  bias: u32,    // 1 where there is one
  aligned: u32, // 1 where both sizes are multiples of 4
}
override WORKGROUP: u32 = 4;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read> fours: array<vec4f>; // the same values
@group(0) @binding(3) var<storage, read> layers: array<Layer>;
@group(0) @binding(4) var<storage, read> tiles: array<vec4u>; // layer, row, column
@group(0) @binding(5) var<storage, read_write> gradients: array<f32>;
@group(0) @binding(6) var<storage, read_write> partials: array<vec2f>; // scale and sum of each tile's weights, then of its biases

var<private> squares: f32;

fn four(at: u32) -> vec4f {
  return vec4f(values[at], values[at + 1u], values[at + 2u], values[at + 3u]);
}
fn block_at(at: u32, stride: u32) -> mat4x4f {
  return mat4x4f(fours[at], fours[at + stride], fours[at + 2u * stride], fours[at + 3u * stride]);
}
fn outer(x: vec4f, y: vec4f) -> mat4x4f {
  return mat4x4f(x.x * y, x.y * y, x.z * y, x.w * y);
}
fn store_row(layer: Layer, row: u32, column: u32, v: vec4f) {
  if (row >= layer.inputs || column >= layer.outputs) { return; }
  let at = layer.dw + row * layer.outputs + column;
  let inside = vec4u(column) + vec4u(0u, 1u, 2u, 3u) < vec4u(layer.outputs);
  gradients[at] = v.x;
  if (inside.y) { gradients[at + 1u] = v.y; }
  if (inside.z) { gradients[at + 2u] = v.z; }
  if (inside.w) { gradients[at + 3u] = v.w; }
  let known = select(vec4f(), v, inside);
  squares += dot(known, known);
}
fn store_block(layer: Layer, row: u32, column: u32, block: mat4x4f) {
  store_row(layer, row, column, block[0]);
  store_row(layer, row + 1u, column, block[1]);
  store_row(layer, row + 2u, column, block[2]);
  store_row(layer, row + 3u, column, block[3]);
}

// The sum of squares of rows x columns of the gradients, as (scale, sum): as it was added up where that is in the comfortable
// range, else once more, scaled. A NaN or Inf becomes the sum. A loop of at most one turn: SwiftShader does not skip an if.
fn checked(sum: f32, first: u32, rows: u32, columns: u32, stride: u32) -> vec2f {
  var result = vec2f(1.0, sum);
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
    result = vec2f(scale, scaled);
    if (!is_finite(broken)) { result = vec2f(1.0, broken); }
  }
  return result;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.tiles) { return; }
  let tile = tiles[i];
  let layer = layers[tile.x];
  let row = tile.y;
  let column = tile.z;
  var c00 = mat4x4f(); var c01 = mat4x4f(); var c02 = mat4x4f(); var c03 = mat4x4f();
  var c10 = mat4x4f(); var c11 = mat4x4f(); var c12 = mat4x4f(); var c13 = mat4x4f();
  var c20 = mat4x4f(); var c21 = mat4x4f(); var c22 = mat4x4f(); var c23 = mat4x4f();
  var c30 = mat4x4f(); var c31 = mat4x4f(); var c32 = mat4x4f(); var c33 = mat4x4f();
  // Of the two loops one has no turn: SwiftShader does not skip an if.
  let by_four = select(0u, params.batch, layer.aligned != 0u);
  let by_one = params.batch - by_four;
  let inputs = layer.inputs / 4u;
  let outputs = layer.outputs / 4u;
  for (var k = 0u; k < by_four; k += 4u) {
    let y = layer.dz / 4u + k * outputs + column / 4u;
    let x = layer.x / 4u + k * inputs + row / 4u;
    let b0 = block_at(y, outputs);
    let b1 = block_at(y + 1u, outputs);
    let b2 = block_at(y + 2u, outputs);
    let b3 = block_at(y + 3u, outputs);
    let a0 = transpose(block_at(x, inputs));
    c00 += b0 * a0; c01 += b1 * a0; c02 += b2 * a0; c03 += b3 * a0;
    let a1 = transpose(block_at(x + 1u, inputs));
    c10 += b0 * a1; c11 += b1 * a1; c12 += b2 * a1; c13 += b3 * a1;
    let a2 = transpose(block_at(x + 2u, inputs));
    c20 += b0 * a2; c21 += b1 * a2; c22 += b2 * a2; c23 += b3 * a2;
    let a3 = transpose(block_at(x + 3u, inputs));
    c30 += b0 * a3; c31 += b1 * a3; c32 += b2 * a3; c33 += b3 * a3;
  }
  for (var k = 0u; k < by_one; k++) {
    let y = layer.dz + k * layer.outputs + column;
    let x = layer.x + k * layer.inputs + row;
    let y0 = four(y);
    let y1 = four(y + 4u);
    let y2 = four(y + 8u);
    let y3 = four(y + 12u);
    let x0 = four(x);
    c00 += outer(x0, y0); c01 += outer(x0, y1); c02 += outer(x0, y2); c03 += outer(x0, y3);
    let x1 = four(x + 4u);
    c10 += outer(x1, y0); c11 += outer(x1, y1); c12 += outer(x1, y2); c13 += outer(x1, y3);
    let x2 = four(x + 8u);
    c20 += outer(x2, y0); c21 += outer(x2, y1); c22 += outer(x2, y2); c23 += outer(x2, y3);
    let x3 = four(x + 12u);
    c30 += outer(x3, y0); c31 += outer(x3, y1); c32 += outer(x3, y2); c33 += outer(x3, y3);
  }
  store_block(layer, row, column, c00);
  store_block(layer, row, column + 4u, c01);
  store_block(layer, row, column + 8u, c02);
  store_block(layer, row, column + 12u, c03);
  store_block(layer, row + 4u, column, c10);
  store_block(layer, row + 4u, column + 4u, c11);
  store_block(layer, row + 4u, column + 8u, c12);
  store_block(layer, row + 4u, column + 12u, c13);
  store_block(layer, row + 8u, column, c20);
  store_block(layer, row + 8u, column + 4u, c21);
  store_block(layer, row + 8u, column + 8u, c22);
  store_block(layer, row + 8u, column + 12u, c23);
  store_block(layer, row + 12u, column, c30);
  store_block(layer, row + 12u, column + 4u, c31);
  store_block(layer, row + 12u, column + 8u, c32);
  store_block(layer, row + 12u, column + 12u, c33);
  partials[i] = checked(squares, layer.dw + row * layer.outputs + column, min(16u, layer.inputs - row), min(16u, layer.outputs - column), layer.outputs);
  // The tiles of the first rows sum their columns of dz, too.
  let sums = select(0u, params.batch, row == 0u && layer.bias != 0u);
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  for (var k = 0u; k < sums; k++) {
    let y = layer.dz + k * layer.outputs + column;
    s0 += four(y);
    s1 += four(y + 4u);
    s2 += four(y + 8u);
    s3 += four(y + 12u);
  }
  let biases = select(0u, min(16u, layer.outputs - column), sums > 0u);
  squares = 0.0;
  for (var j = 0u; j < biases; j++) {
    let four = select(select(s0, s1, j >= 4u), select(s2, s3, j >= 12u), j >= 8u);
    let v = four[j % 4u];
    gradients[layer.db + column + j] = v;
    squares += v * v;
  }
  partials[params.tiles + i] = checked(squares, layer.db + column, min(biases, 1u), biases, 0u);
}
