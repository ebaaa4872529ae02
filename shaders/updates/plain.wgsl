// What becomes of a step: it goes into the weights; nothing changes after a non-finite one. Expects lib/update and lib/hidden.
fn skips_update(_first: u32) -> bool {
  return run.non_finite != 0u || run.halted != 0u;
}
// Hidden, so that w + change is rounded here as in updates/storing, and looking at a step changes no bit.
fn store_update(i: u32, w: vec4f, change: vec4f) {
  parameters[i] = w + hidden_four(change);
}
fn end_update(_first: u32) {}
