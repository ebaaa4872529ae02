// Runs a document on an engine, from data to evaluation. The command line's page, the demo's worker and the tests call this.

import type { DataSummary } from '../data/csv_summary.ts';
import type { Dataset } from '../data/dataset.ts';
import type { Engine } from '../engine.ts';
import { DataError, requireMethod, UsageError } from '../errors.ts';
import type { AdapterSummary } from '../gpu/device.ts';
import { baselineOf, type RunFacts } from '../inspect/facts.ts';
import type { History, JoinInfo, LayerInfo, Recovery, StepRecord, ValidationRecord } from '../inspect/history.ts';
import { readDocument, readShared } from '../io/checkpoint.ts';
import { summary } from '../nn/sequential.ts';
import { FUNCTION, type OptionTable, objectWith, readOptions } from '../option_table.ts';
import { averageOf } from '../train/average.ts';
import { type Evaluation, predictedClasses } from '../train/evaluation.ts';
import { restore, save } from '../train/files.ts';
import { type CheckpointOptions, checkpointOptions, keepCheckpoints } from '../train/keep_checkpoints.ts';
import type { RunStatus } from '../train/loop.ts';
import type { Trainer, TrainOptions } from '../train/trainer.ts';
import { fitOptions, trainerOptions } from './build.ts';
import { requireShallow } from './check.ts';
import { DEFAULT_SEED, type LoadedData, loadData, type ReadFile, type Splits } from './data.ts';
import { factsOf } from './diagnose.ts';
import type { Experiment } from './document.ts';
import { type InputMoments, meanSquareOf, measureInputs } from './predict.ts';
import { predictionsOf, type RowPredictions } from './row_predictions.ts';
import { givenExperiment } from './schema.ts';

/** What `runExperiment` takes beside the document: files, callbacks, and where to begin. */
export interface RunOptions {
  /** Gives a file that the document names; needed for CSV and IDX paths and the digits (`digits-train.csv`, `digits-test.csv`). None by default. */
  read?: ReadFile;
  /** A checkpoint of such a run to go on from: what follows has the bits of a run that was never interrupted. By default the run begins at step 0. */
  resume?: Uint8Array;
  /**
   * A saved model, or a checkpoint, to begin with, for fine-tuning: its weights go to the layers of the same path; the others start as usual. None by default.
   */
  weights?: Uint8Array;
  /** Checkpoints during the run, with `write` to take them; none by default. */
  checkpoint?: RunCheckpoints;
  /** Takes the file of the model at the end (after early stopping, of the best): parameters, running statistics and the document. */
  save?(file: Uint8Array): unknown;
  /** Ends the run early, with what there is, when aborted; none by default. */
  signal?: AbortSignal;
  /** Called with what was understood of the data (not of the digits, which are known), before the model is built; `summaryText` puts it into lines. */
  onData?(summary: DataSummary): void;
  /** Called once, before the first step. */
  onStart?(start: RunStart): void;
  /** Called with the records of steps that were submitted together, in order. */
  onSteps?(records: StepRecord[]): void;
  /** Called after each validation. */
  onValidation?(record: ValidationRecord): void;
  /** Steps after `to` are discarded and taken again. */
  onRecovery?(recovery: Recovery): void;
  /** Called where the run ended at a step that is not finite, before its trainer is destroyed: `explainStep` of `fathom-webgpu/verify` says who did it. */
  onNonFinite?(trainer: Trainer): unknown;
}

const { document: _, ...kept } = checkpointOptions;
const RUN_CHECKPOINTS = { ...kept, write: { ...FUNCTION, required: true } } as const satisfies OptionTable<RunCheckpoints>;

const OPTIONS = {
  read: FUNCTION,
  resume: { type: 'object', expected: 'the bytes of a checkpoint', accepts: (value) => ArrayBuffer.isView(value) },
  weights: { type: 'object', expected: 'the bytes of a saved model', accepts: (value) => ArrayBuffer.isView(value) },
  checkpoint: { type: 'record', options: RUN_CHECKPOINTS },
  save: FUNCTION,
  signal: /* @__PURE__ */ objectWith('addEventListener', 'the signal of an AbortController'),
  onStart: FUNCTION,
  onData: FUNCTION,
  onSteps: FUNCTION,
  onValidation: FUNCTION,
  onRecovery: FUNCTION,
  onNonFinite: FUNCTION,
} as const satisfies OptionTable<RunOptions>;

/** Checkpoints on the way, at the end, and where the run is stopped by its signal. */
export type RunCheckpoints = Omit<CheckpointOptions, 'document' | 'write'> & Required<Pick<CheckpointOptions, 'write'>>;

export type { RunStatus } from '../train/loop.ts';

/** What is known of a run before its first step. */
export interface RunStart {
  /** The layers, in the order of computation. */
  layers: LayerInfo[];
  /** Where branches come together, if any do. */
  joins?: JoinInfo[];
  /** What the loss is about; absent where it is unknown. */
  task?: History['task'];
  /** What the run is made of: data, loss, options. */
  facts?: History['facts'];
  /** Edges of the histograms, where there are any. */
  histogramEdges?: number[];
  /** Rows of each part. */
  rows: { train: number; validation: number; test: number };
  /** Steps that the run will have taken at most. */
  steps: number;
  /** Steps that a resumed run had taken before. */
  from?: number;
  /** Steps of a pass over the training part. */
  stepsPerEpoch: number;
  /** The model as a table of text. */
  summary: string;
  /** Mean of x² over the training part: where the theory's recursion starts. */
  inputMeanSquare: number;
  /** Of a model that makes images of its rows: what theory needs of every position. */
  inputs?: InputMoments;
}

/** What a run gives: history, evaluations and timing. */
export interface RunResult {
  /** The document that was run. */
  document: Experiment;
  /** What it ran on. */
  adapter: AdapterSummary;
  /** What was understood of its data; absent of the digits, which are known. */
  data?: DataSummary;
  /** What was known before its first step. */
  start: RunStart;
  /** Everything recorded at its steps and validations. */
  history: History;
  /** Why it ended. */
  status: RunStatus;
  /** Evaluated at the end, in inference mode, after early stopping went back to the best. */
  train: Evaluation;
  /** The same of the validation part, where there is one. */
  validation?: Evaluation;
  /** The same of the test part, where there is one. */
  test?: Evaluation;
  /** What the model that is kept predicts for rows of the validation part, or of the training part where there is none: `tryRemedies` compares runs by it. */
  predictions?: RowPredictions;
  /** Wall clock of the steps and validations; building and compiling are not in it. */
  milliseconds: number;
  /** Milliseconds per step. */
  msPerStep: number;
  /** Dispatches of a step, pipelines, bytes on the GPU. */
  counts: { dispatches: number; pipelines: number; bytes: number };
}

/**
 * Trains and evaluates a parsed document. The run ends by itself, by early stopping, at the first non-finite step, or by `signal`.
 *
 * @param engine - From `createEngine`.
 * @param given - The document, as `parseExperiment` returns it.
 * @param options - `read` is needed for documents that name files; callbacks follow the run.
 * @returns History, evaluations and timing; a run that turned non-finite has `status: 'non_finite'`.
 * @throws UsageError for what is no experiment and for a wrong option; DataError for data that cannot be used; ShapeError, KernelError or DeviceError where
 *   the model cannot be built. A non-finite run is no error.
 * @example
 * const result = await runExperiment(engine, parseExperiment(json), { onValidation: ({ step, validationLoss }) => console.log(step, validationLoss) });
 * console.log(result.status, result.train.loss);
 */
export async function runExperiment(engine: Engine, given: Experiment, options: RunOptions = {}): Promise<RunResult> {
  requireMethod('runExperiment', engine, 'createTrainer', 'an engine, as createEngine makes it');
  const document = givenExperiment('runExperiment', given);
  readOptions<RunOptions, typeof OPTIONS>('runExperiment', OPTIONS, options);
  if (options.resume) checkSameRun(options.resume, document);
  const data = await loadData(document, options.read);
  if (data.summary) options.onData?.(data.summary);
  const trainer = await engine.createTrainer(trainerOptions(document, data));
  try {
    return await trainAndEvaluate(trainer, data, engine.adapter, document, options);
  } finally {
    trainer.destroy();
  }
}

/** Throws where a checkpoint is of a run on other data, or split by another seed: its shapes might fit all the same. */
function checkSameRun(file: Uint8Array, { data, seed }: Experiment): void {
  const before = readDocument(file) as Partial<Experiment> | null | undefined;
  if (!before) return;
  requireShallow("resume: the checkpoint's document", before);
  if ((before.seed ?? DEFAULT_SEED) !== (seed ?? DEFAULT_SEED))
    throw new DataError(`resume: the checkpoint is of a run with seed ${before.seed ?? DEFAULT_SEED}, the document has ${seed ?? DEFAULT_SEED}`);
  if (rowsOf(before.data) !== rowsOf(data)) throw new DataError('resume: the checkpoint is of a run on other data than the document has');
}

/** A data section as text, whatever the order of its keys. How rows come to the GPU does not change them. */
function rowsOf(data: unknown): string {
  const sorted = (value: object): object => Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  return JSON.stringify(data, (key, value) =>
    key === 'stream' ? undefined : value && typeof value === 'object' && !Array.isArray(value) ? sorted(value) : value,
  );
}

async function trainAndEvaluate(trainer: Trainer, data: LoadedData, adapter: AdapterSummary, document: Experiment, options: RunOptions): Promise<RunResult> {
  const file: Experiment = { ...document, fitted: data.fitted };
  const fit = fitOptions(document);
  const steps = trainer.stepsOf(fit);
  // What is resumed has its weights in its checkpoint.
  if (options.resume) restore(trainer, options.resume, fit.earlyStopping);
  else if (options.weights) trainer.setParameters(readShared(options.weights, trainer.model.weights.shapes()));
  const from = trainer.steps;
  if (from > 0 && from >= steps)
    throw new UsageError(`resume: the run is over, ${from} of its ${steps} steps were taken: raise training.epochs or training.steps`);
  const start = startOf(trainer, data, document, steps);
  options.onStart?.(start);
  const begun = performance.now();
  const status = await train(trainer, file, { ...fit, steps }, options);
  const milliseconds = performance.now() - begun;
  const { history } = trainer;
  if (status === 'non_finite') await options.onNonFinite?.(trainer);
  const average = trainer.options.average && (await averageOf(trainer));
  const { loss, metrics } = trainer.options;
  const evaluate = (set: Dataset): Promise<Evaluation> => (average ? average.evaluate(set, loss, undefined, metrics) : trainer.evaluate(set));
  // A run that was stopped before its first step has learnt nothing: its model might take the place of a good one.
  const untouched = status === 'aborted' && trainer.steps === from;
  if (options.save && !untouched) await options.save(await save(average ?? trainer, file));
  const evaluation = await evaluate(data.train);
  // The validations say it, where there are any.
  const predicted = predictedClasses(evaluation);
  if (predicted && history.validations.length === 0) history.predictedClasses = predicted;
  return {
    document,
    adapter,
    ...(data.summary ? { data: data.summary } : {}),
    start,
    history,
    status,
    train: evaluation,
    ...(data.validation ? { validation: await evaluate(data.validation) } : {}),
    ...(data.test ? { test: await evaluate(data.test) } : {}),
    predictions: await predictionsOf(average ?? trainer, data),
    milliseconds,
    msPerStep: milliseconds / Math.max(1, trainer.steps - from),
    counts: trainer.counts,
  };
}

/** Up to step `steps`, with checkpoints on the way; why it ended. */
async function train(trainer: Trainer, document: Experiment, fit: TrainOptions & { steps: number }, options: RunOptions): Promise<RunStatus> {
  const { signal, onSteps, onValidation, onRecovery, checkpoint } = options;
  const { epochs: _, steps, ...rest } = fit;
  const events = trainer.run({
    ...rest,
    steps: steps - trainer.steps,
    ...(signal ? { signal } : {}),
    ...(checkpoint ? { checkpoints: keepCheckpoints({ ...checkpoint, document }) } : {}),
  });
  let status = 'finished' as RunStatus;
  for await (const event of events) {
    if (event.type === 'steps') onSteps?.(event.records);
    if (event.type === 'validation') onValidation?.(event.record);
    if (event.type === 'recovered') onRecovery?.(trainer.history.recoveries!.at(-1)!);
    if (event.type === 'end') status = event.status;
  }
  // A resumed run continues from the last step; the best weights are evaluated and saved.
  if (status === 'aborted') fit.earlyStopping?.restore(trainer.history);
  return status;
}

/** What the run is made of, for its history too. */
function factsOfRun({ history }: Trainer, { optimizer }: Experiment): RunFacts {
  const facts = factsOf(history)!;
  if (optimizer.schedule) facts.training!.schedule = optimizer.schedule.name;
  const baselineLoss = baselineOf(facts);
  if (history.task && baselineLoss !== undefined) history.task.baselineLoss = baselineLoss;
  history.facts = facts;
  return facts;
}

function startOf(trainer: Trainer, data: Splits, document: Experiment, steps: number): RunStart {
  const { task, histogramEdges, layers, joins } = trainer.history;
  const inputs = measureInputs(document, data.train.x, data.train.features);
  return {
    layers,
    ...(joins ? { joins } : {}),
    ...(task ? { task } : {}),
    facts: factsOfRun(trainer, document),
    ...(histogramEdges ? { histogramEdges } : {}),
    rows: { train: data.train.rows, validation: data.validation?.rows ?? 0, test: data.test?.rows ?? 0 },
    steps,
    ...(trainer.steps > 0 ? { from: trainer.steps } : {}),
    stepsPerEpoch: trainer.stepsPerEpoch,
    summary: summary(trainer.model.description, data.train.features),
    inputMeanSquare: inputs?.meanSquare ?? meanSquareOf(data.train.x),
    ...(inputs ? { inputs } : {}),
  };
}
