// The gradient of a convolution's weight as a product in quads, dW = patchesᵀ dz, and that of its bias, the sums of dz: rows are fours of channels at a tap, inner
// indexes pixels of dz, columns filters. For SwiftShader with subgroups of 4. Each piece has a c of its own, [piece][m][n]. The places of eight pixels are found
// by four invocations, two each, and handed round. Linked with lib/quad_tile, conv2d/quad_shape,
// and conv2d/quad_bias_grad or quad_bias_grad_none.
@group(0) @binding(3) var<storage, read_write> c: array<vec4f>;

// Of a window: address in fours, y, x. A pixel that is none lies outside of all images.
fn window_of(pixel: u32, end: u32) -> vec3i {
  let line = pixel / params.width;
  let y = i32(line % params.height * params.stride_y) - i32(params.top);
  let x = i32(pixel % params.width * params.stride_x) - i32(params.left);
  let at = ((i32(line / params.height * params.a_height) + y) * i32(params.a_width) + x) * i32(params.a_fours);
  return vec3i(at, select(-0x40000000, y, pixel < end), x);
}
// A four of rows: how far from a window's start in memory, down and across.
fn four_of(row: u32) -> vec3i {
  let place = row / 4u;
  let tap = place / params.fours;
  let y = i32(tap / params.kernel_width * params.dilation_y);
  let x = i32(tap % params.kernel_width * params.dilation_x);
  return vec3i((y * i32(params.a_width) + x) * i32(params.a_fours) + i32(part * params.fours + place % params.fours), y, x);
}
fn a_four(window: vec3i, place: vec3i) -> vec4f {
  let inside = (u32(window.y + place.y) < params.a_height) & (u32(window.z + place.z) < params.a_width);
  return bitcast<vec4f>(bitcast<vec4u>(a[u32(window.x + place.x)]) & vec4u(select(0u, 0xffffffffu, inside)));
}

fn b_four(pixel: u32, end: u32, at: u32) -> vec4f {
  return bitcast<vec4f>(bitcast<vec4u>(b[pixel * (params.n / 4u) + at]) & vec4u(select(0u, 0xffffffffu, pixel < end)));
}
fn b_block(pixel: u32, end: u32, at: u32) -> mat4x4f {
  return mat4x4f(b_four(pixel, end, at), b_four(pixel + 1u, end, at), b_four(pixel + 2u, end, at), b_four(pixel + 3u, end, at));
}

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let tile = linear_index(workgroup, groups, 0u, 1u);
  let across = (params.columns + QUAD_COLUMNS - 1u) / QUAD_COLUMNS;
  let down = (params.rows + QUAD_ROWS - 1u) / QUAD_ROWS;
  let piece = tile / across / down / params.groups;
  if (piece >= params.pieces) { return; }
  part = tile / across / down % params.groups;
  let row = tile / across % down * QUAD_ROWS;
  let column = tile % across * QUAD_COLUMNS + lane * QUAD_COLUMNS / 4u;
  let p0 = four_of(row + lane * 8u);
  let p1 = four_of(row + lane * 8u + 4u);
  let first = piece * params.piece;
  let end = min(first + params.piece, params.inner);
  let at = (part * params.columns + column) / 4u;
  for (var k = first; k < end; k += 8u) {
    let near = window_of(k + lane, end);
    let far = window_of(k + 4u + lane, end);
    let w0 = quadBroadcast(near, 0u);
    let w1 = quadBroadcast(near, 1u);
    let w2 = quadBroadcast(near, 2u);
    let w3 = quadBroadcast(near, 3u);
    let w4 = quadBroadcast(far, 0u);
    let w5 = quadBroadcast(far, 1u);
    let w6 = quadBroadcast(far, 2u);
    let w7 = quadBroadcast(far, 3u);
    let x0 = mat4x4f(a_four(w0, p0), a_four(w1, p0), a_four(w2, p0), a_four(w3, p0));
    let y0 = mat4x4f(a_four(w4, p0), a_four(w5, p0), a_four(w6, p0), a_four(w7, p0));
    let x1 = mat4x4f(a_four(w0, p1), a_four(w1, p1), a_four(w2, p1), a_four(w3, p1));
    let y1 = mat4x4f(a_four(w4, p1), a_four(w5, p1), a_four(w6, p1), a_four(w7, p1));
    let u0 = b_block(k, end, at);
    let v0 = b_block(k + 4u, end, at);
    if (QUAD_COLUMNS == 32u) {
      let u1 = b_block(k, end, at + 1u);
      let v1 = b_block(k + 4u, end, at + 1u);
      bias_add(1u, u1, v1);
      quad_columns(4u, transpose(u1), transpose(v1));
    }
    bias_add(0u, u0, v0);
    quad_columns(0u, transpose(u0), transpose(v0));
    quad_rows(0u, transpose(x0), transpose(y0));
    quad_rows(4u, transpose(x1), transpose(y1));
  }
  for (var i = 0u; i < QUAD_ROWS * (QUAD_COLUMNS / 16u); i++) {
    let r = i / (QUAD_COLUMNS / 16u);
    let side = i % (QUAD_COLUMNS / 16u);
    let own = column + side * 4u;
    let place = row + quad_place(r, lane);
    if (own < params.columns && place < params.rows) { c[((piece * params.m + place) * params.n + part * params.columns + own) / 4u] = quad_four(r, side); }
  }
  if (row == 0u) { bias_store(column); }
}
