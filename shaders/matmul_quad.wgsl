// The product in quads: four invocations make 32 x 32 outputs in registers, all sizes multiples of 4. For software adapters with
// subgroups of 4, where a load costs as much as ten multiplications. Linked with lib/quad, blocks_*, store_vec4 and a finish.
override ODD: u32 = 0; // 1 where k is no multiple of 8

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = workgroup.y * 32u;
  let own_row = row + lane * 8u;
  let column = workgroup.x * 32u + lane * 8u;
  // Two turns in one: what a loop carries is copied under a mask in every turn.
  for (var k = 0u; k < params.k; k += 8u) {
    quad_multiply(a_block(own_row, k), a_block(own_row + 4u, k), b_block(k, column), b_block(k, column + 4u));
    if (ODD == 0u || k + 4u < params.k) {
      quad_multiply(a_block(own_row, k + 4u), a_block(own_row + 4u, k + 4u), b_block(k + 4u, column), b_block(k + 4u, column + 4u));
    }
  }
  quad_store(row, column, lane);
}
