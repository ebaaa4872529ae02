// What statistics are taken of, where a dispatch serves one buffer: the activations.
fn source_one(_source: u32, i: u32) -> vec4f {
  return activations[i];
}
fn source_four(_source: u32, i: u32, stride: u32) -> mat4x4f {
  return mat4x4f(activations[i], activations[i + stride], activations[i + 2u * stride], activations[i + 3u * stride]);
}
