// y = ALPHA x + BETA, held between 0 and 1; the derivative at both corners is 0. saved: the input x, because a y next to 1 rounds to 1.
// Written as ALPHA (x + BETA / ALPHA), which keeps its digits next to the lower corner: x + 3 is exact there.
override ALPHA: f32 = 0.16666666666666666;
override BETA: f32 = 0.5;

fn act(x: vec4f) -> vec4f {
  let y = ALPHA * (x + BETA / ALPHA);
  return select(select(y, vec4f(1.0), y > vec4f(1.0)), vec4f(0.0), y < vec4f(0.0));
}

fn act_grad(saved: vec4f) -> vec4f {
  let inside = (saved > vec4f(-BETA / ALPHA)) & (saved < vec4f((1.0 - BETA) / ALPHA));
  return select(vec4f(0.0), vec4f(ALPHA), inside);
}
