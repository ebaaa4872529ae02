// Epilogue of a convolution: act(product + bias). The bias of an invocation's columns is loaded once: with few inner indexes loading it for each row takes as long as
// the product. `act` is linked from shaders/activations.
@group(0) @binding(4) var<storage, read_write> bias: array<f32>;
var<private> own_bias: array<vec4f, 2>;
fn finish_load(side: u32, column: u32) {
  own_bias[side] = vec4f(bias[column], bias[column + 1u], bias[column + 2u], bias[column + 3u]);
}
fn finish_four(side: u32, row: u32, column: u32, value: vec4f) -> vec4f { return act(value + own_bias[side]); }
