// What statistics are taken of, where a dispatch serves one buffer: the weights.
fn source_one(_source: u32, i: u32) -> vec4f {
  return weights[i];
}
fn source_four(_source: u32, i: u32, stride: u32) -> mat4x4f {
  return mat4x4f(weights[i], weights[i + stride], weights[i + 2u * stride], weights[i + 3u * stride]);
}
