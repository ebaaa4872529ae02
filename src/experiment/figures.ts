// The few numbers that sum a run up: for tables, for treat and for the claims.
import type { History, LayerRecord, StepRecord } from '../inspect/history.ts';
import type { RunResult } from './run.ts';

export interface Figures {
  /** Step at which the run turned non-finite; 0 where it did not. */
  nonFiniteStep: number;
  /** Data loss at the first step, and the mean of the last tenth of the steps. */
  firstLoss: number;
  lastLoss: number;
  /** The least loss of any step. */
  leastLoss: number;
  /** rms delta of the first hidden layer over that of the last one, at the first probed step and at the last. */
  firstDeltaRatio: number;
  lastDeltaRatio: number;
  /** L2 norm of the first layer's weight gradient, likewise. */
  firstGradient: number;
  lastGradient: number;
  /** Norm of the gradient over all parameters, likewise. */
  firstGlobalNorm: number;
  lastGlobalNorm: number;
  /** Evaluated at the end; NaN where there is none. */
  trainLoss: number;
  validationLoss: number;
  trainAccuracy: number;
  validationAccuracy: number;
  testAccuracy: number;
  /** rms of the output layer's z at the first probed step. */
  firstOutput: number;
  /** Validation passes that were made. */
  checks: number;
  steps: number;
  milliseconds: number;
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
  'checks',
  'steps',
  'milliseconds',
  'msPerStep',
] as const satisfies (keyof Figures)[];
export type FigureName = (typeof FIGURE_NAMES)[number];

/** The figures of a run. What cannot be known is NaN. */
export function figuresOf(result: RunResult): Figures {
  const { history } = result;
  const { steps } = history;
  const probed = steps.filter((record) => record.layers);
  const tail = steps.slice(-Math.max(1, Math.floor(steps.length / 10)));
  return {
    nonFiniteStep: history.nonFinite?.step ?? 0,
    firstLoss: steps[0]?.loss ?? Number.NaN,
    lastLoss: tail.reduce((sum, record) => sum + record.loss, 0) / tail.length,
    leastLoss: steps.reduce((least, record) => Math.min(least, record.loss), Number.POSITIVE_INFINITY),
    firstDeltaRatio: deltaRatio(history, probed[0]),
    lastDeltaRatio: deltaRatio(history, probed.at(-1)),
    firstGradient: firstLayer(probed[0])?.tensors.weight_gradient?.l2 ?? Number.NaN,
    lastGradient: firstLayer(probed.at(-1))?.tensors.weight_gradient?.l2 ?? Number.NaN,
    firstGlobalNorm: steps[0]?.gradientNorm ?? Number.NaN,
    lastGlobalNorm: steps.at(-1)?.gradientNorm ?? Number.NaN,
    trainLoss: result.train.loss,
    validationLoss: result.validation?.loss ?? Number.NaN,
    trainAccuracy: result.train.accuracy ?? Number.NaN,
    validationAccuracy: result.validation?.accuracy ?? Number.NaN,
    testAccuracy: result.test?.accuracy ?? Number.NaN,
    firstOutput: probed[0]?.layers?.at(-1)?.tensors.z?.rms ?? Number.NaN,
    checks: history.checks.length,
    steps: steps.length,
    milliseconds: result.milliseconds,
    msPerStep: result.msPerStep,
  };
}

/** rms delta of the first hidden layer over that of the last hidden layer; NaN where either is missing. 1 for one hidden layer. */
export function deltaRatio(history: History, record: StepRecord | undefined): number {
  const [first, last] = endDeltas(history, record);
  return first / last;
}

/** rms delta of the first and of the last hidden layer; NaN where it is missing. */
export function endDeltas(history: History, record: StepRecord | undefined): [number, number] {
  const hidden = history.layers.flatMap((layer, i) => (layer.role === 'hidden' ? (record?.layers?.[i] ?? []) : []));
  return [hidden[0]?.tensors.delta?.rms ?? Number.NaN, hidden.at(-1)?.tensors.delta?.rms ?? Number.NaN];
}

const firstLayer = (record: StepRecord | undefined): LayerRecord | undefined => record?.layers?.[0];
