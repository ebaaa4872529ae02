// Images made larger: each pixel is a pixel of the image, or between four of them. Linked with lib/upsampling.
override WORKGROUP: u32 = 64;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  if (i >= params.count) { return; }
  let pixel = i / params.channels;
  let row = pixel / params.out_width;
  let down = between_y(row % params.out_height);
  let across = between_x(pixel % params.out_width);
  let first = row / params.out_height * params.height;
  let above = (first + down.low) * params.width;
  let below = (first + down.high) * params.width;
  let channel = i % params.channels;
  // Numbers with a share of 0 are not looked at: they may be infinite.
  var sum = number_at(above, across, channel) * (1 - down.share);
  if (down.share > 0) { sum += number_at(below, across, channel) * down.share; }
  y[i] = sum;
}

fn number_at(row: u32, across: Between, channel: u32) -> f32 {
  let left = x[(row + across.low) * params.channels + channel];
  if (across.share == 0) { return left; }
  return left * (1 - across.share) + x[(row + across.high) * params.channels + channel] * across.share;
}
