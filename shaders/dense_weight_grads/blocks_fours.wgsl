// Blocks of layers whose sizes are multiples of 4: an address for four numbers.
fn a_block(row: u32, k: u32) -> mat4x4f { return transpose(block_of_fours(layer.x, k, row, layer.inputs)); }
fn b_block(k: u32, column: u32) -> mat4x4f { return block_of_fours(layer.dz, k, column, layer.outputs); }
