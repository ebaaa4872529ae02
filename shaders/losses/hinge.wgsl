// max(0, 1 - t y) for targets of -1 and 1.
fn loss_term(y: f32, t: f32, _column: u32) -> f32 { return max(0.0, 1.0 - t * y); }
fn loss_term_grad(y: f32, t: f32, _column: u32) -> f32 { return select(0.0, -t, t * y < 1.0); }
