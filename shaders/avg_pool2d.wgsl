// The mean of each window. Linked with lib/windows and lib/window_size.
override WORKGROUP: u32 = 64;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.count) { return; }
  let place = place_of(i, params.out_height, params.out_width);
  let start = window_start(place);
  var sum = 0.0;
  for (var tap_y = 0u; tap_y < params.kernel_height; tap_y++) {
    for (var tap_x = 0u; tap_x < params.kernel_width; tap_x++) {
      let at = start + vec2i(vec2u(tap_y, tap_x));
      if (inside_image(at)) { sum += x[((place.image * params.height + u32(at.x)) * params.width + u32(at.y)) * params.channels + place.channel]; }
    }
  }
  y[i] = sum / window_size(start);
}
