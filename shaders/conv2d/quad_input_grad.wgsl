// Rows are pixels of the images, by phase: those that the same taps of the windows see, as far apart as windows are. Inner indexes are those taps and the filters,
// columns channels. With a stride of 1 there is one phase, all taps see all pixels.
override STRIDED: u32 = 0; // 1 where a stride is not 1; there is no dilation then
// The first tap of the phase, how many there are, and the first windows that begin at its pixels.
var<private> first_tap: vec2u;
var<private> taps: vec2u;
var<private> first_window: vec2u;
fn taps_in(phase: u32) -> vec2u {
  let stride = vec2u(params.stride_y, params.stride_x);
  let first = vec2u(phase / params.stride_x, phase % params.stride_x);
  let size = vec2u(params.kernel_height, params.kernel_width);
  return (select(size - first, vec2u(), first > size) + stride - 1u) / stride;
}
fn begin_phase(phase: u32) {
  let stride = vec2u(params.stride_y, params.stride_x);
  let padding = vec2u(params.top, params.left);
  first_tap = vec2u(phase / params.stride_x, phase % params.stride_x);
  taps = taps_in(phase);
  first_window = (select(padding - first_tap, vec2u(), first_tap > padding) + stride - 1u) / stride;
}
fn taps_of_phase(phase: u32) -> u32 {
  let size = taps_in(phase);
  return size.x * size.y;
}
// Rows and columns of the images in a phase.
fn phase_size() -> vec2u {
  return (vec2u(params.height, params.width) + vec2u(params.stride_y, params.stride_x) - 1u) / vec2u(params.stride_y, params.stride_x);
}
fn start_of(row: u32) -> vec3i {
  let size = phase_size();
  let line = row / size.y;
  let y = i32(line % size.x + first_window.x);
  let x = i32(row % size.y + first_window.y);
  let first = i32(line / size.x * params.a_height);
  return vec3i(((first + y) * i32(params.a_width) + x) * i32(params.a_fours) + i32(part * params.fours), y, x);
}
// Beyond the last, for none.
fn pixel_of(row: u32) -> u32 {
  if (STRIDED == 0u) { return row; }
  let size = phase_size();
  let line = row / size.y;
  let y = (line % size.x + first_window.x) * params.stride_y + first_tap.x - params.top;
  let x = (row % size.y + first_window.y) * params.stride_x + first_tap.y - params.left;
  let inside = y < params.height && x < params.width && row < params.rows;
  return select(params.m, (line / size.x * params.height + y) * params.width + x, inside);
}
// How many windows back, and across, and the four of filters.
fn first_place() -> vec3u { return vec3u(); }
fn next_place(place: vec3u) -> vec3u {
  let four = place.z + 1u;
  let full = four == params.fours;
  let x = select(place.y, place.y + 1u, full);
  let end = x == taps.y;
  return vec3u(select(place.x, place.x + 1u, end), select(x, 0u, end), select(four, 0u, full));
}
fn tap_of(place: vec3u) -> Tap {
  let y = -i32(place.x * params.dilation_y);
  let x = -i32(place.y * params.dilation_x);
  let tap = (first_tap.x + place.x * params.stride_y) * params.kernel_width + first_tap.y + place.y * params.stride_x;
  return Tap((y * i32(params.a_width) + x) * i32(params.a_fours) + i32(place.z), y, x, tap * params.run, place.z, select(0u, 0xffffffffu, place.x < taps.x));
}
// A column of the result is a row of the weight.
fn b_four(row: u32, four: u32, mask: u32) -> vec4f {
  return bitcast<vec4f>(bitcast<vec4u>(b[row * params.a_fours + part * params.fours + four]) & vec4u(mask));
}
fn b_block(tap: Tap, column: u32) -> mat4x4f {
  let row = tap.row + column;
  return mat4x4f(b_four(row, tap.four, tap.mask), b_four(row + 1u, tap.four, tap.mask), b_four(row + 2u, tap.four, tap.mask), b_four(row + 3u, tap.four, tap.mask));
}
