// Reading a history: the few questions that several rules ask.
import * as format from '../../format.ts';
import { ACTIVATIONS, type Activation, type ActivationName } from '../../ops/activation_table.ts';
import { baselineOf } from '../facts.ts';
import type { History, LayerInfo, LayerRecord, TensorKind, TensorStats, ValidationRecord } from '../history.ts';
import { type HistoryPlace, notFrozen, placesOf } from '../places.ts';
import { type SampledMetric, type SampledStep, type Steps, WINDOW } from '../steps.ts';

/** The median; undefined for none. */
export function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** A number for a sentence: two digits, 1.2e-7, 34 or 1.4e+9. */
export const figure = (x: number): string => format.figure(x, { digits: 2, min: 0, max: 1e6 });

/** A share for a sentence: 43 %. */
export function percent(fraction: number): string {
  return `${figure(fraction * 100)} %`;
}

/** Statistics of a tensor, where they were taken and every element was finite. */
export function cleanStats(record: LayerRecord | undefined, kind: TensorKind): TensorStats | undefined {
  const stats = record?.tensors[kind];
  return stats && stats.count !== 0 && stats.nanCount === 0 && stats.infCount === 0 ? stats : undefined;
}

/** One of ours by its name; undefined for a function of one's own. */
export const activationOf = (name: string): Activation | undefined => (Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name as ActivationName] : undefined);

/** The hidden layers and joins that are not frozen, in the order of computation. */
export function hiddenPlaces(history: History): HistoryPlace[] {
  return placesOf(history).filter((place) => place.role === 'hidden' && notFrozen(place));
}

/** The layers alone: where there is a weight. */
export function layerPlaces(history: History): (HistoryPlace & { layer: LayerInfo })[] {
  return placesOf(history).filter((place): place is HistoryPlace & { layer: LayerInfo } => place.layer !== undefined);
}

const shows = ({ layers, joins = [] }: SampledStep, figure: SampledMetric): boolean =>
  [...layers, ...joins].some((place) => (place.tensors[figure as TensorKind] ?? place[figure as 'deadFraction']) !== undefined);

/** What `latestSampled` found, of histories as they are: rules ask for it once for each of thousands of layers. */
const found = new WeakMap<Steps, { revision: number; looks: Map<SampledMetric, SampledStep[]> }>();

/** The last looks that show a figure, oldest first. The looks of a run all show the same, and its last ones are kept; a file keeps all. */
function lastLooks(history: History, figure: SampledMetric): SampledStep[] {
  const { steps } = history;
  let known = found.get(steps);
  if (known?.revision !== steps.revision) {
    known = { revision: steps.revision, looks: new Map() };
    found.set(steps, known);
  }
  const looks = known.looks.get(figure) ?? latestSampled(history, figure);
  known.looks.set(figure, looks);
  return looks;
}

/** The same of those that fit, looked for anew. */
export function latestSampled({ steps }: History, figure: SampledMetric, fits: (look: SampledStep) => boolean = () => true): SampledStep[] {
  const looks: SampledStep[] = [];
  if (steps.digest.figures.has(figure)) steps.findSampled((look) => shows(look, figure) && fits(look) && looks.unshift(look) === WINDOW);
  return looks;
}

/** Whether a step was finite: at one that was not, some layers may be, and nothing was changed. */
export const wasFinite = ({ loss, gradientNorm = 0 }: SampledStep): boolean => Number.isFinite(loss) && Number.isFinite(gradientNorm);

/** The largest learning rate of the first so many steps; undefined where the history does not say it. */
export function largestRate({ steps }: History, count = steps.length): number | undefined {
  const largest = steps.learningRate.subarray(0, count).reduce((max, rate) => (rate > max ? rate : max), -1);
  return largest < 0 ? undefined : largest;
}

/** `With a learning rate of 0.1`, to begin a sentence. */
export const withRate = (rate: number | undefined): string => (rate === undefined ? 'With this learning rate' : `With a learning rate of ${figure(rate)}`);

/** The first look that shows a figure. */
export function firstSampled({ steps }: History, figure: SampledMetric): SampledStep | undefined {
  if (steps.digest.figures.has(figure)) for (const look of steps.sampled()) if (shows(look, figure)) return look;
  return undefined;
}

/**
 * The median of a number of one layer or join over the last looks that show the figure, with the last step; undefined for none. Looks for which `read` gives
 * nothing, or NaN, are left out.
 */
export function latest(
  history: History,
  { recordOf }: HistoryPlace,
  figure: SampledMetric,
  read: (record: LayerRecord, look: SampledStep) => number | undefined,
): { step: number; value: number } | undefined {
  const values = lastLooks(history, figure).flatMap((look) => {
    const record = recordOf(look);
    const value = record && read(record, look);
    return value === undefined || Number.isNaN(value) ? [] : [{ step: look.step, value }];
  });
  const value = median(values.map((entry) => entry.value));
  return value === undefined ? undefined : { step: values.at(-1)!.step, value };
}

/** The loss of the best constant answer, what a network that knows nothing of its inputs comes to; undefined where the history does not say what its targets are. */
export const yardstick = ({ facts, task }: History): number | undefined => baselineOf(facts ?? {}) ?? task?.baselineLoss;

/**
 * The loss of knowing nothing: the yardstick, else ln(classes), else the loss that the run began with (the median of its first three
 * steps). Undefined where none is known: the history of a resumed run may begin anywhere.
 */
export function startingLoss(history: History): number | undefined {
  const known = yardstick(history);
  if (known !== undefined) return known;
  const { task, steps, averaged } = history;
  if (task?.kind === 'classification' && task.classes !== undefined) return Math.log(Math.max(2, task.classes));
  if (averaged || (steps.numbers[0] ?? 0) > 10) return undefined;
  const first: number[] = [];
  for (const loss of steps.loss) {
    if (Number.isFinite(loss)) first.push(loss);
    if (first.length === 3) break;
  }
  return median(first);
}

/** The same of the validation rows, where it is known of them: what knowing nothing costs there. */
export const startingValidationLoss = (history: History): number | undefined =>
  baselineOf(history.facts ?? {}, 'validationBaselineLoss') ?? startingLoss(history);

/** The latest loss of the validation rows (median of up to three) as a share of that of knowing nothing; undefined where there are none, or nothing to compare. */
export function validationFraction(history: History): number | undefined {
  const start = startingValidationLoss(history);
  const unseen = median(
    comparable(history)
      .slice(-3)
      .map(({ validationLoss }) => validationLoss),
  );
  return unseen !== undefined && start !== undefined && start > 0 ? unseen / start : undefined;
}

/**
 * The latest loss (median of up to ten steps) as a share of the starting loss: about 1 and more where nothing was learned, near 0 where it
 * converged. Infinity where it is not finite, undefined where there is nothing to compare.
 */
export function lossFraction(history: History): number | undefined {
  const start = startingLoss(history);
  const now = median(Array.from(history.steps.loss.subarray(-10), (loss) => (Number.isFinite(loss) ? loss : Number.POSITIVE_INFINITY)));
  return start !== undefined && start > 0 && now !== undefined ? now / start : undefined;
}

/**
 * The validation passes whose losses can be compared: NaN and -Infinity are no losses, neither the best nor the latest, and what early stopping took back says
 * nothing of the model that is kept.
 */
export const comparable = ({ validations, keptStep = Infinity }: History): ValidationRecord[] =>
  validations.filter(({ step, trainLoss, validationLoss }) => step <= keptStep && trainLoss + validationLoss > -Infinity);

/** At or below this fraction of the starting loss a network has learned, and odd gradients do no harm. */
const LEARNED = 0.1;

/** Whether the network has learned, judging by its loss; false if there is none. */
export function hasLearned(fraction: number | undefined): boolean {
  return fraction !== undefined && fraction <= LEARNED;
}

/** The share as evidence, where there is one that can be written down. */
export function fractionEvidence(fraction: number | undefined): { lossFraction?: number } {
  return fraction !== undefined && Number.isFinite(fraction) ? { lossFraction: fraction } : {};
}
