// What the sum of a window is divided by: its pixels, with those in the padding where these count, but none behind it, as in PyTorch. Linked with lib/windows.
fn window_size(start: vec2i) -> f32 {
  let image = vec2i(vec2u(params.height, params.width));
  let end = start + vec2i(vec2u(params.kernel_height, params.kernel_width));
  let padded = min(end, image + vec2i(vec2u(params.bottom, params.right))) - start;
  let inside = min(end, image) - max(start, vec2i(0));
  let size = select(inside, padded, params.count_include_pad != 0u);
  return f32(size.x * size.y);
}
