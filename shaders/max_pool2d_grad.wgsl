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
  // The windows that may hold the pixel; the place of the largest says which of them do.
  let stride = vec2u(params.stride_y, params.stride_x);
  let reach = vec2u(params.dilation_y, params.dilation_x) * (vec2u(params.kernel_height, params.kernel_width) - 1u);
  let padded = vec2u(place.y + params.top, place.x + params.left);
  let first = (select(padded - reach, vec2u(), reach > padded) + stride - 1u) / stride;
  let end = min(padded / stride + 1u, vec2u(params.out_height, params.out_width));
  for (var y = first.x; y < end.x; y++) {
    for (var x = first.y; x < end.y; x++) {
      let window = ((place.image * params.out_height + y) * params.out_width + x) * params.channels + place.channel;
      if (indices[window] == own) { sum += dy[window]; }
    }
  }
  dx[i] = sum;
}
