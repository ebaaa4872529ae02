// The public surface of the engine.

export { differentiate } from './autodiff.ts';
export { compile } from './compile.ts';
export * from './data/index.ts';
export { createEngine, Engine } from './engine.ts';
export { DataError, DeviceError, FathomError, KernelError, ShapeError, UsageError } from './errors.ts';
export type { AdapterSummary } from './gpu/device.ts';
export type { ProfileRow } from './gpu/profiler.ts';
export type { EngineOptions, RecoveryOptions } from './gpu/request.ts';
export { Graph, type Value } from './graph/graph.ts';
export type { InputFacts, LayerFacts, OutputFacts, RunFacts, TargetFacts, TrainingFacts } from './inspect/facts.ts';
export * from './inspect/history.ts';
export * from './inspect/probe_index.ts';
export type { ProbeOptions } from './inspect/probes.ts';
export { type Retention, type SampledStep, Steps } from './inspect/steps.ts';
export { readDocument } from './io/checkpoint.ts';
export { readSafetensors, type SafeTensors, writeSafetensors } from './io/safetensors.ts';
export { type ActivationConstructor, wgslActivation } from './nn/activation_constructor.ts';
export * from './nn/activations.ts';
export { type LayerContext, layer, ones, zeros } from './nn/custom.ts';
export { INITIALIZER_SCHEMES, type Initializer, type InitializerScheme } from './nn/initializers.ts';
export type { BuildContext, CallableLayer, Layer } from './nn/layer.ts';
export * from './nn/layers.ts';
export * from './nn/losses.ts';
export { type AnyModel, type BuiltModel, type Inputs, type InputType, type Model, model } from './nn/model.ts';
export { named } from './nn/named.ts';
export { type Sequential, sequential, summary } from './nn/sequential.ts';
export type { TargetRule } from './nn/targets.ts';
export {
  ACTIVATION_TEXTS,
  ACTIVATIONS,
  type Activation,
  type ActivationName,
  type ActivationParams,
  type Saturation,
  TORCH_ACTIVATIONS,
} from './ops/activation_table.ts';
export type { CustomActivation } from './ops/activations.ts';
export { matmulOp } from './ops/matmul.ts';
export type { Program, ProgramOptions, RunOptions } from './program.ts';
export type * from './public_types.ts';
export { explain } from './scheduler/explain.ts';
export { placeOf } from './scheduler/place_of.ts';
export type { Plan } from './scheduler/plan.ts';
export { openPlan, storePlan } from './scheduler/stored.ts';
export type { HostTensor } from './shape.ts';
export { type Accumulation, accumulate } from './train/accumulation.ts';
export {
  type Augment,
  type Augmentation,
  type AugmentOptions,
  augment,
  type Crop,
  type CutOut,
  type Flip,
  type Noise,
  type Rotate,
  type Shift,
} from './train/augment.ts';
export { type Average, type AverageOptions, averageOf, averageWeights } from './train/average.ts';
export type { Clip } from './train/clip.ts';
export { type EarlyStopping, type EarlyStoppingOptions, earlyStopping } from './train/early_stopping.ts';
export type { Evaluation, OutputEvaluation } from './train/evaluation.ts';
export { checkpoint, groupsOf, load, restore, save } from './train/files.ts';
export type { GroupMatch, ParameterGroup } from './train/groups.ts';
export {
  type CheckpointEvent,
  type CheckpointInfo,
  type CheckpointOptions,
  type Checkpoints,
  type KeptCheckpoint,
  keepCheckpoints,
} from './train/keep_checkpoints.ts';
export { type Answer, type Asked, type EvaluateOptions, LiveModel, type ModelOptions } from './train/live_model.ts';
export type { Events, RecoveredEvent, RunEvent, RunStatus, StepsEvent, ValidationEvent } from './train/loop.ts';
export { losses, type OutputLoss } from './train/losses.ts';
export { type MeasureOptions, measure } from './train/measure.ts';
export * from './train/metrics.ts';
export * from './train/optimizers.ts';
export { profile } from './train/profile.ts';
export { type RollBack, type RollBackOptions, rollBack } from './train/roll_back.ts';
export * from './train/schedules.ts';
export { setGroups } from './train/set_groups.ts';
export { type EnqueueOptions, type FitOptions, Trainer, type TrainerOptions, type TrainOptions } from './train/trainer.ts';
