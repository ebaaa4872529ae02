// Every activation: its WGSL, its parameters with their ranges, and what it is in float64. The op, the reference, the gradient checks, the GPU
// sweep, documents, their schema and the page read them from the tables at the end; a new activation is its file in shaders/activations and its entries here. Each is a
// constant of its own, so that a program which names one, `tanh()` (nn/activations.ts), carries no other.
import celuWgsl from '../../shaders/activations/celu.wgsl';
import eluWgsl from '../../shaders/activations/elu.wgsl';
import geluWgsl from '../../shaders/activations/gelu.wgsl';
import geluTanhWgsl from '../../shaders/activations/gelu_tanh.wgsl';
import hardSigmoidWgsl from '../../shaders/activations/hard_sigmoid.wgsl';
import hardSwishWgsl from '../../shaders/activations/hard_swish.wgsl';
import leakyReluWgsl from '../../shaders/activations/leaky_relu.wgsl';
import linearWgsl from '../../shaders/activations/linear.wgsl';
import logSigmoidWgsl from '../../shaders/activations/log_sigmoid.wgsl';
import mishWgsl from '../../shaders/activations/mish.wgsl';
import reluWgsl from '../../shaders/activations/relu.wgsl';
import relu6Wgsl from '../../shaders/activations/relu6.wgsl';
import seluWgsl from '../../shaders/activations/selu.wgsl';
import sigmoidWgsl from '../../shaders/activations/sigmoid.wgsl';
import siluWgsl from '../../shaders/activations/silu.wgsl';
import softplusWgsl from '../../shaders/activations/softplus.wgsl';
import softshrinkWgsl from '../../shaders/activations/softshrink.wgsl';
import softsignWgsl from '../../shaders/activations/softsign.wgsl';
import tanhWgsl from '../../shaders/activations/tanh.wgsl';
import type { Source } from '../kernel.ts';
import type { NumberOption } from '../option_table.ts';
import { normalCdf, normalDensity } from './normal.ts';
import { EXPM1, LOGARITHM, POSITIVE, SIGMOID, TANH } from './wgsl_math.ts';

/** The parameters of an activation by their lower-case names; the WGSL override has the name in upper case. */
export type ActivationParams = Readonly<Record<string, number>>;

/** Outputs below `low` or above `high` count as saturated. */
export interface Saturation {
  /** Outputs below it are saturated; none by default. */
  readonly low?: number;
  /** Outputs above it are saturated; none by default. */
  readonly high?: number;
}

/** A function of one number with its derivative, on the GPU and in float64. */
export interface Activation {
  /** Its WGSL below shaders/, without the ending: `act` and `act_grad` over vec4f. */
  readonly file: string;
  /** The text of that file. */
  readonly wgsl: string;
  /** Modules that its WGSL calls. */
  readonly link?: readonly Source[];
  /** All parameters with their defaults. */
  readonly params: ActivationParams;
  /** The range of a parameter that may not be any number. */
  readonly ranges?: Readonly<Record<string, Omit<NumberOption, 'type'>>>;
  /** What `act_grad` takes: x, or the activation's own output, which then is all that the backward pass needs to keep. */
  readonly gradientFrom: 'input' | 'output';
  /**
   * f(x) in float64.
   *
   * @param x - Any number of the domain.
   * @param params - All parameters.
   * @returns f(x).
   */
  value(x: number, params: ActivationParams): number;
  /**
   * f'(x) in float64, by the input x always; at a kink PyTorch's choice.
   *
   * @param x - Any number of the domain.
   * @param params - All parameters.
   * @returns f'(x).
   */
  derivative(x: number, params: ActivationParams): number;
  /** Where f' does not exist. */
  kinks?(params: ActivationParams): number[];
  /** Where f is defined, both ends excluded; everywhere by default. */
  readonly domain?: readonly [number, number];
  /** Where its derivative counts as 0, by its outputs; absent where it does not flatten. */
  saturation?(params: ActivationParams): Saturation;
  /** Whether an output of exactly 0 means that the derivative is 0. */
  readonly deadAtZero: boolean;
}

// Both tails of the logistic function keep their digits: 1 - logistic(x) is logistic(-x).
const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
const logOnePlusExp = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);
const zero = (): number[] => [0];

export const linear = {
  file: 'activations/linear',
  wgsl: linearWgsl,
  params: {},
  gradientFrom: 'output',
  value: (x) => x,
  derivative: () => 1,
  deadAtZero: false,
} as const satisfies Activation;

export const relu = {
  file: 'activations/relu',
  wgsl: reluWgsl,
  link: [POSITIVE],
  params: {},
  gradientFrom: 'output',
  value: (x) => Math.max(x, 0),
  derivative: (x) => (x > 0 ? 1 : 0),
  kinks: zero,
  deadAtZero: true,
} as const satisfies Activation;

export const leaky_relu = {
  file: 'activations/leaky_relu',
  wgsl: leakyReluWgsl,
  link: [POSITIVE],
  params: { alpha: 0.01 },
  ranges: { alpha: { min: 0 } }, // the output must have the input's sign
  gradientFrom: 'output',
  value: (x, { alpha }: { alpha: number }) => (x > 0 ? x : alpha * x),
  derivative: (x, { alpha }: { alpha: number }) => (x > 0 ? 1 : alpha),
  kinks: zero,
  deadAtZero: false,
} as const satisfies Activation;

export const elu = {
  file: 'activations/elu',
  wgsl: eluWgsl,
  link: [POSITIVE, EXPM1],
  params: { alpha: 1 },
  gradientFrom: 'input',
  value: (x, { alpha }: { alpha: number }) => (x > 0 ? x : alpha * Math.expm1(x)),
  derivative: (x, { alpha }: { alpha: number }) => (x > 0 ? 1 : alpha * Math.exp(x)),
  kinks: zero,
  deadAtZero: false,
} as const satisfies Activation;

export const selu = {
  file: 'activations/selu',
  wgsl: seluWgsl,
  link: [POSITIVE, EXPM1],
  params: { alpha: 1.6732632423543772, scale: 1.0507009873554805 },
  gradientFrom: 'input',
  value: (x, { alpha, scale }: { alpha: number; scale: number }) => scale * (x > 0 ? x : alpha * Math.expm1(x)),
  derivative: (x, { alpha, scale }: { alpha: number; scale: number }) => scale * (x > 0 ? 1 : alpha * Math.exp(x)),
  kinks: zero,
  deadAtZero: false,
} as const satisfies Activation;

export const celu = {
  file: 'activations/celu',
  wgsl: celuWgsl,
  link: [POSITIVE, EXPM1],
  params: { alpha: 1 },
  ranges: { alpha: { min: 1e-6 } },
  gradientFrom: 'input',
  value: (x, { alpha }: { alpha: number }) => (x > 0 ? x : alpha * Math.expm1(x / alpha)),
  derivative: (x, { alpha }: { alpha: number }) => (x > 0 ? 1 : Math.exp(x / alpha)),
  deadAtZero: false,
} as const satisfies Activation;

export const gelu = {
  file: 'activations/gelu',
  wgsl: geluWgsl,
  params: {},
  gradientFrom: 'input',
  value: (x) => x * normalCdf(x),
  derivative: (x) => normalCdf(x) + x * normalDensity(x),
  deadAtZero: false,
} as const satisfies Activation;

export const gelu_tanh = {
  file: 'activations/gelu_tanh',
  wgsl: geluTanhWgsl,
  link: [SIGMOID],
  params: {},
  gradientFrom: 'input',
  value: (x) => x * logistic(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)),
  derivative: (x) => {
    const v = 2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3);
    return logistic(v) + x * logistic(v) * logistic(-v) * 2 * Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x ** 2);
  },
  deadAtZero: false,
} as const satisfies Activation;

export const silu = {
  file: 'activations/silu',
  wgsl: siluWgsl,
  link: [SIGMOID],
  params: {},
  gradientFrom: 'input',
  value: (x) => x * logistic(x),
  derivative: (x) => logistic(x) * (1 + x * logistic(-x)),
  deadAtZero: false,
} as const satisfies Activation;

export const mish = {
  file: 'activations/mish',
  wgsl: mishWgsl,
  params: {},
  gradientFrom: 'input',
  value: (x) => x * Math.tanh(logOnePlusExp(x)),
  derivative: (x) => Math.tanh(logOnePlusExp(x)) + (x * logistic(x)) / Math.cosh(logOnePlusExp(x)) ** 2,
  deadAtZero: false,
} as const satisfies Activation;

export const sigmoid = {
  file: 'activations/sigmoid',
  wgsl: sigmoidWgsl,
  link: [SIGMOID],
  params: {},
  gradientFrom: 'output',
  value: logistic,
  derivative: (x) => logistic(x) * logistic(-x),
  saturation: () => ({ low: 0.03, high: 0.97 }),
  deadAtZero: false,
} as const satisfies Activation;

/** A number by name, since esbuild keeps a table that computes one. */
const SIXTH = 1 / 6;

export const hard_sigmoid = {
  file: 'activations/hard_sigmoid',
  wgsl: hardSigmoidWgsl,
  params: { alpha: SIXTH, beta: 0.5 }, // PyTorch's relu6(x + 3) / 6; ONNX and Keras write 0.2 x + 0.5
  ranges: { alpha: { min: 1e-6 } },
  gradientFrom: 'input',
  value: (x, { alpha, beta }: { alpha: number; beta: number }) => clamp(alpha * x + beta, 0, 1),
  derivative: (x, { alpha, beta }: { alpha: number; beta: number }) => (x > -beta / alpha && x < (1 - beta) / alpha ? alpha : 0),
  kinks: ({ alpha, beta }: { alpha: number; beta: number }) => [-beta / alpha, (1 - beta) / alpha],
  saturation: () => ({ low: 1e-6, high: 1 - 1e-6 }), // straight up to its flat ends
  deadAtZero: true,
} as const satisfies Activation;

export const tanh = {
  file: 'activations/tanh',
  wgsl: tanhWgsl,
  link: [TANH],
  params: {},
  gradientFrom: 'output',
  value: (x) => Math.tanh(x),
  derivative: (x) => 1 / Math.cosh(x) ** 2,
  saturation: () => ({ low: -0.97, high: 0.97 }),
  deadAtZero: false,
} as const satisfies Activation;

export const softplus = {
  file: 'activations/softplus',
  wgsl: softplusWgsl,
  link: [SIGMOID, LOGARITHM],
  params: { beta: 1, threshold: 20 },
  ranges: { beta: { min: 1e-6 } },
  gradientFrom: 'input',
  value: (x, { beta, threshold }: { beta: number; threshold: number }) => (beta * x > threshold ? x : logOnePlusExp(beta * x) / beta),
  derivative: (x, { beta, threshold }: { beta: number; threshold: number }) => (beta * x > threshold ? 1 : logistic(beta * x)),
  kinks: ({ beta, threshold }: { beta: number; threshold: number }) => [threshold / beta],
  deadAtZero: false,
} as const satisfies Activation;

export const log_sigmoid = {
  file: 'activations/log_sigmoid',
  wgsl: logSigmoidWgsl,
  link: [SIGMOID, LOGARITHM],
  params: {},
  gradientFrom: 'input',
  value: (x) => -logOnePlusExp(-x),
  derivative: (x) => logistic(-x),
  deadAtZero: false,
} as const satisfies Activation;

export const softsign = {
  file: 'activations/softsign',
  wgsl: softsignWgsl,
  params: {},
  gradientFrom: 'input',
  value: (x) => x / (1 + Math.abs(x)),
  derivative: (x) => 1 / (1 + Math.abs(x)) ** 2,
  saturation: () => ({ low: -0.757, high: 0.757 }), // where its derivative is what tanh's is at 0.97: 0.059
  deadAtZero: false,
} as const satisfies Activation;

export const hard_swish = {
  file: 'activations/hard_swish',
  wgsl: hardSwishWgsl,
  params: {},
  gradientFrom: 'input',
  value: (x) => (x * clamp(x + 3, 0, 6)) / 6,
  derivative: (x) => (x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6),
  kinks: () => [-3, 3],
  deadAtZero: false,
} as const satisfies Activation;

export const relu6 = {
  file: 'activations/relu6',
  wgsl: relu6Wgsl,
  link: [POSITIVE],
  params: {},
  gradientFrom: 'output',
  value: (x) => clamp(x, 0, 6),
  derivative: (x) => (x > 0 && x < 6 ? 1 : 0),
  kinks: () => [0, 6],
  saturation: () => ({ high: 6 - 1e-6 }), // straight up to its flat end; the lower one is the dead fraction
  deadAtZero: true,
} as const satisfies Activation;

export const softshrink = {
  file: 'activations/softshrink',
  wgsl: softshrinkWgsl,
  params: { lambda: 0.5 },
  ranges: { lambda: { min: 0 } },
  gradientFrom: 'output',
  value: (x, { lambda }: { lambda: number }) => x - clamp(x, -lambda, lambda),
  derivative: (x, { lambda }: { lambda: number }) => (Math.abs(x) > lambda ? 1 : 0),
  kinks: ({ lambda }: { lambda: number }) => [-lambda, lambda],
  deadAtZero: true,
} as const satisfies Activation;

/** All of them by name. */
export const ACTIVATIONS = {
  linear,
  relu,
  leaky_relu,
  elu,
  selu,
  celu,
  gelu,
  gelu_tanh,
  silu,
  mish,
  sigmoid,
  hard_sigmoid,
  tanh,
  softplus,
  log_sigmoid,
  softsign,
  hard_swish,
  relu6,
  softshrink,
} as const satisfies Record<string, Activation>;

/** The names of the activations. */
export type ActivationName = keyof typeof ACTIVATIONS;

/** Their lines in PyTorch, which take the parameters in braces and have the others as they are by default. */
export const TORCH_ACTIVATIONS: Readonly<Record<ActivationName, string>> = {
  linear: 'nn.Identity()',
  relu: 'nn.ReLU()',
  leaky_relu: 'nn.LeakyReLU({alpha})',
  elu: 'nn.ELU({alpha})',
  selu: 'nn.SELU()',
  celu: 'nn.CELU({alpha})',
  gelu: 'nn.GELU()',
  gelu_tanh: "nn.GELU(approximate='tanh')",
  silu: 'nn.SiLU()',
  mish: 'nn.Mish()',
  sigmoid: 'nn.Sigmoid()',
  hard_sigmoid: 'nn.Hardsigmoid()',
  tanh: 'nn.Tanh()',
  softplus: 'nn.Softplus({beta}, {threshold})',
  log_sigmoid: 'nn.LogSigmoid()',
  softsign: 'nn.Softsign()',
  hard_swish: 'nn.Hardswish()',
  relu6: 'nn.ReLU6()',
  softshrink: 'nn.Softshrink({lambda})',
};
