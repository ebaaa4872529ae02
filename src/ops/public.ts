// The package entry `fathom-webgpu/ops`: functions of values, for custom layers, losses and activations. Axes may be negative, from the end, and
// shapes are broadcast by NumPy's rule. A value knows its graph, so there is none to pass. Where axis 0 counts samples, what reads across them counts the
// true ones, or is refused.
export type { Value } from '../graph/graph.ts';
export type { ConvTranspose2dOptions } from './conv_transpose2d.ts';
export type { Conv1dOptions } from './conv1d.ts';
export type { Conv2dOptions } from './conv2d.ts';
export type { AvgPool2dOptions, MaxPool2dOptions } from './pool2d.ts';
export { add, div, matmul, maximum, minimum, mul, pow, sub } from './public/arithmetic.ts';
export {
  abs,
  ceil,
  clip,
  elu,
  exp,
  floor,
  gelu,
  geluTanh,
  hardSigmoid,
  hardSwish,
  leakyRelu,
  log,
  log1p,
  logSigmoid,
  mish,
  neg,
  relu,
  relu6,
  round,
  rsqrt,
  selu,
  sigmoid,
  sign,
  silu,
  softplus,
  softsign,
  sqrt,
  square,
  tanh,
} from './public/functions.ts';
export type { Operand } from './public/given.ts';
export { avgPool2d, conv1d, conv2d, convTranspose2d, globalAvgPool2d, maxPool2d, upsample2d } from './public/images.ts';
export { bceWithLogits, crossEntropy, hinge, huber, klDivergence, mae, mse, squaredHinge } from './public/losses.ts';
export { cast, equal, greater, greaterEqual, less, lessEqual, notEqual, where } from './public/masks.ts';
export {
  type BatchNormOptions,
  batchNorm,
  type GroupNormOptions,
  groupNorm,
  type InstanceNormOptions,
  instanceNorm,
  type LayerNormOptions,
  layerNorm,
  logSoftmax,
  type RmsNormOptions,
  rmsNorm,
  softmax,
} from './public/normalisation.ts';
export type { TensorOptions } from './public/picks.ts';
export { gather, type Nested, oneHot, tensor } from './public/picks.ts';
export { type Axes, argmax, argmin, cumsum, logSumExp, max, mean, min, norm, type ReduceOptions, std, sum, variance } from './public/reductions.ts';
export { broadcastTo, concat, flatten, last, pad, reshape, slice, transpose } from './public/shapes.ts';
export type { DropoutOptions } from './public/training.ts';
export { dropout, stopGradient } from './public/training.ts';
export type { Upsample2dOptions } from './upsample2d.ts';
