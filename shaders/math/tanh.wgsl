// The builtin is (e^x - e^-x) / (e^x + e^-x) on some drivers: NaN for large x, no digits left for small x. Polynomial: 5e-9.
fn math_tanh(x: vec4f) -> vec4f {
  let z = x * x;
  let near = x + x * z * (-0.333332819 + z * (0.13331442 + z * (-0.0537396991 + z * (0.0206390331 - z * 0.00570492485))));
  let e = exp(-2.0 * abs(x));
  let far = sign(x) * ((1.0 - e) / (1.0 + e));
  return select(far, near, abs(x) < vec4f(0.625));
}
