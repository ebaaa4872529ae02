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
