// What statistics are taken of, where a dispatch serves one buffer: the gradients.
fn source_one(_source: u32, i: u32) -> vec4f {
  return gradients[i];
}
fn source_four(_source: u32, i: u32, stride: u32) -> mat4x4f {
  return mat4x4f(gradients[i], gradients[i + stride], gradients[i + 2u * stride], gradients[i + 3u * stride]);
}
