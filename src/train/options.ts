// What a trainer and a run are asked for, and whether it makes sense.

import { type Dataset, givenDataset, requireDivisor } from '../data/dataset.ts';
import { type BatchSource, sourceOf } from '../data/source.ts';
import {
  DataError,
  requireBoolean,
  requireFunction,
  requireInteger,
  requireMethod,
  requireName,
  requireNumber,
  requireObject,
  show,
  UsageError,
} from '../errors.ts';
import type { CheckRecord, StepRecord } from '../inspect/history.ts';
import type { ProbeOptions } from '../inspect/probes.ts';
import { count, LIMITS } from '../limits.ts';
import { type Loss, requireLoss } from '../nn/losses.ts';
import type { Sequential } from '../nn/sequential.ts';
import { CLASS_INDEX, checkTargets, type TargetsOf } from '../nn/targets.ts';
import type { Accumulation } from './accumulation.ts';
import type { StoppingRule } from './early_stopping.ts';
import type { Optimizer } from './optimizers.ts';
import { batchesOf, type Clip, type StepGraph } from './step_graph.ts';

export interface TrainerOptions {
  model: Sequential;
  /** One of ours, or `loss(name, f)`: a function from output and targets to one number per row. */
  loss: Loss;
  optimizer: Optimizer;
  /**
   * The training set and the validation set, as they are now: later changes of their arrays change nothing, unless the set is streamed.
   * Without it, batches are fed with `feed`.
   */
  data?: {
    train: Dataset | BatchSource;
    validation?: Dataset;
    /**
     * Whether batches are written to the GPU ahead of the steps instead of the whole training set at the start, to the same bits.
     * Default: where the set is larger than the device's limit; always for a BatchSource.
     */
    stream?: boolean;
  };
  /** Features per sample; taken from the data where there is some. */
  features?: number;
  /** 32 by default; at most the rows of the data set. */
  batchSize?: number;
  /** Decides initial values, order of the samples and dropout. 0 by default. */
  seed?: number;
  /** A new order of the samples for each epoch; true by default. */
  shuffle?: boolean;
  /** Several batches make one step: `accumulate(4)`. Needs `data`. */
  accumulate?: Accumulation;
  clip?: Clip;
  /** What a non-finite loss or gradient does: 'stop' (default) ends the run and names the first layer; 'continue' skips the step. */
  onNonFinite?: 'stop' | 'continue';
  /** What to watch; null watches nothing but loss and global norm. */
  probes?: ProbeOptions | null;
}

export interface FitOptions {
  epochs?: number;
  steps?: number;
  /** Steps between two validations; an epoch by default. */
  validateEvery?: number;
  /** The most steps in one submit; by default as many as take about 100 ms. How steps are grouped never changes the bits of the run or its records. */
  stepsPerSubmit?: number;
  /** When to end before time: `earlyStopping({ patience: 10 })`. Needs a validation set. */
  earlyStopping?: StoppingRule;
  signal?: AbortSignal;
  onSteps?(records: StepRecord[]): void;
  /** Called after a validation, with no step in flight. A promise is waited for before the next step. */
  onCheck?(record: CheckRecord): unknown;
  onProgress?(progress: { step: number; steps: number; epoch: number }): void;
}

/** Rows of a full batch. */
export function batchSizeOf(options: Pick<TrainerOptions, 'data' | 'batchSize'>): number {
  const size = options.batchSize ?? 32;
  return options.data ? Math.min(size, options.data.train.rows) : size;
}

/** The source that batches are streamed from; undefined where the data set is kept on the GPU. */
export function streamedSource({ train, stream }: NonNullable<TrainerOptions['data']>, maxBufferBytes: number): BatchSource | undefined {
  if (isSource(train)) return train;
  return (stream ?? Math.max((train.bytes?.values ?? train.x).byteLength, train.y.byteLength) > maxBufferBytes) ? sourceOf(train) : undefined;
}

const isSource = (train: Dataset | BatchSource | null): train is BatchSource => typeof train === 'object' && train !== null && 'read' in train;

/** The options as they are at the call, with data sets of floats. A training set is not copied: it goes to the GPU before the caller goes on, or is streamed. */
export function givenOptions(given: TrainerOptions): TrainerOptions {
  requireObject('createTrainer', given, 'options with model, loss and optimizer');
  const options = { ...given };
  requireKinds(options);
  if (!options.data) return options;
  const { train, validation } = options.data;
  if (isSource(train)) requireSource(train);
  return {
    ...options,
    data: {
      ...options.data,
      train: isSource(train) ? train : givenDataset('data.train', train, false),
      ...(validation !== undefined && validation !== null ? { validation: givenDataset('data.validation', validation, true) } : {}),
    },
  };
}

/** Throws a UsageError unless each option is of its kind. What is left out has a default. */
function requireKinds({ model, optimizer, data, shuffle, accumulate, clip, onNonFinite, probes }: TrainerOptions): void {
  requireMethod('model', model, 'outputWidth', 'a model, as sequential([...]) makes it');
  requireMethod('optimizer', optimizer?.schedule, 'at', 'an optimizer, as sgd({ rate }) makes it');
  if (shuffle !== undefined) requireBoolean('shuffle', shuffle);
  if (accumulate !== undefined) requireMethod('accumulate', accumulate, 'append', 'accumulate(batches)');
  if (clip !== undefined) requireObject('clip', clip, '{ norm } or { value }');
  if (onNonFinite !== undefined) requireName('onNonFinite', onNonFinite, ['stop', 'continue']);
  if (probes !== undefined && probes !== null) {
    requireObject('probes', probes, 'an object, or null for none');
    const { tensors, layers, histograms, norms, activity } = probes;
    for (const [name, list] of Object.entries({ tensors, layers }))
      if (list !== undefined && !Array.isArray(list)) throw new UsageError(`probes.${name}: expected a list of names, got ${show(list)}`);
    for (const [name, probe] of Object.entries({ histograms, norms, activity }))
      if (probe !== undefined) requireMethod(`probes.${name}`, probe, 'plan', `a probe, as ${name}() makes it`);
  }
  if (data === undefined) return;
  requireObject('data', data, 'an object with `train`');
  if (data.stream !== undefined) requireBoolean('data.stream', data.stream);
}

function requireSource({ read, rows, features, targetWidth, divisor }: BatchSource): void {
  requireFunction('data.train.read', read);
  for (const [name, value] of Object.entries({ rows, features, targetWidth })) requireInteger(`data.train.${name}`, value);
  if (rows > LIMITS.rows) throw new UsageError(`data.train.rows: expected at most ${count(LIMITS.rows)}, got ${count(rows)}`);
  if (divisor !== undefined) requireDivisor('data.train.divisor', divisor);
}

/** What the targets of a trainer must be; `where` names the argument in messages. */
export function targetsOf(where: string, loss: Loss, { model, targets }: Pick<StepGraph, 'model' | 'targets'>): TargetsOf {
  return { where, loss: loss.name, rule: loss.targets, outputs: model.output.type.shape[1]!, width: targets.type.shape[1]! };
}

/** Checks what needs no graph and returns the features of a sample. */
export function checkOptions(options: TrainerOptions): number {
  requireLoss(options.loss);
  requireInteger('batchSize', options.batchSize ?? 32);
  requireInteger('seed', options.seed ?? 0, 0);
  if (options.accumulate !== undefined) requireInteger('accumulate: batches', options.accumulate.batches);
  if (batchesOf(options) > 1 && !options.data) throw new UsageError('accumulate: batches that are fed are steps of their own: give `data`');
  if (options.clip !== undefined) {
    if ('norm' in options.clip) requireNumber('clip.norm', options.clip.norm, 0);
    else requireNumber('clip.value', options.clip.value, 0);
  }
  if (options.data) requireInteger('data.train.rows', options.data.train.rows);
  const features = options.data?.train.features ?? options.features;
  requireInteger('features', features);
  return features;
}

/** Checks data sets against the model and each other. */
export function checkData(options: TrainerOptions, graph: StepGraph): void {
  const { train, validation } = options.data!;
  const width = graph.targets.type.shape[1]!;
  for (const [name, set] of [
    ['train', train],
    ['validation', validation],
  ] as const) {
    if (!set) continue;
    if (set.features !== train.features) throw new DataError(`data.${name}: expected ${train.features} features as in data.train, got ${set.features}`);
    if (set.targetWidth !== width)
      throw new DataError(`data.${name}: the loss ${options.loss.name} expects ${width} target columns for this model, got ${set.targetWidth}`);
  }
  const outputs = graph.model.output.type.shape[1]!;
  if (options.loss.targets === CLASS_INDEX && train.classes !== undefined && train.classes > outputs)
    throw new DataError(`data.train has ${train.classes} classes, but the model has ${outputs} outputs: give the last dense layer ${train.classes} units`);
  for (const [name, set] of Object.entries({ train, validation }))
    if (set && !isSource(set)) checkTargets(set.y, targetsOf(`data.${name}: y`, options.loss, graph));
}
