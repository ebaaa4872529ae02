// Operands of the gradient of the weight: A has a row for each of its places, what all windows see there; B are the gradients of the windows.
fn a_row(row: u32) -> vec3i { return tap_of(row, params.channels / params.groups); }
fn a_inner(k: u32) -> vec3i { return window_of(k); }
fn a_at(row: vec3i, inner: vec3i) -> u32 { return seen_at(inner, row); }
fn b_at(k: u32, column: u32) -> u32 { return k * params.filters + part * params.columns + column; }
// Whether neighbours in memory are neighbours in k.
fn a_along_k() -> bool { return false; }
fn b_along_k() -> bool { return false; }
