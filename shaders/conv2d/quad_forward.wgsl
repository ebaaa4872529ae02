// Rows are windows over the images, inner indexes the taps and channels that they see, columns filters.
fn begin_phase(phase: u32) {}
fn taps_of_phase(phase: u32) -> u32 { return params.kernel_height * params.kernel_width; }
fn start_of(row: u32) -> vec3i {
  let line = row / params.width;
  let y = i32(line % params.height * params.stride_y) - i32(params.top);
  let x = i32(row % params.width * params.stride_x) - i32(params.left);
  let first = i32(line / params.height * params.a_height);
  return vec3i(((first + y) * i32(params.a_width) + x) * i32(params.a_fours) + i32(part * params.fours), y, x);
}
fn pixel_of(row: u32) -> u32 { return row; }
// The tap down, across, and the four of channels.
fn first_place() -> vec3u { return vec3u(); }
fn next_place(place: vec3u) -> vec3u {
  let four = place.z + 1u;
  let full = four == params.fours;
  let x = select(place.y, place.y + 1u, full);
  let end = x == params.kernel_width;
  return vec3u(select(place.x, place.x + 1u, end), select(x, 0u, end), select(four, 0u, full));
}
fn tap_of(place: vec3u) -> Tap {
  let y = i32(place.x * params.dilation_y);
  let x = i32(place.y * params.dilation_x);
  let row = (place.x * params.kernel_width + place.y) * params.run + place.z * 4u;
  return Tap((y * i32(params.a_width) + x) * i32(params.a_fours) + i32(place.z), y, x, row, place.z, select(0u, 0xffffffffu, place.x < params.kernel_height));
}
// Four columns of B; a column of the result is one of B.
fn b_four(row: u32, column: u32, mask: u32) -> vec4f {
  return bitcast<vec4f>(bitcast<vec4u>(b[(row * params.n + part * params.columns + column) / 4u]) & vec4u(mask));
}
fn b_block(tap: Tap, column: u32) -> mat4x4f {
  return transpose(mat4x4f(b_four(tap.row, column, tap.mask), b_four(tap.row + 1u, column, tap.mask), b_four(tap.row + 2u, column, tap.mask), b_four(tap.row + 3u, column, tap.mask)));
}
