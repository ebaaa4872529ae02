// y = x cdf(x) with the normal distribution's cdf, 0.5 (1 + erf(x / sqrt 2)). saved: the input x.
fn act(x: vec4f) -> vec4f {
  return x * gelu_cdf(x, exp(-0.5 * x * x));
}

fn act_grad(saved: vec4f) -> vec4f {
  let bell = exp(-0.5 * saved * saved);
  return gelu_cdf(saved, bell) + saved * bell * 0.3989422804014327; // 1 / sqrt(2 pi)
}

// The cdf from bell = exp(-x^2 / 2): the lower tail is bell times a slowly varying factor, here a polynomial in 1 / (1 + 0.3 |x|)
// (minimax, relative error 1.5e-7), so that the tail stays relatively right where 1 + erf would have no digits left.
fn gelu_cdf(x: vec4f, bell: vec4f) -> vec4f {
  let t = 1.0 / (1.0 + 0.3 * abs(x));
  let factor = t * (0.119629301 + t * (0.120753917 + t * (0.0999137281 + t * (0.128560871 + t * (-0.0536822682
    + t * (0.206352074 + t * (-0.157202293 + t * 0.0356745953)))))));
  let tail = bell * factor;
  return select(tail, 1.0 - tail, x > vec4f(0.0));
}
