// The gradient of images made larger: each pixel gathers from those that it has a share of. Linked with lib/upsampling.
override WORKGROUP: u32 = 64;
@group(0) @binding(1) var<storage, read_write> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.count) { return; }
  let pixel = i / params.channels;
  let row = pixel / params.width;
  let at_y = row % params.height;
  let at_x = pixel % params.width;
  let rows = reached(at_y, params.step_y, params.start_y, params.parts_y, params.out_height);
  let columns = reached(at_x, params.step_x, params.start_x, params.parts_x, params.out_width);
  var sum = 0.0;
  for (var out_y = rows.x; out_y < rows.y; out_y++) {
    let down = share_of(at_y, between_y(out_y));
    if (down > 0) {
      let line = (row / params.height * params.out_height + out_y) * params.out_width;
      for (var out_x = columns.x; out_x < columns.y; out_x++) {
        let across = share_of(at_x, between_x(out_x));
        if (across > 0) { sum += down * across * dy[(line + out_x) * params.channels + i % params.channels]; }
      }
    }
  }
  dx[i] = sum;
}

// The share that a pixel of the image has.
fn share_of(at: u32, between: Between) -> f32 {
  return select(0.0, 1 - between.share, at == between.low) + select(0.0, between.share, at == between.high);
}
// First and behind the last of the larger image that lie less than a pixel from `at`: at (index * step + start) / parts.
fn reached(at: u32, step: u32, start: u32, parts: u32, size: u32) -> vec2u {
  if (step == 0) { return vec2u(0, size); }
  let before = (i32(at) - 1) * i32(parts) + i32(start);
  let behind = (i32(at) + 1) * i32(parts) + i32(start);
  return vec2u(u32(max(before / i32(step), 0)), min(u32(behind) / step + 1, size));
}
