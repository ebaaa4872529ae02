// What statistics are taken of, where a dispatch serves one buffer as it is: whichever is bound as `values`.
fn source_one(_source: u32, i: u32) -> vec4f {
  return values[i];
}
fn source_four(_source: u32, i: u32, stride: u32) -> mat4x4f {
  return mat4x4f(values[i], values[i + stride], values[i + 2u * stride], values[i + 3u * stride]);
}
