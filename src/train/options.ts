// The options of a trainer and of a run, and their checks.

import { type AnyDataset, columnsOf, givenTensors, X } from '../data/columns.ts';
import type { Dataset } from '../data/dataset.ts';
import { type AnySource, type GivenBatch, infoOf, isSource } from '../data/source.ts';
import { DataError, isObject, requireInteger, requireMethod, requireObject, show, UsageError } from '../errors.ts';
import type { StepRecord, ValidationRecord } from '../inspect/history.ts';
import { type ProbeOptions, readProbes } from '../inspect/probes.ts';
import { type Loss, requireLoss } from '../nn/losses/loss.ts';
import type { AnyModel } from '../nn/model.ts';
import type { Sequential } from '../nn/sequential.ts';
import { CLASS_INDEX, isAlwaysRight } from '../nn/targets.ts';
import { FUNCTION, type OptionTable, objectWith, readOptions } from '../option_table.ts';
import { sizeOf, type TensorType } from '../shape.ts';
import type { Accumulation } from './accumulation.ts';
import type { Augment } from './augment.ts';
import type { Average } from './average.ts';
import { type Clip, readClip } from './clip.ts';
import type { EarlyStopping } from './early_stopping.ts';
import type { GroupMatch, ParameterGroup } from './groups.ts';
import type { Checkpoints } from './keep_checkpoints.ts';
import { LiveModel, requireModel } from './live_model.ts';
import type { Metrics } from './metrics/metric.ts';
import { type Losses, sampleSize, targetRules } from './objective.ts';
import type { Optimizer } from './optimizers.ts';
import type { RollBack } from './roll_back.ts';
import type { batchTypes } from './step_graph.ts';
import { checkColumns, checkNumbers } from './tensors.ts';
import type { WrongTargets } from './wrong_targets.ts';

/** What `createTrainer` takes: model, loss, optimizer and data at least. */
export interface TrainerOptions<M extends AnyModel = Sequential> {
  /** What is trained: a description, from which a live model is made (`trainer.model`), or a live one, which keeps what is learned. */
  model: M | LiveModel<M>;
  /** One of ours, or `loss(name, f)`: a function from output and targets to one number per row. For several outputs `losses({ ... })`. */
  loss: Loss | Losses;
  /** How a step changes the parameters: `adam({ learningRate: 0.001 })`. */
  optimizer: Optimizer;
  /** What is measured beside the loss, in validations and by `evaluate`: `[accuracy(), topK({ k: 3 })]`, or lists by output. None by default; a classification has its accuracy anyway. */
  metrics?: Metrics;
  /** Live models whose descriptions the model calls: their weights are trained where they are. None by default. */
  share?: readonly LiveModel<AnyModel>[];
  /**
   * Parameters that are trained otherwise than the rest, or not at all: `[{ match: 'dense_1', learningRateFactor: 0.1 }]`. The later group decides. None by
   * default.
   */
  groups?: readonly ParameterGroup[];
  /** What is not trained: short for a last group, `{ match: [...], frozen: true }`. Nothing by default. */
  freeze?: readonly GroupMatch[];
  /**
   * The training set and the validation set, as they are now: later changes of their arrays change nothing, unless the set is streamed, or read again after the loss of the device.
   * None by default: batches are then given to `trainOnBatch`.
   */
  data?: {
    train: AnyDataset | AnySource;
    validation?: AnyDataset;
    /**
     * Whether batches are written to the GPU ahead of the steps instead of the whole training set at the start, to the same bits.
     * Default: where the set is larger than the device's limit; always for a BatchSource.
     */
    stream?: boolean;
  };
  /** Numbers in a sample, of a model of layers in a row; by default those of the data. */
  features?: number;
  /** 32 by default; at most the rows of the data set. */
  batchSize?: number;
  /** Decides initial values, order of the samples and dropout. 0 by default. */
  seed?: number;
  /** A new order of the samples for each epoch; true by default. */
  shuffle?: boolean;
  /** Several batches make one step: `accumulate(4)`. Needs `data`. One batch by default. */
  accumulate?: Accumulation;
  /** Changes the images of each training batch at random: `augment([{ type: 'flip' }])`. Nothing by default. */
  augment?: Augment;
  /** Keeps an average of the weights: `averageWeights({ decay: 0.999 })`. `averageOf(trainer)` is the model that has it. None by default. */
  average?: Average;
  /** `{ norm }` scales the gradient down to this global L2 norm, `{ value }` clips each element; nothing by default. */
  clip?: Clip;
  /**
   * What a non-finite loss or gradient does: 'stop' (default) ends the run and names the first layer; 'skip' leaves that step out, which changes nothing then, and
   * goes on; `rollBack({ factor: 0.5, every: 100, max: 3 })` goes back to the last good state with a smaller learning rate.
   */
  onNonFinite?: 'stop' | 'skip' | RollBack;
  /** What to watch: z, delta and weight gradient of every layer at every step by default. null watches nothing but loss and global norm. */
  probes?: ProbeOptions | null;
}

/** Without `epochs` and `steps` a run goes on until it is ended. */
export interface TrainOptions {
  /** Passes over the training set, from where the run is; a fraction is a part of one. At least 0; by default `steps` decides. */
  epochs?: number;
  /** Steps to take, at least 0; by default `epochs` decides. */
  steps?: number;
  /** @internal The last step of the run, of which this call takes a part: it gets full statistics, and there the best parameters are restored. */
  until?: number;
  /** Steps between two validations; an epoch by default. */
  validateEvery?: number;
  /** The most steps in one submit; by default as many as take about 100 ms. How steps are grouped never changes the bits of the run or its records.
   * With 1, `run` submits a step when the one before has been told of, and not before. */
  stepsPerSubmit?: number;
  /** When to end before time: `earlyStopping({ patience: 10 })`. Needs a validation set. Never by default. */
  earlyStopping?: EarlyStopping;
  /** Which checkpoints are kept on the way: `keepCheckpoints({ every: 1000, last: 3, best: true })`. None by default. */
  checkpoints?: Checkpoints;
  /** Ends the run when aborted; the promise then resolves with what there is. None by default. */
  signal?: AbortSignal;
}

/** What `enqueueStep` takes. */
export interface EnqueueOptions {
  /** For a trainer without a data set: the batch of this step and of later ones, as `trainOnBatch` takes it. By default the last one. */
  readonly batch?: GivenBatch | Pick<Dataset, 'x' | 'y'>;
  /** Whether the step's record is read back. True by default. */
  readonly readback?: boolean;
}

/** How long `fit` trains, and callbacks during the run. */
export interface FitOptions extends TrainOptions {
  /** Called with the records of steps that were submitted together, in order. */
  onSteps?(records: StepRecord[]): void;
  /** Called after a validation, with no step in flight. A promise is waited for before the next step. */
  onValidation?(record: ValidationRecord): unknown;
  /** Called as often as `onSteps`, with where the run is. */
  onProgress?(progress: { step: number; steps: number; epoch: number }): void;
}

type Options = TrainerOptions<AnyModel>;

/** What `createTrainer` takes, but for model, loss and optimizer, whose own checks say more. */
const trainerOptions = {
  model: { type: 'object', expected: 'a model', accepts: () => true, required: true },
  loss: { type: 'object', expected: 'a loss', accepts: () => true, required: true },
  optimizer: { type: 'object', expected: 'an optimizer', accepts: () => true, required: true },
  metrics: { type: 'object', expected: 'a list of metrics', accepts: (value) => typeof value === 'object' && value !== null },
  share: {
    type: 'list',
    of: { type: 'object', expected: 'a live model, as engine.createModel makes it', accepts: (value) => value instanceof LiveModel },
    empty: true,
    expected: 'a list of live models',
  },
  groups: {
    type: 'list',
    of: { type: 'object', expected: 'a group, as { match, learningRateFactor }', accepts: isObject },
    empty: true,
    expected: 'a list of groups',
  },
  freeze: {
    type: 'list',
    of: {
      type: 'object',
      expected: 'a live model, as engine.createModel makes it, or a path',
      accepts: (value) => value instanceof LiveModel || typeof value === 'string',
    },
    empty: true,
    expected: 'a list of live models and paths',
  },
  data: {
    type: 'record',
    options: {
      train: { type: 'object', expected: 'a data set, as dataset() builds it, or a source of batches', accepts: isObject, required: true },
      validation: { type: 'object', expected: 'a data set, as dataset() builds it', accepts: isObject },
      stream: { type: 'boolean' },
    },
  },
  features: { type: 'integer', min: 1 },
  batchSize: { type: 'integer', min: 1 },
  seed: { type: 'integer', min: 0 },
  shuffle: { type: 'boolean' },
  accumulate: /* @__PURE__ */ objectWith('check', 'accumulate(batches)'),
  augment: /* @__PURE__ */ objectWith('on', 'augment(changes)'),
  average: /* @__PURE__ */ objectWith('append', 'averageWeights({ decay })'),
  clip: { type: 'object', expected: '{ norm } or { value }', accepts: () => true },
  onNonFinite: {
    type: 'either',
    of: [{ type: 'name', names: ['stop', 'skip'] }, /* @__PURE__ */ objectWith('begin', 'rollBack()')],
    expected: '"stop", "skip" or rollBack({ factor, every, max })',
  },
  probes: { type: 'object', expected: 'an object, or null for none', accepts: (value) => value === null || isObject(value) },
} as const satisfies OptionTable<Options>;

/** What `enqueueStep` takes. */
export const enqueueOptions = {
  // What it holds is told of where it is read.
  batch: { type: 'object', expected: 'a batch of x and y', accepts: () => true },
  readback: { type: 'boolean', default: true },
} as const satisfies OptionTable<EnqueueOptions>;

/** What `run` takes. */
export const trainOptions = {
  epochs: { type: 'number', min: 0 },
  steps: { type: 'integer', min: 0 },
  until: { type: 'integer', min: 0 },
  validateEvery: { type: 'integer', min: 1 },
  stepsPerSubmit: { type: 'integer', min: 1 },
  earlyStopping: /* @__PURE__ */ objectWith('update', 'earlyStopping({ patience })'),
  checkpoints: /* @__PURE__ */ objectWith('take', 'keepCheckpoints({ every })'),
  signal: /* @__PURE__ */ objectWith('addEventListener', 'the signal of an AbortController'),
} as const satisfies OptionTable<TrainOptions>;

/** What `fit` takes. */
export const fitOptions = {
  ...trainOptions,
  onSteps: FUNCTION,
  onValidation: FUNCTION,
  onProgress: FUNCTION,
} as const satisfies OptionTable<FitOptions>;

/** Rows of a full batch. */
export function batchSizeOf(options: Pick<TrainerOptions, 'data' | 'batchSize'>): number {
  const size = options.batchSize ?? 32;
  return options.data ? Math.min(size, options.data.train.rows) : size;
}

/** Whether batches are streamed; where they are not, the data set is kept on the GPU. */
export function isStreamed({ train, stream }: NonNullable<TrainerOptions['data']>, maxBufferBytes: number): boolean {
  return isSource(train) || (stream ?? Object.values(columnsOf(train)).some(({ values }) => values.byteLength > maxBufferBytes));
}

/**
 * The options as they are at the call, with data sets as floats. A training set is not copied: it is uploaded before the caller continues, or streamed. If
 * code may have to be loaded first (for metrics, plateaus, frozen or shared layers, outputs without a loss), the caller could change it during that await: it is copied.
 */
export function givenOptions(given: TrainerOptions<AnyModel>): TrainerOptions<AnyModel> {
  requireObject('createTrainer', given, 'options with model, loss and optimizer');
  const options = { ...given };
  requireKinds(options);
  if (options.clip !== undefined) options.clip = readClip(options.clip);
  if (options.freeze) options.freeze = [...options.freeze];
  if (options.groups !== undefined) options.groups = ownGroups('groups', options.groups);
  if (Array.isArray(options.metrics)) options.metrics = [...options.metrics];
  if (options.share) options.share = [...options.share];
  if (!options.data) return options;
  const { kind } = options.model instanceof LiveModel ? options.model.description : options.model;
  const waits = kind === 'model' || !!(options.groups || options.freeze || options.share || options.metrics || options.optimizer.react);
  const { train, validation } = options.data;
  return {
    ...options,
    data: {
      ...options.data,
      train: isSource(train) ? train : givenTensors('data.train', train, waits),
      ...(validation !== undefined && validation !== null ? { validation: givenTensors('data.validation', validation, true) } : {}),
    },
  };
}

/** A copy of the groups. Throws a UsageError for anything but a list. */
export function ownGroups(where: string, groups: readonly ParameterGroup[]): ParameterGroup[] {
  if (!Array.isArray(groups)) throw new UsageError(`${where}: expected a list of groups, got ${show(groups)}`);
  return Array.from(groups, (group) => ({ ...group, match: Array.isArray(group?.match) ? [...group.match] : group?.match }));
}

/** Throws a UsageError unless each option is known and of its kind. What is left out has a default. */
function requireKinds(options: TrainerOptions<AnyModel>): void {
  const { model, loss, optimizer, share, probes } = options;
  if (!(model instanceof LiveModel)) requireModel('model', model);
  if (!Array.isArray((loss as Losses | undefined)?.parts)) requireLoss(loss);
  requireMethod('optimizer', optimizer, 'learningRateAt', 'an optimizer, as sgd({ learningRate }) makes it');
  if ((options.data as Partial<AnyDataset> | undefined)?.rows !== undefined)
    throw new UsageError('createTrainer: data: expected { train }, and got a data set: give it as { train }');
  readOptions<Options, typeof trainerOptions>('createTrainer', trainerOptions, options);
  if (model instanceof LiveModel && share !== undefined) throw new UsageError('share: this model lives already: share when it is created');
  if (probes !== undefined && probes !== null) readProbes(probes);
}

/** Checks what needs no graph and returns the numbers in a sample of a model of layers in a row. */
export function checkOptions(options: TrainerOptions<AnyModel>): number {
  if (options.accumulate !== undefined) requireInteger('accumulate: batches', options.accumulate.batches);
  if (typeof options.onNonFinite === 'object') options.onNonFinite.check(options.data);
  const { model, data } = options;
  if (data) requireInteger('data.train.rows', data.train.rows);
  if (model instanceof LiveModel || model.kind === 'model') return 0;
  const column = data && infoOf(data.train)[X];
  if (data && !column)
    throw new DataError(`data.train: the tensor ${X} is missing: layers in a row take it; there are ${Object.keys(infoOf(data.train)).join(', ')}`);
  const features = column ? sizeOf(column.shape) : options.features;
  requireInteger('features', features);
  return features;
}

/** What is wrong with the targets of a data set, for `wrongTargets` to say; undefined for nothing. Throws DataError for other faults. Nothing is awaited here: data are as they were at the call. */
export function checkData(
  { train, validation }: NonNullable<TrainerOptions['data']>,
  { parts, types, outputs }: Pick<ReturnType<typeof batchTypes>, 'parts' | 'types' | 'outputs'>,
): WrongTargets | undefined {
  const rules = targetRules(parts, outputs);
  const own: Record<string, TensorType> = Object.fromEntries(Object.entries(types).filter(([name]) => !rules.has(name)));
  for (const [name, set] of Object.entries({ train, validation })) {
    if (!set) continue;
    const info = infoOf(set);
    checkColumns(`data.${name}`, isSource(set) ? info : columnsOf(set), own);
    for (const [target, { loss, rule, outputs: width }] of [...rules].flatMap(([name, each]) => each.map((one) => [name, one] as const))) {
      const [column, expected] = [info[target], sampleSize(types[target]!)];
      // Rows set apart may show fewer classes.
      const classes = column?.classes ?? width;
      const wrongClasses = rule === CLASS_INDEX && (name === 'train' ? classes !== width : classes > width);
      if (!column || sizeOf(column.shape) !== expected || wrongClasses || isAlwaysRight(rule, width))
        return { where: `data.${name}`, target, loss, rule, column, expected, width };
    }
  }
  for (const [name, set] of Object.entries({ train, validation })) if (set && !isSource(set)) checkNumbers(`data.${name}`, columnsOf(set), types, rules);
  return undefined;
}
