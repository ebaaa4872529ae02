// What the two kernels of dense_weight_grads share. Tables name the layer of each tile of 32 x 32 weights, and the places of each layer
// in the arenas. The inner size is the batch, a multiple of 4. What is read outside is a neighbor, which only reaches outputs that are not
// stored. Inputs and gradients of outputs may lie in one buffer of activations or in two. The kernel brings a_block(row, k), of x, and
// b_block(k, column), of dz.
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
@group(0) @binding(1) var<storage, read> x_values: array<f32>;
@group(0) @binding(2) var<storage, read> x_fours: array<vec4f>; // the same values
@group(0) @binding(3) var<storage, read> dz_values: array<f32>;
@group(0) @binding(4) var<storage, read> dz_fours: array<vec4f>;
@group(0) @binding(5) var<storage, read> layers: array<Layer>;
@group(0) @binding(6) var<storage, read> tiles: array<vec4u>; // layer, row, column, place among all in the layers' order
@group(0) @binding(7) var<storage, read_write> gradients: array<f32>;
@group(0) @binding(8) var<storage, read_write> partials: array<vec2f>; // scale and sum of squares of each tile's weights, then of its biases

var<private> layer: Layer;
fn x_four(at: u32) -> vec4f {
  return vec4f(x_values[at], x_values[at + 1u], x_values[at + 2u], x_values[at + 3u]);
}
fn dz_four(at: u32) -> vec4f {
  return vec4f(dz_values[at], dz_values[at + 1u], dz_values[at + 2u], dz_values[at + 3u]);
}
// Rows k to k + 3 of x or dz, four columns, as the columns of a block; in vec4s where both sizes of the layer are multiples of 4.
fn x_in_ones(k: u32, column: u32) -> mat4x4f {
  let width = layer.inputs;
  let at = layer.x + k * width + column;
  return mat4x4f(x_four(at), x_four(at + width), x_four(at + 2u * width), x_four(at + 3u * width));
}
fn dz_in_ones(k: u32, column: u32) -> mat4x4f {
  let width = layer.outputs;
  let at = layer.dz + k * width + column;
  return mat4x4f(dz_four(at), dz_four(at + width), dz_four(at + 2u * width), dz_four(at + 3u * width));
}
fn x_in_fours(k: u32, column: u32) -> mat4x4f {
  let stride = layer.inputs / 4u;
  let at = layer.x / 4u + k * stride + column / 4u;
  return mat4x4f(x_fours[at], x_fours[at + stride], x_fours[at + 2u * stride], x_fours[at + 3u * stride]);
}
fn dz_in_fours(k: u32, column: u32) -> mat4x4f {
  let stride = layer.outputs / 4u;
  let at = layer.dz / 4u + k * stride + column / 4u;
  return mat4x4f(dz_fours[at], dz_fours[at + stride], dz_fours[at + 2u * stride], dz_fours[at + 3u * stride]);
}
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
