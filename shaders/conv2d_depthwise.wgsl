// A depthwise convolution whose channels come in fours, or the gradient of its images: an invocation makes four channels of four neighbours in a row, so that a tap's
// weights are loaded once for them. Linked with conv2d/quad_shape and a finish.
override WORKGROUP: u32 = 64;
override GRADIENT: u32 = 0; // 1 for the gradient of the images, which gathers from the windows that hold a pixel
override STRIDED: u32 = 0; // 1 where a stride is not 1, and not all taps hold a pixel
@group(0) @binding(3) var<storage, read_write> c: array<vec4f>;

var<private> sums: array<vec4f, 4>;

// Along an axis, what a pixel of the result takes of A by a tap; outside where there is nothing.
fn along(place: u32, tap: u32, stride: u32, before: u32, dilation: u32) -> i32 {
  if (GRADIENT == 0u) { return i32(place * stride + tap * dilation) - i32(before); }
  let seen = i32(place + before) - i32(tap * dilation);
  if (STRIDED == 0u) { return seen; }
  let window = seen / i32(stride);
  return select(-1, window, (seen >= 0) & (window * i32(stride) == seen));
}
fn pixel_at(first: u32, y: i32, x: i32, four: u32) -> vec4f {
  let inside = (u32(y) < params.a_height) & (u32(x) < params.a_width);
  let at = ((i32(first) + y) * i32(params.a_width) + x) * i32(params.fours) + i32(four);
  return bitcast<vec4f>(bitcast<vec4u>(a[u32(at)]) & vec4u(select(0u, 0xffffffffu, inside)));
}
fn across(x: u32, tap: u32) -> i32 { return along(x, tap, params.stride_x, params.left, params.dilation_x); }

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  let four = i % params.fours;
  let blocks = (params.width + 3u) / 4u;
  let x = i / params.fours % blocks * 4u;
  let line = i / params.fours / blocks;
  if (line * params.width >= params.m) { return; }
  let y = line % params.height;
  let first = line / params.height * params.a_height;
  for (var tap_y = 0u; tap_y < params.kernel_height; tap_y++) {
    let row = along(y, tap_y, params.stride_y, params.top, params.dilation_y);
    for (var tap_x = 0u; tap_x < params.kernel_width; tap_x++) {
      let weight = b[(tap_y * params.kernel_width + tap_x) * params.fours + four];
      sums[0] += pixel_at(first, row, across(x, tap_x), four) * weight;
      sums[1] += pixel_at(first, row, across(x + 1u, tap_x), four) * weight;
      sums[2] += pixel_at(first, row, across(x + 2u, tap_x), four) * weight;
      sums[3] += pixel_at(first, row, across(x + 3u, tap_x), four) * weight;
    }
  }
  finish_load(0u, four * 4u);
  for (var j = 0u; j < min(4u, params.width - x); j++) {
    let pixel = line * params.width + x + j;
    c[pixel * params.fours + four] = finish_four(0u, pixel, four * 4u, sums[j]);
  }
}
