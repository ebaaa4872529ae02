// Epilogue of the gradient of a dense layer's input: the product times the derivative of the activation that made the input,
// from what that activation saved. `act_grad` is linked from shaders/activations.
@group(0) @binding(4) var<storage, read_write> saved: array<f32>;
fn finish_row(row: u32, column: u32, value: vec4f) -> vec4f {
  let at = row * params.n + column;
  return value * act_grad(vec4f(saved[at], saved[at + 1u], saved[at + 2u], saved[at + 3u]));
}
