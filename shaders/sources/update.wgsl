// What statistics are taken of, where a dispatch serves this alone: what the step did to the weights.
fn source_one(_source: u32, i: u32) -> vec4f {
  return parameters[i] - weights[i];
}
fn source_four(_source: u32, i: u32, stride: u32) -> mat4x4f {
  return mat4x4f(
    parameters[i] - weights[i],
    parameters[i + stride] - weights[i + stride],
    parameters[i + 2u * stride] - weights[i + 2u * stride],
    parameters[i + 3u * stride] - weights[i + 3u * stride],
  );
}
