// The largest number of each window, and where in the image it stands: of equal ones the first, of NaN the last, as in PyTorch. Padding is never the largest.
// Linked with lib/windows.
override WORKGROUP: u32 = 64;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> indices: array<i32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.count) { return; }
  let place = place_of(i, params.out_height, params.out_width);
  let start = window_start(place);
  var best = 0.0;
  var index = -1;
  for (var tap_y = 0u; tap_y < params.kernel_height; tap_y++) {
    for (var tap_x = 0u; tap_x < params.kernel_width; tap_x++) {
      let at = start + vec2i(vec2u(tap_y * params.dilation_y, tap_x * params.dilation_x));
      if (inside_image(at)) {
        let pixel = at.x * i32(params.width) + at.y;
        let value = x[(place.image * params.height * params.width + u32(pixel)) * params.channels + place.channel];
        if (index < 0 || is_nan(value) || (value > best && !is_nan(best))) {
          best = value;
          index = pixel;
        }
      }
    }
  }
  y[i] = best;
  indices[i] = index;
}
