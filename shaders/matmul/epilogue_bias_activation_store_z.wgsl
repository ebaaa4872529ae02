// Epilogue of a dense layer whose z = product + bias is wanted too, by the backward pass or a probe: stores z, gives act(z).
@group(0) @binding(4) var<storage, read_write> bias: array<f32>;
@group(0) @binding(5) var<storage, read_write> z: array<f32>;
fn finish_row(row: u32, column: u32, value: vec4f) -> vec4f {
  let v = value + vec4f(bias[column], bias[column + 1u], bias[column + 2u], bias[column + 3u]);
  let at = row * params.n + column;
  z[at] = v.x;
  if (column + 1u < params.n) { z[at + 1u] = v.y; }
  if (column + 2u < params.n) { z[at + 2u] = v.z; }
  if (column + 3u < params.n) { z[at + 3u] = v.w; }
  return act(v);
}
