// The constant answer with the least loss on given targets: what a network that knows nothing of its inputs comes to, and what one that learned must beat. Only the
// diagnosis reads it, so that no program carries it.
import type { ElementwiseLoss } from '../../ops/losses.ts';

/** All targets of an output, row by row. */
export interface AllTargets {
  /** Class indices, or `columns` numbers a row. */
  readonly values: ArrayLike<number>;
  /** Numbers in a row of targets: 1 for class indices. */
  readonly columns: number;
  /** Numbers in an answer. */
  readonly outputs: number;
  /** What each row counts, at least 0; all alike by default. */
  readonly weights?: ArrayLike<number>;
}

/** A constant answer. */
export interface BestConstant {
  /** Its outputs; logits are at most `SURE` in size, as those of what never happens are infinite. */
  readonly answer: readonly number[];
  /** Its loss: the mean over the rows by what they count. */
  readonly loss: number;
}

/** Parts of the rows that the jackknife leaves out, one at a time, and the most rows that it looks at. */
const [PARTS, ENOUGH] = [20, 4096];

/**
 * The standard error of the loss of the best constant answer as an estimate from so many rows: by the grouped jackknife (Quenouille 1956), which needs no loss of single rows. Of heavy tails it is
 * large, as one row may make half of the loss; of classes that are equally frequent it is 0.
 *
 * @param targets - All targets, without weights; of more than 4096 rows every n-th is looked at.
 * @param lossOf - The loss of the best constant answer to targets.
 * @returns The standard error, in the unit of the loss; 0 for a single row.
 */
export function bestConstantError(targets: AllTargets, lossOf: (targets: AllTargets) => number): number {
  const { values, columns } = targets;
  const rows = values.length / columns;
  const stride = Math.ceil(rows / ENOUGH);
  const looked = Math.ceil(rows / stride);
  const parts = Math.min(looked, PARTS);
  if (parts < 2) return 0;
  const some = stride === 1 ? values : Array.from({ length: looked * columns }, (_, i) => values[Math.floor(i / columns) * stride * columns + (i % columns)]!);
  const without = Array.from({ length: parts }, (_, part) =>
    lossOf({ ...targets, values: some, weights: Array.from({ length: looked }, (_, row) => Number(row % parts !== part)) }),
  );
  const middle = mean(without);
  const squares = without.reduce((sum, loss) => sum + (loss - middle) ** 2, 0);
  return Math.sqrt((squares * (parts - 1) * looked) / (parts * rows));
}

/** Numbers beyond which an elementwise loss reads every n-th row: the constant is as good. */
const MOST = 2 ** 20;
/** The logit of what is as good as certain. */
const SURE = 30;

const weightOf = ({ weights }: AllTargets, row: number): number => (weights ? weights[row]! : 1);

/** The mean over all numbers of a column. */
export function columnMeans(targets: AllTargets, of: (value: number, column: number) => number = (value) => value): Float64Array {
  const { values, columns } = targets;
  const sums = new Float64Array(columns);
  let total = 0;
  for (let i = 0; i < values.length; i += columns) {
    const weight = weightOf(targets, i / columns);
    total += weight;
    for (let column = 0; column < columns; column++) sums[column]! += weight * of(values[i + column]!, column);
  }
  return sums.map((sum) => sum / total);
}

export const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

/** The least of -sum(a log q) over distributions q: at q = a / sum(a). Each logit is the logarithm of a share. */
export function bestCrossEntropy(a: ArrayLike<number>): BestConstant {
  const terms = Array.from(a);
  const total = terms.reduce((sum, term) => sum + term, 0);
  return {
    answer: terms.map((term) => Math.max(-SURE, Math.log(term / total))),
    loss: terms.reduce((sum, term) => (term > 0 ? sum - term * Math.log(term / total) : sum), 0),
  };
}

/** Of a convex loss that is a mean over elements: the best number for each column, found by halving where the derivative changes its sign. */
export function bestElementwise(targets: AllTargets, { value, derivative }: ElementwiseLoss, params: Readonly<Record<string, number>>): BestConstant {
  const { values, columns } = targets;
  const stride = Math.max(1, Math.ceil(values.length / MOST)) * columns;
  const best = Array.from({ length: columns }, (_, column) => {
    const counts = new Map<number, number>();
    for (let i = column; i < values.length; i += stride) counts.set(values[i]!, (counts.get(values[i]!) ?? 0) + weightOf(targets, Math.floor(i / columns)));
    const sum = (of: (y: number, t: number, params: Readonly<Record<string, number>>) => number, y: number): number => {
      let total = 0;
      for (const [t, count] of counts) total += count * of(y, t, params);
      return total;
    };
    let [low, high] = [-1, 1];
    while (sum(derivative, low) > 0) low *= 2;
    while (sum(derivative, high) < 0) high *= 2;
    while (high - low > 1e-12 * Math.max(1, Math.abs(low), Math.abs(high))) {
      const middle = (low + high) / 2;
      if (sum(derivative, middle) < 0) low = middle;
      else high = middle;
    }
    const total = [...counts.values()].reduce((all, count) => all + count, 0);
    const answer = sum(value, low) <= sum(value, high) ? low : high;
    return { answer, loss: sum(value, answer) / total };
  });
  return { answer: best.map(({ answer }) => answer), loss: mean(best.map(({ loss }) => loss)) };
}
