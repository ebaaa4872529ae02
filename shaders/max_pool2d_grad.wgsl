// The gradient of a max pool: each pixel gathers from the windows in which it is the largest. Linked with lib/windows.
override WORKGROUP: u32 = 64;
@group(0) @binding(1) var<storage, read_write> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> indices: array<i32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.count) { return; }
  let place = place_of(i, params.height, params.width);
  let own = i32(place.y * params.width + place.x);
  var sum = 0.0;
  for (var tap_y = 0u; tap_y < params.kernel_height; tap_y++) {
    for (var tap_x = 0u; tap_x < params.kernel_width; tap_x++) {
      let window = window_seeing(place, vec2u(tap_y, tap_x));
      if (window != NO_WINDOW) {
        if (indices[window] == own) { sum += dy[window]; }
      }
    }
  }
  dx[i] = sum;
}
