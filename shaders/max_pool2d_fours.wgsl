// max_pool2d for channels that come in fours: an invocation makes four neighbours. Linked with lib/windows.
override WORKGROUP: u32 = 64;
@group(0) @binding(1) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> indices: array<vec4i>;

fn are_nan(v: vec4f) -> vec4<bool> { return (bitcast<vec4u>(v) & vec4u(0x7fffffffu)) > vec4u(0x7f800000u); }

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i * 4u >= params.count) { return; }
  let fours = params.channels / 4u;
  let pixel = i / fours;
  let row = pixel / params.out_width;
  let start = window_start(Place(0u, row % params.out_height, pixel % params.out_width, 0u));
  let image = row / params.out_height * params.height * params.width;
  var best = vec4f();
  var index = vec4i(-1);
  for (var tap_y = 0u; tap_y < params.kernel_height; tap_y++) {
    for (var tap_x = 0u; tap_x < params.kernel_width; tap_x++) {
      let at = start + vec2i(vec2u(tap_y * params.dilation_y, tap_x * params.dilation_x));
      let inside = (u32(at.x) < params.height) & (u32(at.y) < params.width);
      let seen = at.x * i32(params.width) + at.y;
      let value = x[select(0u, (image + u32(seen)) * fours + i % fours, inside)];
      let larger = (value > best) & !are_nan(best);
      let takes = vec4<bool>(inside) & ((index < vec4i()) | larger | are_nan(value));
      best = select(best, value, takes);
      index = select(index, vec4i(seen), takes);
    }
  }
  y[i] = best;
  indices[i] = index;
}
