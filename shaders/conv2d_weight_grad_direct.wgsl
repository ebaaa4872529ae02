// The gradient of the weight of a convolution of few channels, and that of its bias: a quad goes over windows of 2 x 2 pixels of dz, each invocation with four
// filters and the 3 x 3 taps of a turn. Each piece, some rows of windows, has sums of its own, [piece][m][n] and [piece][n]. For SwiftShader with subgroups of 4;
// one group. Linked with conv2d/shape and conv2d/direct_patch.
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
@group(0) @binding(4) var<storage, read_write> biases: array<f32>;

// By tap, and of the bias.
var<private> sums: array<vec4f, 10>;

fn gradients(image: u32, y: u32, x: u32, column: u32) -> vec4f {
  let inside = (y < params.out_height) & (x < params.out_width);
  let at = ((image * params.out_height + y) * params.out_width + x) * params.n + column;
  let mask = vec4u(select(0u, 0xffffffffu, inside)) & select(vec4u(), vec4u(0xffffffffu), vec4u(column) + vec4u(0u, 1u, 2u, 3u) < vec4u(params.n));
  return bitcast<vec4f>(vec4u(bitcast<u32>(b[at]), bitcast<u32>(b[at + 1u]), bitcast<u32>(b[at + 2u]), bitcast<u32>(b[at + 3u])) & mask);
}
fn add(tap: u32, v: vec4f, d: mat4x4f) {
  sums[tap] += (d[0] * v.x + d[1] * v.y) + (d[2] * v.z + d[3] * v.w);
}

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let tile = linear_index(workgroup, groups, 0u, 1u);
  let blocks = (params.n + 15u) / 16u;
  let turns = turns_of();
  let piece = tile / blocks / turns;
  if (piece >= params.pieces) { return; }
  let column = tile % blocks * 16u + lane * 4u;
  let turn = tile / blocks % turns;
  let place = place_of(turn);
  let down = (params.out_height + 1u) / 2u;
  let across = (params.out_width + 1u) / 2u;
  let lines = params.m / params.out_height / params.out_width * down;
  let first = piece * params.piece;
  let end = min(first + params.piece, lines);
  var line = first;
  var x = 0u;
  for (var i = 0u; i < (end - first) * across; i++) {
    let image = line / down;
    let y = line % down;
    let seen = see(vec3u(image * params.height, y, x), place, lane);
    let d = mat4x4f(gradients(image, y * 2u, x * 2u, column), gradients(image, y * 2u, x * 2u + 1u, column), gradients(image, y * 2u + 1u, x * 2u, column), gradients(image, y * 2u + 1u, x * 2u + 1u, column));
    add(0u, seen.t0, d);
    add(1u, seen.t1, d);
    add(2u, seen.t2, d);
    add(3u, seen.t3, d);
    add(4u, seen.t4, d);
    add(5u, seen.t5, d);
    add(6u, seen.t6, d);
    add(7u, seen.t7, d);
    add(8u, seen.t8, d);
    sums[9] += (d[0] + d[1]) + (d[2] + d[3]);
    x++;
    if (x == across) {
      x = 0u;
      line++;
    }
  }
  for (var tap = 0u; tap < 9u; tap++) {
    let tap_y = place.x + tap / 3u;
    let tap_x = place.y + tap % 3u;
    let row = (tap_y * params.kernel_width + tap_x) * params.channels + place.z;
    for (var j = 0u; j < 4u; j++) {
      if (tap_y < kernel_height() && tap_x < params.kernel_width && column + j < params.n) { c[(piece * params.k + row) * params.n + column + j] = sums[tap][j]; }
    }
  }
  for (var j = 0u; j < 4u; j++) {
    if (turn == 0u && column + j < params.n) { biases[piece * params.n + column + j] = sums[9][j]; }
  }
}
