// What a window of 2 x 2 pixels of a convolution sees, of a channel and a block of 3 x 3 taps, handed round a quad. The taps are gone over in such blocks: a block
// and a channel are a turn. Linked with conv2d/shape.
enable subgroups;
override SHARED: u32 = 0; // 1 where stride and dilation are 1, so that neighbours see the same pixels: each invocation loads a row of them

// By tap, the four pixels of the window.
var<private> seen: array<vec4f, 9>;

fn blocks_across() -> u32 { return (params.kernel_width + 2u) / 3u; }
fn turns_of() -> u32 { return (kernel_height() + 2u) / 3u * blocks_across() * params.channels; }
fn kernel_height() -> u32 { return params.k / params.channels / params.kernel_width; }
// The first tap of a turn, down and across, and its channel.
fn place_of(turn: u32) -> vec3u {
  let block = turn / params.channels;
  return vec3u(block / blocks_across() * 3u, block % blocks_across() * 3u, turn % params.channels);
}
fn pixel_at(first: u32, y: i32, x: i32, channel: u32) -> f32 {
  let inside = (u32(y) < params.height) & (u32(x) < params.width);
  let at = ((i32(first) + y) * i32(params.width) + x) * i32(params.channels) + i32(channel);
  return bitcast<f32>(bitcast<u32>(a[u32(at)]) & select(0u, 0xffffffffu, inside));
}
fn masked(v: vec4f, mask: u32) -> vec4f { return bitcast<vec4f>(bitcast<vec4u>(v) & vec4u(mask)); }
fn neighbours(tap: u32, near: vec4f, far: vec4f, across: u32, mask: u32) {
  seen[tap] = masked(vec4f(near[across], near[across + 1u], far[across], far[across + 1u]), mask);
}
fn four_of(tap: u32, v: f32, mask: u32) {
  seen[tap] = masked(vec4f(quadBroadcast(v, 0u), quadBroadcast(v, 1u), quadBroadcast(v, 2u), quadBroadcast(v, 3u)), mask);
}
// `window`: the first row of its image, and where it stands among the windows, down and across.
fn see(window: vec3u, place: vec3u, lane: u32) {
  let down = vec3u(place.x, place.x + 1u, place.x + 2u);
  let across = vec3u(place.y, place.y + 1u, place.y + 2u);
  let rows = select(vec3u(), vec3u(0xffffffffu), down < vec3u(kernel_height()));
  let columns = select(vec3u(), vec3u(0xffffffffu), across < vec3u(params.kernel_width));
  if (SHARED == 1u) {
    let y = i32(window.y * 2u + place.x + lane) - i32(params.top);
    let x = i32(window.z * 2u + place.y) - i32(params.left);
    let own = vec4f(pixel_at(window.x, y, x, place.z), pixel_at(window.x, y, x + 1, place.z), pixel_at(window.x, y, x + 2, place.z), pixel_at(window.x, y, x + 3, place.z));
    let r0 = quadBroadcast(own, 0u);
    let r1 = quadBroadcast(own, 1u);
    let r2 = quadBroadcast(own, 2u);
    let r3 = quadBroadcast(own, 3u);
    neighbours(0u, r0, r1, 0u, rows.x & columns.x);
    neighbours(1u, r0, r1, 1u, rows.x & columns.y);
    neighbours(2u, r0, r1, 2u, rows.x & columns.z);
    neighbours(3u, r1, r2, 0u, rows.y & columns.x);
    neighbours(4u, r1, r2, 1u, rows.y & columns.y);
    neighbours(5u, r1, r2, 2u, rows.y & columns.z);
    neighbours(6u, r2, r3, 0u, rows.z & columns.x);
    neighbours(7u, r2, r3, 1u, rows.z & columns.y);
    neighbours(8u, r2, r3, 2u, rows.z & columns.z);
  } else {
    let y = vec3i((window.y * 2u + lane / 2u) * params.stride_y + down * params.dilation_y) - i32(params.top);
    let x = vec3i((window.z * 2u + lane % 2u) * params.stride_x + across * params.dilation_x) - i32(params.left);
    four_of(0u, pixel_at(window.x, y.x, x.x, place.z), rows.x & columns.x);
    four_of(1u, pixel_at(window.x, y.x, x.y, place.z), rows.x & columns.y);
    four_of(2u, pixel_at(window.x, y.x, x.z, place.z), rows.x & columns.z);
    four_of(3u, pixel_at(window.x, y.y, x.x, place.z), rows.y & columns.x);
    four_of(4u, pixel_at(window.x, y.y, x.y, place.z), rows.y & columns.y);
    four_of(5u, pixel_at(window.x, y.y, x.z, place.z), rows.y & columns.z);
    four_of(6u, pixel_at(window.x, y.z, x.x, place.z), rows.z & columns.x);
    four_of(7u, pixel_at(window.x, y.z, x.y, place.z), rows.z & columns.y);
    four_of(8u, pixel_at(window.x, y.z, x.z, place.z), rows.z & columns.z);
  }
}
