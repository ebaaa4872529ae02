// A convolution of few channels, those of images above all: a quad goes over a row of windows of 2 x 2 pixels, an invocation makes four filters of them. For
// SwiftShader with subgroups of 4; one group. Linked with conv2d/shape, conv2d/direct_patch, one of conv2d/direct_rows and direct_pool, and a finish.
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
fn sum_of(of_filter: u32) -> vec4f {
  return ((weights[0][of_filter] * seen[0] + weights[1][of_filter] * seen[1]) + (weights[2][of_filter] * seen[2] + weights[3][of_filter] * seen[3]))
    + ((weights[4][of_filter] * seen[4] + weights[5][of_filter] * seen[5]) + (weights[6][of_filter] * seen[6] + weights[7][of_filter] * seen[7])) + weights[8][of_filter] * seen[8];
}

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let tile = linear_index(workgroup, groups, 0u, 1u);
  let blocks = (params.n + 15u) / 16u;
  let line = tile / blocks;
  let down = windows_down();
  let across = windows_across();
  let image = line / down;
  if (image * params.out_height * params.out_width >= params.m) { return; }
  let column = tile % blocks * 16u + lane * 4u;
  let turns = turns_of();
  if (ONE_TURN == 1u) {
    for (var tap = 0u; tap < 9u; tap++) { weights[tap] = weights_at(0u, tap, column); }
  } else {
    for (var i = 0u; i < turns * 9u; i++) { all_weights[i] = weights_at(i / 9u, i % 9u, column); }
  }
  finish_load(0u, column);
  for (var x = 0u; x < across; x++) {
    let window = vec3u(image * params.height, line % down, x);
    var s0 = vec4f();
    var s1 = vec4f();
    var s2 = vec4f();
    var s3 = vec4f();
    if (ONE_TURN == 1u) {
      see(window, vec3u(), lane);
      s0 = sum_of(0u);
      s1 = sum_of(1u);
      s2 = sum_of(2u);
      s3 = sum_of(3u);
    } else {
      for (var turn = 0u; turn < turns; turn++) {
        see(window, place_of(turn), lane);
        let first = turn * 9u;
        weights[0] = all_weights[first];
        weights[1] = all_weights[first + 1u];
        weights[2] = all_weights[first + 2u];
        weights[3] = all_weights[first + 3u];
        weights[4] = all_weights[first + 4u];
        weights[5] = all_weights[first + 5u];
        weights[6] = all_weights[first + 6u];
        weights[7] = all_weights[first + 7u];
        weights[8] = all_weights[first + 8u];
        s0 += sum_of(0u);
        s1 += sum_of(1u);
        s2 += sum_of(2u);
        s3 += sum_of(3u);
      }
    }
    store_window(window, image, column, transpose(mat4x4f(s0, s1, s2, s3)));
  }
}
