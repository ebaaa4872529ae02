// Runs a document on an engine, from data to evaluation. The command line's page, the demo's worker and the tests call this.
import type { Engine } from '../engine.ts';
import type { AdapterSummary } from '../gpu/device.ts';
import type { CheckRecord, History, LayerInfo, StepRecord } from '../inspect/history.ts';
import { summary } from '../nn/sequential.ts';
import type { Evaluation } from '../train/evaluator.ts';
import type { Trainer } from '../train/trainer.ts';
import { fitOptions, trainerOptions } from './build.ts';
import { loadData, type ReadFile, type Splits, varianceOfTargets } from './data.ts';
import type { Experiment } from './document.ts';

export interface RunOptions {
  /** Gives the text of a file that the document names; needed for CSV paths and the digits (`digits-train.csv`, `digits-test.csv`). */
  read?: ReadFile;
  /** Ends the run early, with what there is. */
  signal?: AbortSignal;
  /** Called once, before the first step. */
  onStart?(start: RunStart): void;
  onSteps?(records: StepRecord[]): void;
  onCheck?(record: CheckRecord): void;
}

export interface RunStart {
  layers: LayerInfo[];
  task?: History['task'];
  histogramEdges?: number[];
  /** Rows of each part. */
  rows: { train: number; validation: number; test: number };
  /** Steps that the run will take at most. */
  steps: number;
  stepsPerEpoch: number;
  /** The model as a table of text. */
  summary: string;
  /** Mean of x² over the training part: where the theory's recursion starts. */
  inputMeanSquare: number;
}

/** Why a run ended. */
export type Ended = 'finished' | 'early_stopping' | 'non_finite' | 'aborted';

export interface RunResult {
  document: Experiment;
  adapter: AdapterSummary;
  start: RunStart;
  history: History;
  ended: Ended;
  /** Evaluated at the end, in inference mode, after early stopping went back to the best. */
  train: Evaluation;
  validation?: Evaluation;
  test?: Evaluation;
  /** Wall clock of the steps and validations; building and compiling are not in it. */
  milliseconds: number;
  msPerStep: number;
  /** Dispatches of a step, pipelines, bytes on the GPU. */
  counts: { dispatches: number; pipelines: number; bytes: number };
}

/**
 * Trains and evaluates a parsed document. Ends by itself, by early stopping, at the first non-finite step, or by `signal`.
 * Rejects with DataError, ShapeError, UsageError, KernelError or DeviceError; a non-finite run is no error.
 */
export async function runExperiment(engine: Engine, document: Experiment, options: RunOptions = {}): Promise<RunResult> {
  const data = await loadData(document, options.read);
  const trainer = await engine.createTrainer(trainerOptions(document, data));
  try {
    return await trainAndEvaluate(trainer, data, engine.adapter, document, options);
  } finally {
    trainer.destroy();
  }
}

async function trainAndEvaluate(trainer: Trainer, data: Splits, adapter: AdapterSummary, document: Experiment, options: RunOptions): Promise<RunResult> {
  const { signal, onSteps, onCheck } = options;
  const fit = fitOptions(document);
  const steps = fit.steps ?? Math.ceil(fit.epochs! * trainer.stepsPerEpoch);
  const { model } = trainerOptions(document, data);
  const { task, histogramEdges } = trainer.history;
  if (task && (document.loss === 'mse' || (typeof document.loss === 'object' && document.loss.name === 'mse'))) task.chance = varianceOfTargets(data.train);
  const start: RunStart = {
    layers: trainer.history.layers,
    ...(task ? { task } : {}),
    ...(histogramEdges ? { histogramEdges } : {}),
    rows: { train: data.train.rows, validation: data.validation?.rows ?? 0, test: data.test?.rows ?? 0 },
    steps,
    stepsPerEpoch: trainer.stepsPerEpoch,
    summary: summary(model, data.train.features),
    inputMeanSquare: data.train.x.reduce((sum, x) => sum + x * x, 0) / data.train.x.length,
  };
  options.onStart?.(start);
  const begun = performance.now();
  const history = await trainer.fit({ ...fit, ...(signal ? { signal } : {}), ...(onSteps ? { onSteps } : {}), ...(onCheck ? { onCheck } : {}) });
  const milliseconds = performance.now() - begun;
  return {
    document,
    adapter,
    start,
    history,
    ended: history.nonFinite ? 'non_finite' : signal?.aborted ? 'aborted' : trainer.steps < steps ? 'early_stopping' : 'finished',
    train: await trainer.evaluate(data.train),
    ...(data.validation ? { validation: await trainer.evaluate(data.validation) } : {}),
    ...(data.test ? { test: await trainer.evaluate(data.test) } : {}),
    milliseconds,
    msPerStep: milliseconds / Math.max(1, trainer.steps),
    counts: trainer.counts,
  };
}
