// What statistics are taken of, where a dispatch serves all buffers: its number is in the order of BUFFERS in src/ops/statistics.ts.
fn source_one(source: u32, i: u32) -> vec4f {
  switch source {
    case 0u: { return values[i]; }
    case 1u: { return gradients[i]; }
    case 2u: { return weights[i]; }
    default: { return update[i]; }
  }
}
// Four loads on their way at once.
fn source_four(source: u32, i: u32, stride: u32) -> mat4x4f {
  let j = i + stride;
  let k = j + stride;
  let l = k + stride;
  switch source {
    case 0u: { return mat4x4f(values[i], values[j], values[k], values[l]); }
    case 1u: { return mat4x4f(gradients[i], gradients[j], gradients[k], gradients[l]); }
    case 2u: { return mat4x4f(weights[i], weights[j], weights[k], weights[l]); }
    default: { return mat4x4f(update[i], update[j], update[k], update[l]); }
  }
}
