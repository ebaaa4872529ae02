// The gradient of the weight of a depthwise convolution whose channels come in fours, and that of its bias: an invocation has four channels of up to three taps in a
// row, and goes over some rows of dz. Each piece has sums of its own, [piece][taps][n] and [piece][n]. Linked with conv2d/quad_shape.
override WORKGROUP: u32 = 64;
@group(0) @binding(3) var<storage, read_write> c: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> biases: array<vec4f>;

fn pixel_at(first: u32, y: i32, x: i32, four: u32) -> vec4f {
  let inside = (u32(y) < params.a_height) & (u32(x) < params.a_width);
  let at = ((i32(first) + y) * i32(params.a_width) + x) * i32(params.fours) + i32(four);
  return bitcast<vec4f>(bitcast<vec4u>(a[u32(at)]) & vec4u(select(0u, 0xffffffffu, inside)));
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_index(workgroup, groups, local, WORKGROUP);
  let four = i % params.fours;
  let blocks = (params.kernel_width + 2u) / 3u;
  let tap_x = i / params.fours % blocks * 3u;
  let tap_y = i / params.fours / blocks % params.kernel_height;
  let piece = i / params.fours / blocks / params.kernel_height;
  if (piece >= params.pieces) { return; }
  let begin = piece * params.piece;
  let lines = min(params.piece, params.inner / params.width - begin);
  var line = begin;
  var x = 0u;
  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var bias = vec4f();
  for (var k = 0u; k < lines * params.width; k++) {
    let first = line / params.height * params.a_height;
    let row = i32(line % params.height * params.stride_y + tap_y * params.dilation_y) - i32(params.top);
    let column = i32(x * params.stride_x + tap_x * params.dilation_x) - i32(params.left);
    let d = b[(line * params.width + x) * params.fours + four];
    sum0 += pixel_at(first, row, column, four) * d;
    sum1 += pixel_at(first, row, column + i32(params.dilation_x), four) * d;
    sum2 += pixel_at(first, row, column + 2 * i32(params.dilation_x), four) * d;
    bias += d;
    x++;
    if (x == params.width) {
      x = 0u;
      line++;
    }
  }
  let at = ((piece * params.kernel_height + tap_y) * params.kernel_width + tap_x) * params.fours + four;
  c[at] = sum0;
  if (tap_x + 1u < params.kernel_width) { c[at + params.fours] = sum1; }
  if (tap_x + 2u < params.kernel_width) { c[at + 2u * params.fours] = sum2; }
  if (tap_x == 0u && tap_y == 0u) { biases[piece * params.fours + four] = bias; }
}
