// Every activation: its WGSL, its parameters with their ranges, and what it is in float64. The op, the reference, the gradient checks, the GPU
// sweep, documents, their schema and the page read them from the tables at the end; a new activation is its file in shaders/activations and its entries here.
// Each is a constant of its own, so that a program which names one, `tanh()` (nn/activations.ts), carries no other.
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
import type { Texts } from '../texts.ts';
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

/** What they are called and do, for listings, the JSON schema and the controls of pages. */
export const ACTIVATION_TEXTS: Readonly<Record<ActivationName, Texts>> = {
  linear: { en: { title: 'Linear', summary: 'The identity: what comes in goes out.' }, zh: { title: '恒等', summary: '恒等函数：输入什么就输出什么。' } },
  relu: { en: { title: 'ReLU', summary: 'x where positive, 0 elsewhere.' }, zh: { title: 'ReLU', summary: '正数取 x，其余为 0。' } },
  leaky_relu: {
    en: { title: 'Leaky ReLU', summary: 'x where positive, a small fraction alpha of x elsewhere, so that no unit falls silent.' },
    zh: { title: 'Leaky ReLU', summary: '正数取 x，其余取 x 的一小部分 alpha，单元不会死掉。' },
  },
  elu: {
    en: { title: 'ELU', summary: 'x where positive, a curve that ends at -alpha elsewhere.' },
    zh: { title: 'ELU', summary: '正数取 x，其余沿曲线趋于 -alpha。' },
  },
  selu: {
    en: { title: 'SELU', summary: 'A scaled ELU that keeps mean 0 and variance 1 from layer to layer.' },
    zh: { title: 'SELU', summary: '缩放的 ELU，使均值 0、方差 1 逐层保持。' },
  },
  celu: {
    en: { title: 'CELU', summary: 'ELU whose derivative at 0 is 1 for every alpha.' },
    zh: { title: 'CELU', summary: '对任何 alpha 在 0 处斜率都为 1 的 ELU。' },
  },
  gelu: {
    en: { title: 'GELU', summary: 'x times the fraction of the normal distribution below x.' },
    zh: { title: 'GELU', summary: 'x 乘以正态分布在 x 以下的概率。' },
  },
  gelu_tanh: { en: { title: 'GELU (tanh)', summary: 'GELU by its approximation with tanh.' }, zh: { title: 'GELU（tanh）', summary: '用 tanh 近似的 GELU。' } },
  silu: { en: { title: 'SiLU', summary: 'x times its sigmoid, also called swish.' }, zh: { title: 'SiLU', summary: 'x 乘以其 sigmoid，也称 swish。' } },
  mish: { en: { title: 'Mish', summary: 'x times the tanh of its softplus.' }, zh: { title: 'Mish', summary: 'x 乘以其 softplus 的 tanh。' } },
  sigmoid: { en: { title: 'sigmoid', summary: 'From 0 to 1, flat on both sides.' }, zh: { title: 'sigmoid', summary: '取值 0 到 1，两端平坦。' } },
  hard_sigmoid: {
    en: { title: 'Hard sigmoid', summary: 'A straight line between 0 and 1 in place of sigmoid.' },
    zh: { title: 'Hard sigmoid', summary: '以 0 与 1 之间的直线代替 sigmoid。' },
  },
  tanh: { en: { title: 'tanh', summary: 'From -1 to 1, flat on both sides.' }, zh: { title: 'tanh', summary: '取值 -1 到 1，两端平坦。' } },
  softplus: {
    en: { title: 'Softplus', summary: 'A smooth ReLU; beta says how sharp its bend is.' },
    zh: { title: 'Softplus', summary: '平滑的 ReLU；beta 决定拐弯有多急。' },
  },
  log_sigmoid: { en: { title: 'Log sigmoid', summary: 'The logarithm of sigmoid.' }, zh: { title: 'Log sigmoid', summary: 'sigmoid 的对数。' } },
  softsign: {
    en: { title: 'Softsign', summary: 'x / (1 + |x|): like tanh, but it flattens more slowly.' },
    zh: { title: 'Softsign', summary: 'x / (1 + |x|)：类似 tanh，但变平更慢。' },
  },
  hard_swish: { en: { title: 'Hard swish', summary: 'x times its hard sigmoid.' }, zh: { title: 'Hard swish', summary: 'x 乘以其 hard sigmoid。' } },
  relu6: { en: { title: 'ReLU6', summary: 'ReLU, kept below 6.' }, zh: { title: 'ReLU6', summary: '上限为 6 的 ReLU。' } },
  softshrink: {
    en: { title: 'Softshrink', summary: 'Moves x towards 0 by lambda, and makes what is nearer 0.' },
    zh: { title: 'Softshrink', summary: '把 x 向 0 移动 lambda，更近的变为 0。' },
  },
};
