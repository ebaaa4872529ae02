// The activation of a sum, element by element. `act` is linked from shaders/activations.
fn combine(a: vec4f, b: vec4f) -> vec4f {
  return act(a + b);
}
