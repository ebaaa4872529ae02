// Blocks of layers of any size, element by element.
fn a_block(row: u32, k: u32) -> mat4x4f { return transpose(block_of_ones(layer.x, k, row, layer.inputs)); }
fn b_block(k: u32, column: u32) -> mat4x4f { return block_of_ones(layer.dz, k, column, layer.outputs); }
