// y = x tanh(softplus(x)). saved: the input x.
// tanh(log(1 + w)) is n / (n + 2) with w = exp(x), n = w (w + 2). Below, e = exp(-|x|) is w where x < 0, and 1 / w (both sides of the fraction
// divided by w^2) where x > 0: one exponential, no overflow, no cancellation.
fn act(x: vec4f) -> vec4f {
  let e = exp(-abs(x));
  let n = select(e * (e + 2.0), 1.0 + 2.0 * e, x > vec4f(0.0));
  return x * (n / mish_denominator(e, x));
}

// tanh(s) + x (1 - tanh(s)^2) sigmoid(x), s = softplus(x)
fn act_grad(saved: vec4f) -> vec4f {
  let e = exp(-abs(saved));
  let n = select(e * (e + 2.0), 1.0 + 2.0 * e, saved > vec4f(0.0));
  let d = mish_denominator(e, saved);
  let m = 4.0 * e * (1.0 + e) * select(vec4f(1.0), e, saved > vec4f(0.0));
  return (n + saved * m / d) / d;
}

fn mish_denominator(e: vec4f, x: vec4f) -> vec4f {
  return select(2.0 + e * (e + 2.0), 1.0 + 2.0 * e * (1.0 + e), x > vec4f(0.0));
}
