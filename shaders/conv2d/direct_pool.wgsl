// Bias, activation and max pool follow at once, and what is pooled is not stored; filters come in fours. Linked with conv2d/pool_window.
@group(0) @binding(3) var<storage, read_write> c: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> indices: array<vec4i>;
fn windows_down() -> u32 { return params.out_height / 2u; }
fn windows_across() -> u32 { return params.out_width / 2u; }
fn store_window(window: vec3u, image: u32, column: u32, h: mat4x4f) {
  let done = mat4x4f(finish_four(0u, 0u, column, h[0]), finish_four(0u, 0u, column, h[1]), finish_four(0u, 0u, column, h[2]), finish_four(0u, 0u, column, h[3]));
  let pooled = pool_window(done, window.y * 2u * params.out_width + window.z * 2u, params.out_width);
  let at = (((image * windows_down() + window.y) * windows_across() + window.z) * params.n + column) / 4u;
  if (column < params.n) {
    c[at] = pooled.value;
    indices[at] = pooled.index;
  }
}
