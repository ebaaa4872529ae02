// Where the pixels of a larger image lie in the smaller one, channels last. Along an axis, pixel i lies at (i * step - start) / parts, in whole numbers: rounded
// nowhere.
struct Params {
  count: u32, // numbers that are made
  height: u32,
  width: u32,
  channels: u32,
  out_height: u32, // of the larger image
  out_width: u32,
  step_y: u32,
  step_x: u32,
  start_y: u32,
  start_x: u32,
  parts_y: u32,
  parts_x: u32,
  blend: u32, // 0: the pixel before, 1: both
}
@group(0) @binding(0) var<uniform> params: Params;

// Two neighbours, and the share of the second.
struct Between {
  low: u32,
  high: u32,
  share: f32,
}
fn between_y(i: u32) -> Between {
  return between(i, params.step_y, params.start_y, params.parts_y, params.height);
}
fn between_x(i: u32) -> Between {
  return between(i, params.step_x, params.start_x, params.parts_x, params.width);
}
fn between(i: u32, step: u32, start: u32, parts: u32, size: u32) -> Between {
  let way = i * step;
  let place = select(0, way - start, way > start);
  let low = place / parts;
  // Behind the last there is none: what lies there is the last.
  let share = select(0.0, f32(place % parts) / f32(parts), params.blend == 1 && low + 1 < size);
  return Between(low, min(low + 1, size - 1), share);
}
