// All weight and bias gradients of a network's dense layers in one dispatch: dW = xᵀ dz, db = column sums of dz. A workgroup makes
// a tile through workgroup memory (lib/shared_tile) and leaves its sums of squares for the global norm: squared_norm reads these
// gradients no more. For every adapter but SwiftShader. Linked with lib/dense_layers.

fn a_along_k() -> bool { return false; }
fn b_along_k() -> bool { return false; }
fn a_block(row: u32, k: u32) -> mat4x4f {
  if (layer.aligned != 0u) { return transpose(x_in_fours(k, row)); }
  return transpose(x_in_ones(k, row));
}
fn b_block(k: u32, column: u32) -> mat4x4f {
  if (layer.aligned != 0u) { return dz_in_fours(k, column); }
  return dz_in_ones(k, column);
}

// The sum of squares of what all invocations hold, by a fixed tree. A NaN or Inf becomes the sum.
fn write_partial(at: u32, index: u32, v: vec4f) {
  let high = max(max(abs(v.x), abs(v.y)), max(abs(v.z), abs(v.w)));
  let scale = power_of_two(high);
  let scaled = v * reciprocal_of_power(scale);
  var own = ScaledSquares(scale, dot(scaled, scaled));
  for (var i = 0u; i < 4u; i++) {
    if (!is_finite(v[i])) { own = ScaledSquares(1.0, abs(v[i])); }
  }
  workgroupBarrier();
  tile_a[index] = vec4f(own.scale, own.sum, 0.0, 0.0);
  for (var half = 128u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (index < half) {
      let x = tile_a[index];
      let y = tile_a[index + half];
      let sum = add_squares(ScaledSquares(x.x, x.y), ScaledSquares(y.x, y.y));
      tile_a[index] = vec4f(sum.scale, sum.sum, 0.0, 0.0);
    }
  }
  if (index == 0u) { partials[at] = tile_a[0].xy; }
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) index: u32) {
  let i = params.first + linear_index(workgroup, groups, 0u, 1u);
  if (i >= params.tiles) { return; }
  let tile = tiles[i];
  layer = layers[tile.x];
  let sum = shared_multiply(index, tile.y, tile.z, 0u, params.batch);
  write_partial(tile.w, index, store_inside(tile.y + index / 8u, tile.z + index % 8u * 4u, sum));
  // The tiles of the first rows sum their columns of dz, too: eight invocations a column.
  let column = tile.z + index % 32u;
  let wanted = tile.y == 0u && layer.bias != 0u && column < layer.outputs;
  var part = 0.0;
  for (var k = index / 32u; k < select(0u, params.batch, wanted); k += 8u) { part += dz_values[layer.dz + k * layer.outputs + column]; }
  tile_b[index] = vec4f(part);
  workgroupBarrier();
  var bias = 0.0;
  if (index < 32u && wanted) {
    for (var j = 0u; j < 8u; j++) { bias += tile_b[index + j * 32u].x; }
    gradients[layer.db + column] = bias;
  }
  write_partial(params.all + tile.w, index, vec4f(bias, 0.0, 0.0, 0.0));
}
