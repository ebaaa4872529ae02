// A convolution, or the gradient of its images, as a product in quads whose rows are read where they lie, four channels at a time. For SwiftShader with subgroups
// of 4. A turn has two fours of channels of the window's taps; what lies outside of the image is masked after it was loaded, for control flow between loads takes the
// compiler minutes. Linked with lib/quad_tile, conv2d/quad_shape, an operand of conv2d, one of conv2d/tile_rows and tile_pool, and a finish.
// CPU of a convolution of 64 images of 14 x 14, 16 to 32 channels: 26 ms, a number per invocation 1,070. Tiles of 64 x 16 are a tenth faster than of 32 x 16, and take
// 0.3 s longer to compile. What did not pay, by a prototype's figures: patches copied to a buffer first, 1.7 times as long (it would where channels are no fours);
// selecting loaded numbers instead of masking them, twice as long to compile; 64 x 32, a tenth faster, three times as long to compile (it would in long runs).

// Where this invocation's rows begin: address in fours, y, x.
var<private> starts: array<vec3i, QUAD_ROWS / 4u>;

fn a_four(own: u32, tap: Tap) -> vec4f {
  let start = starts[own];
  let inside = (u32(start.y + tap.y) < params.a_height) & (u32(start.z + tap.x) < params.a_width);
  return bitcast<vec4f>(bitcast<vec4u>(a[u32(start.x + tap.at)]) & vec4u(select(0u, tap.mask, inside)));
}
fn a_block(own: u32, tap: Tap) -> mat4x4f {
  return mat4x4f(a_four(own, tap), a_four(own + 1u, tap), a_four(own + 2u, tap), a_four(own + 3u, tap));
}

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let tile = linear_index(workgroup, groups, 0u, 1u);
  let across = (params.columns + QUAD_COLUMNS - 1u) / QUAD_COLUMNS;
  let down = (params.rows + QUAD_ROWS - 1u) / QUAD_ROWS;
  let phase = tile / across / down / params.groups;
  if (phase >= params.phases) { return; }
  part = tile / across / down % params.groups;
  begin_phase(phase);
  let row = tile / across % down * QUAD_ROWS;
  let column = tile % across * QUAD_COLUMNS + lane * QUAD_COLUMNS / 4u;
  for (var i = 0u; i < QUAD_ROWS / 4u; i++) { starts[i] = start_of(row_of(row + i / 8u * 32u + lane * 8u + i % 8u)); }
  var place = first_place();
  let turns = (taps_of_phase(phase) * params.fours + 1u) / 2u;
  for (var turn = 0u; turn < turns; turn++) {
    let s = tap_of(place);
    let next = next_place(place);
    let t = tap_of(next);
    place = next_place(next);
    let zero = mat4x4f();
    let x0 = a_block(0u, s);
    let y0 = a_block(0u, t);
    let x1 = a_block(4u, s);
    let y1 = a_block(4u, t);
    var x2 = zero;
    var y2 = zero;
    var x3 = zero;
    var y3 = zero;
    if (QUAD_ROWS == 64u) {
      x2 = a_block(8u, s);
      y2 = a_block(8u, t);
      x3 = a_block(12u, s);
      y3 = a_block(12u, t);
    }
    let u0 = b_block(s, column);
    let v0 = b_block(t, column);
    if (QUAD_COLUMNS == 32u) {
      let u1 = b_block(s, column + 4u);
      let v1 = b_block(t, column + 4u);
      quad_columns(4u, u1, v1);
    }
    quad_columns(0u, u0, v0);
    quad_rows(0u, x0, y0);
    quad_rows(4u, x1, y1);
    if (QUAD_ROWS == 64u) {
      quad_rows(8u, x2, y2);
      quad_rows(12u, x3, y3);
    }
  }
  store_tile(row, column, lane);
}
