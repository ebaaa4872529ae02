// What a window of 2 x 2 pixels of a convolution sees, of a channel and a block of 3 x 3 taps, handed round a quad. The taps are gone over in such blocks: a block
// and a channel are a turn. Linked with conv2d/shape.
enable subgroups;
override SHARED: u32 = 0; // 1 where stride and dilation are 1, so that neighbours see the same pixels: each invocation loads a row of them

// By tap, the four pixels of the window. A value, not a variable: each store to one would be masked.
struct Seen {
  t0: vec4f,
  t1: vec4f,
  t2: vec4f,
  t3: vec4f,
  t4: vec4f,
  t5: vec4f,
  t6: vec4f,
  t7: vec4f,
  t8: vec4f,
}

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
fn neighbours(near: vec2f, far: vec2f, mask: u32) -> vec4f { return masked(vec4f(near, far), mask); }
fn four_of(v: f32, mask: u32) -> vec4f {
  return masked(vec4f(quadBroadcast(v, 0u), quadBroadcast(v, 1u), quadBroadcast(v, 2u), quadBroadcast(v, 3u)), mask);
}
// `window`: the first row of its image, and where it stands among the windows, down and across.
fn see(window: vec3u, place: vec3u, lane: u32) -> Seen {
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
    return Seen(
      neighbours(r0.xy, r1.xy, rows.x & columns.x),
      neighbours(r0.yz, r1.yz, rows.x & columns.y),
      neighbours(r0.zw, r1.zw, rows.x & columns.z),
      neighbours(r1.xy, r2.xy, rows.y & columns.x),
      neighbours(r1.yz, r2.yz, rows.y & columns.y),
      neighbours(r1.zw, r2.zw, rows.y & columns.z),
      neighbours(r2.xy, r3.xy, rows.z & columns.x),
      neighbours(r2.yz, r3.yz, rows.z & columns.y),
      neighbours(r2.zw, r3.zw, rows.z & columns.z),
    );
  }
  let y = vec3i((window.y * 2u + lane / 2u) * params.stride_y + down * params.dilation_y) - i32(params.top);
  let x = vec3i((window.z * 2u + lane % 2u) * params.stride_x + across * params.dilation_x) - i32(params.left);
  return Seen(
    four_of(pixel_at(window.x, y.x, x.x, place.z), rows.x & columns.x),
    four_of(pixel_at(window.x, y.x, x.y, place.z), rows.x & columns.y),
    four_of(pixel_at(window.x, y.x, x.z, place.z), rows.x & columns.z),
    four_of(pixel_at(window.x, y.y, x.x, place.z), rows.y & columns.x),
    four_of(pixel_at(window.x, y.y, x.y, place.z), rows.y & columns.y),
    four_of(pixel_at(window.x, y.y, x.z, place.z), rows.y & columns.z),
    four_of(pixel_at(window.x, y.z, x.x, place.z), rows.z & columns.x),
    four_of(pixel_at(window.x, y.z, x.y, place.z), rows.z & columns.y),
    four_of(pixel_at(window.x, y.z, x.z, place.z), rows.z & columns.z),
  );
}
