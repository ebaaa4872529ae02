// Windows of a pool over images, channels last: parameters, and where a flat index lies.
struct Params {
  count: u32, // numbers that are made
  height: u32, // of the images
  width: u32,
  channels: u32,
  out_height: u32,
  out_width: u32,
  kernel_height: u32,
  kernel_width: u32,
  stride_y: u32,
  stride_x: u32,
  top: u32, // padding
  bottom: u32,
  left: u32,
  right: u32,
  dilation_y: u32,
  dilation_x: u32,
  count_include_pad: u32,
}
@group(0) @binding(0) var<uniform> params: Params;

const NO_WINDOW = 0xffffffffu;

struct Place {
  image: u32,
  y: u32,
  x: u32,
  channel: u32,
}
// Of an index in tensors of this height and width.
fn place_of(i: u32, height: u32, width: u32) -> Place {
  let pixel = i / params.channels;
  let row = pixel / width;
  return Place(row / height, row % height, pixel % width, i % params.channels);
}
// Where the window of a place in the output begins, which may be in the padding.
fn window_start(place: Place) -> vec2i {
  return vec2i(vec2u(place.y, place.x) * vec2u(params.stride_y, params.stride_x)) - vec2i(vec2u(params.top, params.left));
}
fn inside_image(at: vec2i) -> bool {
  return at.x >= 0 && at.y >= 0 && at.x < i32(params.height) && at.y < i32(params.width);
}
// The index of the window, of those of the place's channel, that sees a pixel of the images at this tap.
fn window_seeing(place: Place, tap: vec2u) -> u32 {
  let start = vec2i(vec2u(place.y + params.top, place.x + params.left)) - vec2i(tap * vec2u(params.dilation_y, params.dilation_x));
  let stride = vec2i(vec2u(params.stride_y, params.stride_x));
  let window = start / stride;
  if (start.x < 0 || start.y < 0 || any(window * stride != start) || window.x >= i32(params.out_height) || window.y >= i32(params.out_width)) { return NO_WINDOW; }
  return ((place.image * params.out_height + u32(window.x)) * params.out_width + u32(window.y)) * params.channels + place.channel;
}
