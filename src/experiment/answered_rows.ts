// What a model answers to rows whose right answers are known, and where it is furthest off.
import type { Dataset } from '../data/dataset.ts';
import { unscaledTargets } from '../data/target_units.ts';
import type { Loss } from '../nn/losses.ts';
import type { FittedDocument } from './document.ts';
import { byRow, classIn, scoresOf } from './predictions.ts';

/** Rows that a report lists. */
const WORST = 12;

/** Answers beside the right ones, row after row: indices of classes, or numbers in the unit of the data. */
export interface AnsweredRows {
  /** What they are. */
  readonly kind: 'classes' | 'numbers';
  /** The right answers. */
  readonly truths: readonly number[];
  /** Those of the model. */
  readonly predictions: readonly number[];
  /** The probability that the model gives to the right class; absent where its outputs are none. */
  readonly probabilities?: readonly number[];
  /** The model was trained on the logarithms of the targets: ratios count. */
  readonly log?: true;
  /** Rows that are furthest off, the worst first, by their places from 0. */
  readonly worst: readonly number[];
  /** Of these rows, where the source has it: what each is called, a line of a file (`line 7`) or the file of an image. */
  readonly names?: readonly string[];
  /** Of these rows of a table: cells as they are written, below the names of their columns. */
  readonly cells?: { readonly names: readonly string[]; readonly rows: readonly (readonly string[])[] };
}

/** Answers to prepared rows, out of the outputs of a model. Undefined where a row has several numbers as targets. */
export function answeredRows(
  { y, rows, targetSize }: Dataset,
  outputs: Float32Array,
  loss: Loss,
  { targets, classes }: FittedDocument,
): AnsweredRows | undefined {
  if (classes || loss.toClassIndex) {
    const truths = byRow(y, rows, (row) => classIn(row, loss));
    const predictions = byRow(outputs, rows, (row) => classIn(row, loss));
    const columns = outputs.length / rows;
    const right = (scores: readonly number[], truth: number): number => (columns > 1 ? scores[truth]! : truth === 1 ? scores[0]! : 1 - scores[0]!);
    const probabilities = loss.probabilities ? byRow(outputs, rows, (row, i) => right(scoresOf(loss, row), truths[i]!)) : undefined;
    const off = (row: number): number => Number(predictions[row] !== truths[row]) + (probabilities ? 1 - probabilities[row]! : 0);
    return {
      kind: 'classes',
      truths,
      predictions,
      ...(probabilities ? { probabilities } : {}),
      worst: worstBy(rows, off, (row) => predictions[row] !== truths[row]),
    };
  }
  if (targetSize !== 1 || outputs.length !== rows) return undefined;
  const [truths, predictions] = [y, outputs].map((values) => [...(targets ? unscaledTargets(values, targets) : values)]) as [number[], number[]];
  const off = (row: number): number => Math.abs(targets?.log ? Math.log(predictions[row]! / truths[row]!) : predictions[row]! - truths[row]!);
  return { kind: 'numbers', truths, predictions, ...(targets?.log ? { log: true } : {}), worst: worstBy(rows, off, () => true) };
}

/** The rows that are furthest off among those that are off; what is not a number is. */
function worstBy(rows: number, off: (row: number) => number, isOff: (row: number) => boolean): number[] {
  const distances = Array.from({ length: rows }, (_, row) => (Number.isNaN(off(row)) ? Number.POSITIVE_INFINITY : off(row)));
  const worst: number[] = [];
  for (let row = 0; row < rows; row++) {
    if (!isOff(row) || (worst.length === WORST && !(distances[row]! > distances[worst.at(-1)!]!))) continue;
    const place = worst.findIndex((other) => distances[other]! < distances[row]!);
    worst.splice(place < 0 ? worst.length : place, 0, row);
    worst.length = Math.min(worst.length, WORST);
  }
  return worst;
}
