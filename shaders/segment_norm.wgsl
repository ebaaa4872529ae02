// L2 norms of segments from the partial sums of squared_norm, into the row of a ring that belongs to this step; one segment
// per invocation.
struct Params {
  segments: u32,
  first: u32,
  stride: u32,
  every: u32,
  rows: u32,
}
override WORKGROUP: u32 = 4;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> partials: array<vec2f>;
@group(0) @binding(2) var<storage, read> segments: array<vec2u>; // first chunk, chunks
@group(0) @binding(3) var<storage, read> run: RunState;
@group(0) @binding(4) var<storage, read_write> ring: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let index = linear_index(workgroup, groups, local, WORKGROUP);
  if (index >= params.segments) { return; }
  let segment = segments[index];
  var total = ScaledSquares(1.0, 0.0);
  for (var i = 0u; i < segment.y; i++) {
    total = add_squares(total, ScaledSquares(partials[segment.x + i].x, partials[segment.x + i].y));
  }
  ring[((run.step / params.every) % params.rows) * params.stride + params.first + index] = norm_of(total);
}
