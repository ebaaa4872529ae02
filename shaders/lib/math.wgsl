// Functions that WGSL lacks, or that drivers compute badly near zero, right to a few units in the last place for results of every size:
// in a deep network signals and gradients shrink, and a tanh that is only absolutely right would round them to zero.
// Nothing overflows on the way, and NaN stays NaN: clamp, min and max may hide one.
// The polynomials are minimax fits for the relative error, which is named with each.

// x > 0, by its bits: drivers that flush denormals compare 1e-39 as 0, and with it the slope of relu would change.
fn math_is_positive(x: vec4f) -> vec4<bool> {
  return bitcast<vec4i>(x) > vec4i(0);
}

// 1 / (1 + exp(-x))
fn math_sigmoid(x: vec4f) -> vec4f {
  let e = exp(-abs(x));
  let r = 1.0 / (1.0 + e);
  return select(e * r, r, x > vec4f(0.0));
}

// The builtin is (e^x - e^-x) / (e^x + e^-x) on some drivers: NaN for large x, no digits left for small x. Polynomial: 5e-9.
fn math_tanh(x: vec4f) -> vec4f {
  let z = x * x;
  let near = x + x * z * (-0.333332819 + z * (0.13331442 + z * (-0.0537396991 + z * (0.0206390331 - z * 0.00570492485))));
  let e = exp(-2.0 * abs(x));
  let far = sign(x) * ((1.0 - e) / (1.0 + e));
  return select(far, near, abs(x) < vec4f(0.625));
}

// exp(x) - 1. Polynomial: 4e-9.
fn math_expm1(x: vec4f) -> vec4f {
  let near = x + x * x * (0.5 + x * (0.16666664 + x * (0.0416653585 + x * (0.00833357904 + x * (0.0013996182 + x * 0.000198498186)))));
  return select(exp(x) - 1.0, near, abs(x) < vec4f(0.5));
}

// log(1 + x) for x in [-0.3, 1], without a logarithm: 2 atanh(s), s = x / (2 + x). Polynomial: 5e-9.
fn math_log1p_near(x: vec4f) -> vec4f {
  let s = x / (2.0 + x);
  let z = s * s;
  return 2.0 * s + s * z * (0.666664163 + z * (0.40021529 + z * (0.280017736 + z * 0.280121568)));
}

// log(1 + x)
fn math_log1p(x: vec4f) -> vec4f {
  return select(math_log_far(1.0 + x), math_log1p_near(x), (x > vec4f(-0.3)) & (x < vec4f(1.0)));
}

// WGSL promises log only 2^-21 absolutely near 1, where the result is small. x - 1 is exact there.
fn math_log(x: vec4f) -> vec4f {
  return select(math_log_far(x), math_log1p_near(x - 1.0), abs(x - 1.0) < vec4f(0.3));
}

// -infinity of 0, NaN of negative numbers and NaN, where WGSL leaves log open: SwiftShader's makes -88, 88 and 89 of them.
fn math_log_far(x: vec4f) -> vec4f {
  return select(-abs(inverseSqrt(x)), log(x), x > vec4f(0.0));
}
