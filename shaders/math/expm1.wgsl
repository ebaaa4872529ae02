// exp(x) - 1. Polynomial: 4e-9.
fn math_expm1(x: vec4f) -> vec4f {
  let near = x + x * x * (0.5 + x * (0.16666664 + x * (0.0416653585 + x * (0.00833357904 + x * (0.0013996182 + x * 0.000198498186)))));
  return select(exp(x) - 1.0, near, abs(x) < vec4f(0.5));
}
