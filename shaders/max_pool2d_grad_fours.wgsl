// The gradient of a max pool whose windows do not overlap, for channels that come in fours: each window writes the pixels from where it begins to where the next
// one does, those of the last row and column to the end of the image; pixels of no window get zero. Linked with lib/windows.
override WORKGROUP: u32 = 64;
@group(0) @binding(1) var<storage, read_write> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> indices: array<vec4i>;
@group(0) @binding(3) var<storage, read_write> dx: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  let fours = params.channels / 4u;
  // Windows that would begin in the image, whether they are made or not.
  let down = (params.height + params.top + params.stride_y - 1u) / params.stride_y;
  let across = (params.width + params.left + params.stride_x - 1u) / params.stride_x;
  let cell = i / fours;
  let row = cell / across;
  let image = row / down;
  if (image * params.height * params.width * params.channels >= params.count) { return; }
  let y = row % down;
  let x = cell % across;
  let made = y < params.out_height && x < params.out_width;
  let window = select(0u, ((image * params.out_height + y) * params.out_width + x) * fours + i % fours, made);
  let index = select(vec4i(-1), indices[window], made);
  let gradient = dy[window];
  let start = window_start(Place(0u, y, x, 0u));
  for (var down_by = 0u; down_by < params.stride_y; down_by++) {
    for (var across_by = 0u; across_by < params.stride_x; across_by++) {
      let at = start + vec2i(vec2u(down_by, across_by));
      let pixel = at.x * i32(params.width) + at.y;
      if ((u32(at.x) < params.height) & (u32(at.y) < params.width)) {
        dx[(image * params.height * params.width + u32(pixel)) * fours + i % fours] = select(vec4f(), gradient, index == vec4i(pixel));
      }
    }
  }
}
