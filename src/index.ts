// The public surface of the engine.
export { compile, createEngine, Engine } from './engine.ts';
export { DataError, DeviceError, FathomError, KernelError, ShapeError, UsageError } from './errors.ts';
export { differentiate } from './autodiff.ts';
export { Graph, type Value } from './graph/graph.ts';
export type { Program, ProgramOptions } from './program.ts';
export { matmulOp } from './ops/matmul.ts';
export * from './data/index.ts';
export type { AdapterSummary, EngineOptions } from './gpu/device.ts';
export type { ProfileRow } from './gpu/profiler.ts';
export * from './inspect/history.ts';
export { DECADES, POWERS_OF_TWO, type ProbeOptions } from './inspect/probes.ts';
export { readDocument } from './io/checkpoint.ts';
export { readSafetensors, type SafeTensors, writeSafetensors } from './io/safetensors.ts';
export { INITIAL_SCHEMES, type Initial, type InitialScheme } from './nn/init.ts';
export type { BuildContext, Layer, ProbePoint } from './nn/layer.ts';
export { activate, activation, add, batchNorm, type BatchNormOptions, concat, dense, type DenseOptions, dropout, flatten, repeat, residual, type ResidualOptions } from './nn/layers.ts';
export { elementwiseLoss, klDivergence, type Loss, softmaxCrossEntropy } from './nn/losses.ts';
export { Sequential, sequential } from './nn/sequential.ts';
export {
  ACTIVATIONS,
  type Activation,
  type ActivationName,
  celu,
  elu,
  gelu,
  gelu_tanh,
  hard_sigmoid,
  hard_swish,
  leaky_relu,
  linear,
  log_sigmoid,
  mish,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softplus,
  softshrink,
  softsign,
  tanh,
} from './ops/activation_table.ts';
export type { EarlyStoppingOptions } from './train/early_stopping.ts';
export type { Evaluation } from './train/evaluator.ts';
export { adagrad, adam, adamw, type AdagradOptions, type AdamOptions, type Optimizer, rmsprop, type RmspropOptions, sgd, type SgdOptions } from './train/optimizers.ts';
export type { HostTensor } from './shape.ts';
export { constant, cosine, cosineRestarts, exponential, inverseSqrt, multiStep, polynomial, type Schedule, sequence, stepDecay, warmup } from './train/schedules.ts';
export type { Clip } from './train/step_graph.ts';
export { type FitOptions, Trainer, type TrainerOptions } from './train/trainer.ts';
