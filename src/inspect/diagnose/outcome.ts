// How a run ended, against the best constant answer. Rules about causes in data, labels and structure speak only where it ended badly: odd inputs alone are no fault.
import type { OutputFacts } from '../facts.ts';
import type { History } from '../history.ts';
import { median, startingLoss, validationFraction } from './read.ts';
import { type CannotJudge, type Found, NO_START, type Severity, unchecked } from './rule.ts';

/** From this share of the variance on, a run has learned too little: less than half of what there was to learn. */
const POOR = 0.5;
/** From this share on, it has learned nothing. */
const NOTHING = 0.9;

/** The share of the loss that a share of the variance comes to: the mean absolute error is the root of a square, and three quarters of the variance are gone where it is halved. */
const asLoss = (share: number, { facts }: History): number => (facts?.outputs?.every(({ loss }) => loss === 'mae') ? Math.sqrt(share) : share);

/** From this share of the loss of knowing nothing on, a run has learned less than half of what there was to learn. */
export const poorFrom = (history: History): number => asLoss(POOR, history);

/**
 * The loss at the end as a share of that of the best constant answer, on the training or the validation rows, where it is lower: dropout raises the one,
 * overfitting the other. Infinity for a run that turned non-finite; undefined where there is nothing to compare.
 */
export function endFraction(history: History): number | undefined {
  if (history.nonFinite) return Number.POSITIVE_INFINITY;
  const start = startingLoss(history);
  const training = lastPass(history);
  if (start === undefined || !(start > 0) || training === undefined) return undefined;
  return Math.min(training / start, validationFraction(history) ?? Number.POSITIVE_INFINITY);
}

/** The mean loss of the last pass over the rows: where a class is rare, most batches have none of it, and a median would leave it out. */
function lastPass({ steps, facts }: History): number | undefined {
  const { rows = 0, batchSize = 1 } = facts?.training ?? {};
  const losses = steps.loss.subarray(-Math.max(10, Math.min(Math.ceil(rows / batchSize), steps.length >> 1)));
  if (losses.length === 0) return undefined;
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  return Number.isNaN(mean) ? Number.POSITIVE_INFINITY : mean;
}

/** How grave a cause is by what became of the run: severe where nothing was learned, warn where it was less than half; undefined where the run learned. */
export function gravity(history: History): Extract<Severity, 'severe' | 'warn'> | undefined {
  const fraction = endFraction(history);
  if (fraction === undefined || fraction < poorFrom(history)) return undefined;
  return fraction >= asLoss(NOTHING, history) ? 'severe' : 'warn';
}

/**
 * Which share of the right answers that the most frequent class leaves is given on new rows (median of the last three checks), however large the loss: few that are
 * surely wrong make all of it. Less than `least` rows in a hundred are none: the new rows may have more of that class. 0 where it is not known.
 */
export function rightAnswers({ facts, validations }: History, least = 0): number {
  const known = facts?.outputs?.length === 1 ? facts.outputs[0]!.baselineAccuracy : undefined;
  const right = median(validations.slice(-3).flatMap(({ validationAccuracy }) => validationAccuracy ?? []));
  return known !== undefined && known < 1 && right !== undefined && 100 * (right - known) >= least ? (right - known) / (1 - known) : 0;
}

/** What rules answer that need to know the targets. */
export const NO_TARGETS = 'the history does not say what its targets are';

/** Whether the run learned more than half of what there is. */
export const learnedHalf = (history: History): boolean => (endFraction(history) ?? Number.POSITIVE_INFINITY) < poorFrom(history);

/**
 * What most rules about causes do first: nothing where the run learned, and `unchecked` where the history does not say what it is made of, or what knowing
 * nothing costs.
 *
 * @param history - The run.
 * @param facts - What the rule needs to know, undefined where the history does not say it.
 * @param what - What that is, as it fits after 'the history does not say what its ... are'.
 * @param judge - Finds, in a run that learned less than half of what there is.
 */
export function ofPoorRuns<Facts, Finding extends Found>(
  history: History,
  facts: Facts | undefined,
  what: string,
  judge: (facts: Facts, severity: 'severe' | 'warn') => Finding[],
): Finding[] | CannotJudge {
  const fraction = endFraction(history);
  if (fraction !== undefined && fraction < poorFrom(history)) return [];
  if (facts === undefined) return unchecked(`the history does not say what its ${what} are`);
  const severity = gravity(history);
  return severity ? judge(facts, severity) : NO_START;
}

/** Whether the loss of a run has gone nowhere near infinity: where it has, the steps were too large, whatever else there is. The first loss came before any step. */
export function staysFinite(history: History): boolean {
  return history.steps.length < 2 || (endFraction(history) ?? Number.POSITIVE_INFINITY) < 2;
}

/** The words for how a run ended, for a sentence: `the loss is 1.2 times that of the best constant answer`. */
export function endWords(history: History, figure: (value: number) => string): string {
  const fraction = endFraction(history);
  if (fraction === undefined) return 'how much was learned is unknown';
  return Number.isFinite(fraction) ? `the loss is ${figure(fraction)} times that of the best constant answer` : 'the loss is no longer finite';
}

/** The share as evidence, where it is a number. */
export function endEvidence(history: History): { lossFraction?: number } {
  const fraction = endFraction(history);
  return fraction !== undefined && Number.isFinite(fraction) ? { lossFraction: fraction } : {};
}

/** The outputs whose targets are known. */
export function knownOutputs({ facts }: History): (OutputFacts & Required<Pick<OutputFacts, 'targets'>>)[] {
  return (facts?.outputs ?? []).filter((output): output is OutputFacts & Required<Pick<OutputFacts, 'targets'>> => output.targets !== undefined);
}

/** Losses of numbers, where the answer should be as large as the target. */
export const ofNumbers = ({ loss }: Pick<OutputFacts, 'loss'>): boolean => ['mse', 'mae', 'huber'].includes(loss);

/** The same, undefined where no output is known. */
export function outputsOf(history: History): ReturnType<typeof knownOutputs> | undefined {
  const known = knownOutputs(history);
  return known.length > 0 ? known : undefined;
}

/** What any network shows that learns nothing, whatever the cause: findings that follow from a cause in data, labels, output layer or penalty. */
export const SYMPTOMS: readonly string[] = [
  'learning_rate_too_high',
  'learning_rate_too_low',
  'non_finite',
  'vanishing_with_depth',
  'exploding_with_depth',
  'absolutely_tiny',
  'absolutely_huge',
  'gradient_spikes',
  'weights_grow',
  'loss_diverges',
  'loss_spikes',
  'weights_stay',
  'forward_scale',
  'dead_units',
  'saturated',
  'rank_collapse',
  'update_size',
  'random_targets',
  'class_imbalance',
  'one_class_only',
  'classes_left_out',
  'loss_stuck',
  'loss_oscillating',
  'overfitting',
  'overtraining',
];

/** What follows where weights hardly move: too low a rate, or units that let no gradient pass. */
export const STANDS_STILL: readonly string[] = [
  'absolutely_tiny',
  'update_size/small',
  'weights_stay',
  'one_class_only',
  'classes_left_out',
  'class_imbalance',
  'random_targets',
  'loss_stuck',
  'overfitting',
  'overtraining',
];
