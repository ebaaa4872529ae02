// A convolution of few channels, those of images above all: a quad goes over rows of windows of 2 x 2 pixels, as many as `piece` says, and an invocation makes four
// filters of them. For SwiftShader with subgroups of 4; one group. Linked with conv2d/shape, conv2d/direct_patch, one of conv2d/direct_rows and direct_pool, and a finish.
override ONE_TURN: u32 = 0; // 1 where the window is at most 3 x 3, and there is one channel: the weights stay where they are
override FLIPPED: u32 = 0; // 1 for the gradient of the images: the weight is turned round, its filters are the channels
const MOST_WEIGHTS = 252u; // 9 of each turn

var<private> weights: array<vec4f, 9>;
var<private> all_weights: array<vec4f, MOST_WEIGHTS>;

fn weight_at(place: vec3u, tap: u32, column: u32) -> f32 {
  let y = place.x + tap / 3u;
  let x = place.y + tap % 3u;
  let inside = y < kernel_height() && x < params.kernel_width && column < params.n;
  var at = ((y * params.kernel_width + x) * params.channels + place.z) * params.n + column;
  if (FLIPPED == 1u) { at = (((kernel_height() - 1u - y) * params.kernel_width + params.kernel_width - 1u - x) * params.n + column) * params.channels + place.z; }
  return select(0.0, b[select(0u, at, inside)], inside);
}
fn weights_at(turn: u32, tap: u32, column: u32) -> vec4f {
  let place = place_of(turn);
  return vec4f(weight_at(place, tap, column), weight_at(place, tap, column + 1u), weight_at(place, tap, column + 2u), weight_at(place, tap, column + 3u));
}
// Of a filter: its weights by tap, times what the pixels see.
fn sum_of(u: vec4f, v: vec4f, w: f32, seen: Seen) -> vec4f {
  return ((u.x * seen.t0 + u.y * seen.t1) + (u.z * seen.t2 + u.w * seen.t3)) + ((v.x * seen.t4 + v.y * seen.t5) + (v.z * seen.t6 + v.w * seen.t7)) + w * seen.t8;
}
// By filter, of nine weights from `first` on.
fn sums_of(first: u32, seen: Seen) -> mat4x4f {
  let u = transpose(mat4x4f(weight_four(first), weight_four(first + 1u), weight_four(first + 2u), weight_four(first + 3u)));
  let v = transpose(mat4x4f(weight_four(first + 4u), weight_four(first + 5u), weight_four(first + 6u), weight_four(first + 7u)));
  let w = weight_four(first + 8u);
  return mat4x4f(sum_of(u[0], v[0], w.x, seen), sum_of(u[1], v[1], w.y, seen), sum_of(u[2], v[2], w.z, seen), sum_of(u[3], v[3], w.w, seen));
}
// Where all are from one turn, at a place that the compiler knows.
fn weight_four(i: u32) -> vec4f {
  if (ONE_TURN == 1u) { return weights[i]; }
  return all_weights[i];
}

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let tile = linear_index(workgroup, groups, 0u, 1u);
  let blocks = (params.n + 15u) / 16u;
  let down = windows_down();
  let across = windows_across();
  let first = tile / blocks * params.piece;
  let lines = params.m / params.out_height / params.out_width * down;
  if (first >= lines) { return; }
  let column = tile % blocks * 16u + lane * 4u;
  let turns = turns_of();
  if (ONE_TURN == 1u) {
    for (var tap = 0u; tap < 9u; tap++) { weights[tap] = weights_at(0u, tap, column); }
  } else {
    for (var i = 0u; i < turns * 9u; i++) { all_weights[i] = weights_at(i / 9u, i % 9u, column); }
  }
  finish_load(0u, column);
  for (var i = 0u; i < min(params.piece, lines - first) * across; i++) {
    let line = first + i / across;
    let image = line / down;
    let window = vec3u(image * params.height, line % down, i % across);
    var sums = mat4x4f();
    if (ONE_TURN == 1u) {
      sums = sums_of(0u, see(window, vec3u(), lane));
    } else {
      for (var turn = 0u; turn < turns; turn++) { sums += sums_of(turn * 9u, see(window, place_of(turn), lane)); }
    }
    store_window(window, image, column, transpose(sums));
  }
}
