// All weight and bias gradients of a network's dense layers in one dispatch: dW = xᵀ dz, db = column sums of dz. A table names
// each tile's layer, another each layer's places in the arenas; 16 x 16 outputs per invocation as in matmul_tile16. The inner size is the
// batch, a multiple of 4. The other sizes are free: reads outside give neighbours, which only reach outputs that are not stored.
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
  unused: u32,
}
override WORKGROUP: u32 = 4;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read> layers: array<Layer>;
@group(0) @binding(3) var<storage, read> tiles: array<vec4u>; // layer, row, column
@group(0) @binding(4) var<storage, read_write> gradients: array<f32>;
@group(0) @binding(5) var<storage, read_write> partials: array<vec2f>; // scale and sum of each tile's weights, then of its biases

var<private> squares: f32;

fn four(at: u32) -> vec4f {
  return vec4f(values[at], values[at + 1u], values[at + 2u], values[at + 3u]);
}
fn block_at(at: u32, stride: u32) -> mat4x4f {
  return mat4x4f(four(at), four(at + stride), four(at + 2u * stride), four(at + 3u * stride));
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
  for (var k = 0u; k < params.batch; k += 4u) {
    let y = layer.dz + k * layer.outputs + column;
    let x = layer.x + k * layer.inputs + row;
    let b0 = block_at(y, layer.outputs);
    let b1 = block_at(y + 4u, layer.outputs);
    let b2 = block_at(y + 8u, layer.outputs);
    let b3 = block_at(y + 12u, layer.outputs);
    let a0 = transpose(block_at(x, layer.inputs));
    c00 += b0 * a0; c01 += b1 * a0; c02 += b2 * a0; c03 += b3 * a0;
    let a1 = transpose(block_at(x + 4u, layer.inputs));
    c10 += b0 * a1; c11 += b1 * a1; c12 += b2 * a1; c13 += b3 * a1;
    let a2 = transpose(block_at(x + 8u, layer.inputs));
    c20 += b0 * a2; c21 += b1 * a2; c22 += b2 * a2; c23 += b3 * a2;
    let a3 = transpose(block_at(x + 12u, layer.inputs));
    c30 += b0 * a3; c31 += b1 * a3; c32 += b2 * a3; c33 += b3 * a3;
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
