// Operands of a convolution: A has a row for each pixel of the result, the patch that its window sees; B is the weight.
fn a_row(row: u32) -> vec3i { return window_of(row); }
fn a_inner(k: u32) -> vec3i { return tap_of(k, params.channels / params.groups); }
fn a_at(row: vec3i, inner: vec3i) -> u32 { return seen_at(row, inner); }
fn b_at(k: u32, column: u32) -> u32 { return k * params.filters + part * params.columns + column; }
// Whether neighbours in memory are neighbours in k.
fn a_along_k() -> bool { return true; }
fn b_along_k() -> bool { return false; }
