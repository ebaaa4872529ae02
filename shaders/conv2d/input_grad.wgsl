// Operands of the gradient of the images: A has a row for each of their pixels, the gradients of the windows that hold it, by tap and filter; B is the
// weight, turned round.
fn a_row(row: u32) -> vec3i {
  let y = row / params.width;
  let padded = vec2u(y % params.height, row % params.width) + vec2u(params.top, params.left);
  return vec3i(i32(y / params.height * params.out_height), vec2i(padded));
}
fn a_inner(k: u32) -> vec3i { return tap_of(k, params.filters / params.groups); }
fn a_at(row: vec3i, inner: vec3i) -> u32 {
  let seen = row.yz - inner.yz;
  let stride = vec2i(vec2u(params.stride_y, params.stride_x));
  let window = seen / stride;
  // No window begins there, or it sees the pixel at no tap.
  if (seen.x < 0 || seen.y < 0 || any(window * stride != seen) || window.x >= i32(params.out_height) || window.y >= i32(params.out_width)) { return OUTSIDE; }
  return (u32(row.x + window.x) * params.out_width + u32(window.y)) * params.filters + part * (params.filters / params.groups) + u32(inner.x);
}
fn b_at(k: u32, column: u32) -> u32 {
  let own = params.filters / params.groups;
  return (k / own * params.columns + column) * params.filters + part * own + k % own;
}
// Whether neighbours in memory are neighbours in k.
fn a_along_k() -> bool { return true; }
fn b_along_k() -> bool { return true; }
