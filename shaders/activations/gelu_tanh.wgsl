// y = 0.5 x (1 + tanh(u)), u = sqrt(2 / pi) (x + 0.044715 x^3); 0.5 (1 + tanh(u)) is sigmoid(2 u), which keeps its digits in the lower tail.
// saved: the input x.
const GELU_TWICE_ROOT = 1.5957691216057308; // 2 sqrt(2 / pi)
const GELU_CUBIC = 0.044715;

fn act(x: vec4f) -> vec4f {
  return x * math_sigmoid(GELU_TWICE_ROOT * x * (1.0 + GELU_CUBIC * x * x));
}

fn act_grad(saved: vec4f) -> vec4f {
  // Above 1e30 the square would meet a sigmoid derivative of 0 as infinity.
  let square = min(saved * saved, vec4f(1e30));
  let v = GELU_TWICE_ROOT * saved * (1.0 + GELU_CUBIC * square);
  let dv = GELU_TWICE_ROOT * (1.0 + 3.0 * GELU_CUBIC * square);
  return math_sigmoid(v) + saved * (math_sigmoid(v) * math_sigmoid(-v)) * dv;
}
