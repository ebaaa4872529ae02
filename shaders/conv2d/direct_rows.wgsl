// A window of 2 x 2 pixels is stored pixel by pixel.
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
fn windows_down() -> u32 { return (params.out_height + 1u) / 2u; }
fn windows_across() -> u32 { return (params.out_width + 1u) / 2u; }
fn store_window(window: vec3u, image: u32, column: u32, h: mat4x4f) {
  for (var i = 0u; i < 4u; i++) {
    let y = window.y * 2u + i / 2u;
    let x = window.z * 2u + i % 2u;
    let pixel = (image * params.out_height + y) * params.out_width + x;
    if (y < params.out_height && x < params.out_width && column < params.n) {
      let v = finish_four(0u, pixel, column, h[i]);
      let at = pixel * params.n + column;
      c[at] = v.x;
      if (column + 1u < params.n) { c[at + 1u] = v.y; }
      if (column + 2u < params.n) { c[at + 2u] = v.z; }
      if (column + 3u < params.n) { c[at + 3u] = v.w; }
    }
  }
}
