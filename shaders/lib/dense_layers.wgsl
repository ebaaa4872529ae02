// What the two kernels of dense_weight_grads share. Tables name the layer of each tile of 32 x 32 weights, and the places of each layer
// in the arenas. The inner size is the batch, a multiple of 4. What is read outside is a neighbour, which only reaches outputs that are not
// stored. The kernel brings block(base, k, column, width).
struct Params {
  first: u32, // of the tiles of this dispatch
  tiles: u32, // where they end
  all: u32,   // tiles of all dispatches
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
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read> fours: array<vec4f>; // the same values
@group(0) @binding(3) var<storage, read> layers: array<Layer>;
@group(0) @binding(4) var<storage, read> tiles: array<vec4u>; // layer, row, column, place among all in the layers' order
@group(0) @binding(5) var<storage, read_write> gradients: array<f32>;
@group(0) @binding(6) var<storage, read_write> partials: array<vec2f>; // scale and sum of squares of each tile's weights, then of its biases

fn four(at: u32) -> vec4f {
  return vec4f(values[at], values[at + 1u], values[at + 2u], values[at + 3u]);
}
// Rows k to k + 3 of a matrix [batch, width], four columns, as the columns of a block.
fn block_of_ones(base: u32, k: u32, column: u32, width: u32) -> mat4x4f {
  let at = base + k * width + column;
  return mat4x4f(four(at), four(at + width), four(at + 2u * width), four(at + 3u * width));
}
// The same of a layer whose sizes are multiples of 4.
fn block_of_fours(base: u32, k: u32, column: u32, width: u32) -> mat4x4f {
  let stride = width / 4u;
  let at = base / 4u + k * stride + column / 4u;
  return mat4x4f(fours[at], fours[at + stride], fours[at + 2u * stride], fours[at + 3u * stride]);
}
var<private> layer: Layer;
fn a_block(row: u32, k: u32) -> mat4x4f { return transpose(block(layer.x, k, row, layer.inputs)); }
fn b_block(k: u32, column: u32) -> mat4x4f { return block(layer.dz, k, column, layer.outputs); }
// Stores what lies inside; gives the row with zeros where it does not.
fn store_inside(row: u32, column: u32, v: vec4f) -> vec4f {
  let inside = vec4<bool>(row < layer.inputs) & (vec4u(column) + vec4u(0u, 1u, 2u, 3u) < vec4u(layer.outputs));
  let at = layer.dw + row * layer.outputs + column;
  if (inside.x) { gradients[at] = v.x; }
  if (inside.y) { gradients[at + 1u] = v.y; }
  if (inside.z) { gradients[at + 2u] = v.z; }
  if (inside.w) { gradients[at + 3u] = v.w; }
  return select(vec4f(), v, inside);
}
