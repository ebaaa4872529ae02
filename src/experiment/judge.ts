// Whether a treated model is better than the untreated one and than knowing nothing: row by row, on rows that neither was trained on.
//
// Both are judged by the loss of the untreated document, on predictions in the unit of the targets. Where the losses are of different kinds, as after a change from squared
// error to cross entropy, no loss is fair to both: there the fraction of wrong predictions is compared. Where the treated document weighs its classes, rows count as it
// says, for the untreated model and the best constant answer as well: who asks for rare classes is not answered by a loss that hardly has them. So it is with label
// smoothing: by a loss of labels that were smoothed until all classes are alike, who knows the right one does worse than who knows nothing.
import { figure, percent, quantity } from '../format.ts';
import { argmax, type Loss, type LossFeature } from '../nn/losses/loss.ts';
import { LOSSES } from '../nn/losses.ts';
import type { ElementwiseLoss } from '../ops/losses.ts';
import { MOST_LEVELS, nearestLevel } from './levels.ts';
import type { LossDocument, LossName } from './registry/losses.ts';
import { buildLoss } from './registry/losses.ts';
import type { RowPredictions } from './row_predictions.ts';

/** A model's predictions, and the loss that it was trained by. */
export interface Judged {
  readonly loss: LossName | LossDocument;
  readonly predictions: RowPredictions;
}

/** By what two runs are compared, and how they fared: means over the rows. */
export interface Comparison {
  /** What the numbers are: the loss of the untreated document, or the fraction of wrong predictions. */
  unit: 'loss' | 'error';
  /** The losses are mean squared errors of one column: their roots are in the unit of the targets, and are what is told. */
  root?: true;
  /** Rows that were compared. */
  rows: number;
  /** Of the treated model. */
  loss: number;
  /** Of the untreated model. */
  untreatedLoss: number;
  /** Of the best constant answer on these rows. */
  baselineLoss: number;
  /** Lower than the untreated model's by more than two standard errors of the difference. */
  beatsUntreated: boolean;
  /** Lower than that of the best constant answer, likewise. */
  beatsBaseline: boolean;
  /** Share of the baseline's loss that is gone: 1 for no loss at all, 0 or less for knowing nothing. */
  won: number;
}

/** Standard errors by which a mean difference must be above 0. */
const CLEAR = 2;

/** Compares the treated run with the untreated one, whose rows must be the same. */
export function compare(untreated: Judged, treated: Judged): Comparison {
  if (!untreated.predictions.log) return compared(untreated, treated);
  // Roots of squared differences of logarithms are in nobody's unit.
  const { root: _, ...comparison } = compared(inLogarithms(untreated), inLogarithms(treated));
  return comparison;
}

/** As the loss of a run on logarithms sees them. */
function inLogarithms({ loss, predictions: { log: _, outputs, targets, ...rest } }: Judged): Judged {
  return { loss, predictions: { ...rest, outputs: outputs.map(Math.log), targets: targets.map(Math.log) } };
}

function compared(untreated: Judged, treated: Judged): Comparison {
  const unit = unitOf(untreated, treated);
  const { rows } = treated.predictions;
  const by = lossFor(untreated.loss, treated.loss);
  const rowsOf = unit === 'loss' ? (judged: Judged): number[] => lossRows(by, judged.predictions) : errorRows;
  const weights = unit === 'loss' ? weightsOf(treated) : undefined;
  const weigh = (values: number[]): number[] => (weights ? values.map((value, row) => value * weights[row]!) : values);
  const [before, after] = [weigh(rowsOf(untreated)), weigh(rowsOf(treated))];
  const baseline = weigh(unit === 'loss' ? constantRows(by, untreated.predictions, weights) : constantErrors(treated));
  const [loss, untreatedLoss, baselineLoss] = [mean(after), mean(before), mean(baseline)];
  return {
    unit,
    ...(unit === 'loss' && nameOf(untreated.loss) === 'mse' && untreated.predictions.targets.length === rows ? { root: true as const } : {}),
    rows,
    loss,
    untreatedLoss,
    baselineLoss,
    beatsUntreated: clearlyLower(after, before) || clearlyLower(after, capped(before, Math.max(...baseline))),
    beatsBaseline: clearlyLower(after, baseline),
    won: wonOf(loss, baselineLoss),
  };
}

/** Compares one run with the best constant answer alone. */
export function compareWithBaseline(judged: Judged): Comparison {
  return compare(judged, judged);
}

/** The loss of the untreated document, with the label smoothing of the treated one. */
function lossFor(untreated: LossName | LossDocument, treated: LossName | LossDocument): LossName | LossDocument {
  const [before, after] = [smoothingOf(untreated), smoothingOf(treated)];
  if (before === after || nameOf(untreated) !== nameOf(treated)) return untreated;
  return { ...(typeof untreated === 'string' ? {} : untreated), name: nameOf(untreated), labelSmoothing: after } as LossDocument;
}

const smoothingOf = (loss: LossName | LossDocument): number => (typeof loss === 'string' ? 0 : ((loss as { labelSmoothing?: number }).labelSmoothing ?? 0));

const nameOf = (loss: LossName | LossDocument): string => (typeof loss === 'string' ? loss : loss.name);

/** A loss of a comparison as people are told it. */
export const toldLoss = ({ unit, root }: Pick<Comparison, 'unit' | 'root'>, loss: number): string =>
  unit === 'error' ? percent(loss) : root ? quantity(Math.sqrt(loss)) : figure(loss);

const wonOf = (loss: number, baseline: number): number =>
  baseline > 0 && Number.isFinite(loss) ? (baseline - loss) / baseline : Number.isFinite(loss) ? 0 : -Infinity;

/** Whether the first is lower than the second by more than two standard errors of the mean difference. */
function clearlyLower(lower: readonly number[], higher: readonly number[]): boolean {
  if (!lower.every(Number.isFinite)) return false;
  if (!higher.every(Number.isFinite)) return true;
  const differences = lower.map((value, row) => higher[row]! - value);
  const middle = mean(differences);
  const variance = differences.reduce((sum, value) => sum + (value - middle) ** 2, 0) / Math.max(1, differences.length - 1);
  return middle > CLEAR * Math.sqrt(variance / differences.length) && middle > 1e-9 * Math.abs(mean(higher));
}

/**
 * Losses with none above the limit: what is clearly lower than these is so than the losses themselves. A model that is wrong beyond all measure on a few rows has a
 * standard error as large as its mean, and nothing would be clearly better than that.
 */
const capped = (losses: readonly number[], limit: number): number[] => losses.map((loss) => Math.min(loss, limit));

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function unitOf(untreated: Judged, treated: Judged): Comparison['unit'] {
  const [before, after] = [buildLoss(untreated.loss), buildLoss(treated.loss)];
  if (before.task === 'regression' && after.task === 'regression') return 'loss';
  const sameWidth = untreated.predictions.outputs.length === treated.predictions.outputs.length;
  return before.name === after.name && sameWidth && widthOf(untreated.predictions) > 1 - Number(before.name !== 'softmax_cross_entropy') ? 'loss' : 'error';
}

const widthOf = ({ outputs, rows }: RowPredictions): number => outputs.length / rows;

/** The loss of each row by a loss, in float64; targets are class indices or rows of numbers. */
export function lossRows(given: LossName | LossDocument, predictions: RowPredictions): number[] {
  return rowsOf(predictions, (outputs, targets) => rowLoss(given, outputs, targets));
}

function rowLoss(given: LossName | LossDocument, outputs: readonly number[], targets: readonly number[]): number {
  const { name, ...options } = typeof given === 'string' ? { name: given } : given;
  if (name === 'softmax_cross_entropy') return crossEntropy(outputs, targets, (options as { labelSmoothing?: number }).labelSmoothing ?? 0);
  const { entry } = LOSSES[name] as unknown as { entry: ElementwiseLoss };
  const params = { ...entry.params, ...(options as Record<string, number>) };
  const sum = outputs.reduce((total, y, column) => total + entry.value(y, targets[column]!, params), 0);
  return entry.columns === 'mean' ? sum / outputs.length : sum;
}

function crossEntropy(logits: readonly number[], targets: readonly number[], smoothing: number): number {
  const most = Math.max(...logits);
  const log = most + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0));
  const shares = targets.length === 1 && logits.length !== 1 ? logits.map((_, column) => Number(column === targets[0])) : targets;
  return logits.reduce((sum, logit, column) => sum + ((1 - smoothing) * shares[column]! + smoothing / logits.length) * (log - logit), 0);
}

/** 1 for each wrong answer, 0 for each right one. */
function errorRows({ loss, predictions }: Judged): number[] {
  const built = buildLoss(loss);
  const levels = levelsOf(built, predictions);
  if (levels) return rowsOf(predictions, ([output], [target]) => Number(nearestLevel(levels, answerIn(built, output!)) !== nearestLevel(levels, target!)));
  return rowsOf(predictions, (outputs, targets) => (outputs.every(Number.isFinite) ? Number(answerOf(built, outputs) !== classOf(built, targets)) : 1));
}

/** Of one output under softmax, which always has probability 1, the answer is the first class. */
function answerOf(loss: Loss, outputs: readonly number[]): number {
  if (loss.probabilities === 'softmax') return argmax(Float32Array.from(outputs));
  return classOf(loss, outputs);
}

/** Numbers that stand for classes, three and more of them in one column: an answer is right that is nearest to the right one. */
function levelsOf({ targetDtype, task, probabilities }: Loss, { targets, rows }: RowPredictions): number[] | undefined {
  if (targetDtype === 'i32' || targets.length !== rows || (task !== 'regression' && probabilities !== 'sigmoid')) return undefined;
  const levels = [...new Set(targets)];
  return levels.length > 2 && levels.length <= MOST_LEVELS ? levels.sort((a, b) => a - b) : undefined;
}

/** The answer in the unit of the targets. */
const answerIn = ({ probabilities }: Loss, output: number): number => (probabilities === 'sigmoid' ? 1 / (1 + Math.exp(-output)) : output);

function classOf({ toClassIndex }: Loss, row: readonly number[]): number {
  if (toClassIndex) return toClassIndex(Float32Array.from(row));
  return row.length > 1 ? argmax(Float32Array.from(row)) : Math.round(row[0]!);
}

function constantErrors({ loss, predictions }: Judged): number[] {
  const built = buildLoss(loss);
  const classes = rowsOf(predictions, (_, targets) => classOf(built, targets));
  const counts = new Map<number, number>();
  for (const each of classes) counts.set(each, (counts.get(each) ?? 0) + 1);
  const [usual] = [...counts].reduce((most, entry) => (entry[1] > most[1] ? entry : most));
  return classes.map((each) => Number(each !== usual));
}

/** What each row counts by the weights of the loss, on the mean 1; undefined where all count alike. */
function weightsOf({ loss, predictions }: Judged): number[] | undefined {
  if (typeof loss === 'string') return undefined;
  const { classWeights, posWeight } = loss as { classWeights?: readonly number[]; posWeight?: number };
  if (!classWeights && (typeof posWeight !== 'number' || predictions.targets.length !== predictions.rows)) return undefined;
  const weights = rowsOf(predictions, (_, targets) =>
    classWeights
      ? targets.length === 1
        ? classWeights[targets[0]!]!
        : targets.reduce((sum, share, i) => sum + share * classWeights[i]!, 0)
      : 1 + targets[0]! * (posWeight! - 1),
  );
  const middle = mean(weights);
  return middle > 0 ? weights.map((weight) => weight / middle) : undefined;
}

/** The loss of each row for the constant answer with the least loss on them. */
function constantRows(loss: LossName | LossDocument, predictions: RowPredictions, weights?: readonly number[]): number[] {
  const { name, ...options } = typeof loss === 'string' ? { name: loss } : loss;
  const { rows, targets: values } = predictions;
  const [outputs, columns] = [widthOf(predictions), values.length / rows];
  // What rows count by their classes is in the weights.
  const { classWeights: _classes, posWeight: _positive, ...others } = options as Record<string, unknown>;
  const index = columns === 1 && (outputs > 1 || name === 'softmax_cross_entropy');
  const feature: LossFeature = LOSSES[name];
  const { answer } = feature.bestConstant(
    { values, columns, outputs, ...(weights ? { weights } : {}) },
    { ...others, targets: index ? 'index' : 'probability' },
  );
  return rowsOf(predictions, (_, row) => rowLoss(loss, answer, row));
}

function rowsOf<Value>({ outputs, targets, rows }: RowPredictions, each: (outputs: number[], targets: number[]) => Value): Value[] {
  const [width, columns] = [outputs.length / rows, targets.length / rows];
  return Array.from({ length: rows }, (_, row) => each(outputs.slice(row * width, (row + 1) * width), targets.slice(row * columns, (row + 1) * columns)));
}
