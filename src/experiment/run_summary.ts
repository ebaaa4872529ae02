// The few numbers that sum a run up: for tables, for treat and for the claims.
import { requireObject } from '../errors.ts';
import type { History, LayerRecord, StepRecord } from '../inspect/history.ts';
import { type HistoryPlace, hiddenTrunk, placesOf } from '../inspect/places.ts';
import { readHistory } from '../inspect/read_history.ts';
import type { RunResult } from './run.ts';

/** The few numbers that sum up a run, for tables and comparisons; NaN for what is not known. */
export interface RunSummary {
  /** Step at which the run turned non-finite; 0 where it did not. */
  nonFiniteStep: number;
  /** Data loss at the first step, and the mean of the last tenth of the steps. */
  firstLoss: number;
  /** Mean data loss over the last tenth of the steps. */
  lastLoss: number;
  /** The least loss of any step. */
  leastLoss: number;
  /** rms delta of the first place of the hidden trunk over that of the last one, at the first probed step and at the last. */
  firstDeltaRatio: number;
  /** The same at the last probed step. */
  lastDeltaRatio: number;
  /** L2 norm of the first layer's weight gradient, likewise. */
  firstGradient: number;
  /** The same at the last probed step. */
  lastGradient: number;
  /** Norm of the gradient over all parameters, likewise. */
  firstGlobalNorm: number;
  /** The same at the last step. */
  lastGlobalNorm: number;
  /** Evaluated at the end; NaN where there is none. */
  trainLoss: number;
  /** Loss on the validation part at the end. */
  validationLoss: number;
  /** Accuracy on the training part at the end, from 0 to 1. */
  trainAccuracy: number;
  /** Accuracy on the validation part at the end, from 0 to 1. */
  validationAccuracy: number;
  /** Accuracy on the test part at the end, from 0 to 1. */
  testAccuracy: number;
  /** rms of the output layer's z at the first probed step. */
  firstOutput: number;
  /** Validation passes that were made. */
  validations: number;
  /** Steps in the history. */
  steps: number;
  /** Wall clock of the steps and validations. */
  milliseconds: number;
  /** The same per step. */
  msPerStep: number;
}

export const FIGURE_NAMES = [
  'nonFiniteStep',
  'firstLoss',
  'lastLoss',
  'leastLoss',
  'firstDeltaRatio',
  'lastDeltaRatio',
  'firstGradient',
  'lastGradient',
  'firstGlobalNorm',
  'lastGlobalNorm',
  'trainLoss',
  'validationLoss',
  'trainAccuracy',
  'validationAccuracy',
  'testAccuracy',
  'firstOutput',
  'validations',
  'steps',
  'milliseconds',
  'msPerStep',
] as const satisfies (keyof RunSummary)[];
export type FigureName = (typeof FIGURE_NAMES)[number];

/**
 * Sums up a run in a few numbers.
 *
 * @param result - From `runExperiment`.
 * @returns The numbers; NaN for what is not known.
 * @throws UsageError for what is no result of a run.
 * @example
 * const { lastLoss, testAccuracy } = summaryOf(await runExperiment(engine, experiment));
 */
export function summaryOf(result: RunResult): RunSummary {
  requireObject('summaryOf', result, 'the result of a run, as runExperiment gives it');
  const history = readHistory('summaryOf: history', result.history);
  requireObject('summaryOf: train', result.train, 'an evaluation');
  const { steps } = history;
  const [[first], last] = [steps.sampled(), steps.findSampled()];
  const tail = steps.loss.subarray(-Math.max(1, Math.floor(steps.length / 10)));
  return {
    nonFiniteStep: history.nonFinite?.step ?? 0,
    firstLoss: steps.at(0)?.loss ?? Number.NaN,
    lastLoss: tail.reduce((sum, loss) => sum + loss, 0) / tail.length,
    leastLoss: steps.loss.reduce((min, loss) => Math.min(min, loss), Number.POSITIVE_INFINITY),
    firstDeltaRatio: deltaRatio(history, first),
    lastDeltaRatio: deltaRatio(history, last),
    firstGradient: firstLayer(history, first)?.tensors.weight_gradient?.l2 ?? Number.NaN,
    lastGradient: firstLayer(history, last)?.tensors.weight_gradient?.l2 ?? Number.NaN,
    firstGlobalNorm: steps.at(0)?.gradientNorm ?? Number.NaN,
    lastGlobalNorm: steps.at(-1)?.gradientNorm ?? Number.NaN,
    trainLoss: result.train.loss,
    validationLoss: result.validation?.loss ?? Number.NaN,
    trainAccuracy: result.train.accuracy ?? Number.NaN,
    validationAccuracy: result.validation?.accuracy ?? Number.NaN,
    testAccuracy: result.test?.accuracy ?? Number.NaN,
    firstOutput: (first && outputOf(history)?.recordOf(first)?.tensors.z?.rms) ?? Number.NaN,
    validations: history.validations.length,
    steps: steps.length,
    milliseconds: result.milliseconds,
    msPerStep: result.msPerStep,
  };
}

/**
 * Computes how much smaller (or larger) the gradient is at the first layer than at the last: the rms delta of the first place of the hidden trunk over that of
 * the last one.
 *
 * @param history - The history of the run.
 * @param record - A step with the statistics of its layers.
 * @returns The ratio; 1 where there is but one place, NaN where either is missing.
 * @throws UsageError for what is no history or no record.
 * @example
 * const [first] = history.steps.sampled();
 * console.log(deltaRatio(history, first)); // far below 1: the gradient vanishes
 */
export function deltaRatio(history: History, record: StepRecord | undefined): number {
  if (record !== undefined) requireObject('deltaRatio: record', record, 'the record of a step');
  const [first, last] = endDeltas(readHistory('deltaRatio', history), record);
  return first / last;
}

/** rms delta of the first and of the last place of the hidden trunk: layers that every path passes, and sums of blocks. NaN where it is missing. */
export function endDeltas(history: History, record: StepRecord | undefined): [number, number] {
  const trunk = hiddenTrunk(history);
  const rms = (place: HistoryPlace | undefined): number => (record && place?.recordOf(record)?.tensors.delta?.rms) ?? Number.NaN;
  return [rms(trunk[0]), rms(trunk.at(-1))];
}

/** The first layer of the trunk, or where all are in branches the first of them. */
function firstLayer(history: History, record: StepRecord | undefined): LayerRecord | undefined {
  const layers = placesOf(history).filter(({ layer }) => layer);
  return record && (layers.find(({ trunk }) => trunk) ?? layers[0])?.recordOf(record);
}

/** Where the model's output is seen. */
function outputOf(history: History): HistoryPlace | undefined {
  const places = placesOf(history);
  return places.findLast(({ role }) => role === 'output') ?? places.at(-1);
}
