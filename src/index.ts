// The public surface of the engine.
export { createEngine, Engine } from './engine.ts';
export { DataError, DeviceError, FathomError, KernelError, ShapeError, UsageError } from './errors.ts';
export type { AdapterSummary, EngineOptions } from './gpu/device.ts';
export * from './inspect/history.ts';
export { DECADES, POWERS_OF_TWO, type ProbeOptions } from './inspect/probes.ts';
export { INITIAL_SCHEMES, type Initial, type InitialScheme } from './nn/init.ts';
export type { BuildContext, Layer, ProbePoint } from './nn/layer.ts';
export { activation, add, batchNorm, type BatchNormOptions, concat, dense, type DenseOptions, dropout, flatten, repeat, residual, type ResidualOptions } from './nn/layers.ts';
export { elementwiseLoss, klDivergence, type Loss, softmaxCrossEntropy } from './nn/losses.ts';
export { Sequential, sequential } from './nn/sequential.ts';
export { ACTIVATIONS, type ActivationName } from './ops/activation_table.ts';
export type { EarlyStoppingOptions } from './train/early_stopping.ts';
export type { Evaluation } from './train/evaluator.ts';
export { adagrad, adam, adamw, type AdagradOptions, type AdamOptions, type Optimizer, rmsprop, type RmspropOptions, sgd, type SgdOptions } from './train/optimizers.ts';
export type { HostTensor } from './train/parameters.ts';
export { constant, cosine, exponential, multiStep, type Schedule, sequence, stepDecay, warmup } from './train/schedules.ts';
export type { Clip } from './train/step_graph.ts';
export { type FitOptions, Trainer, type TrainerOptions } from './train/trainer.ts';
