// The product in quads: four invocations make 32 x 32 outputs in registers, all sizes multiples of 4. For SwiftShader with
// subgroups of 4, where a load costs as much as thirty multiply-adds. Linked with lib/quad, operands, store_vec4 and an epilogue.
override INNER_TAIL: u32 = 0; // 1 where k is no multiple of 8
override FOLDED: u32 = 0;
const QUAD_ROWS = 32u;

@compute @workgroup_size(4)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let tile = tile_of(workgroup, groups, 32u);
  quad_multiply(tile.x * QUAD_ROWS, tile.y * 32u, lane, params.k);
}
