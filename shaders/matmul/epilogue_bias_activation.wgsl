// Epilogue of a dense layer: act(product + bias). `act` is linked from shaders/activations.
@group(0) @binding(4) var<storage, read_write> bias: array<f32>;
fn finish_row(row: u32, column: u32, value: vec4f) -> vec4f {
  return act(value + vec4f(bias[column], bias[column + 1u], bias[column + 2u], bias[column + 3u]));
}
