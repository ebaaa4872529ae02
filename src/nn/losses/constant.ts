// The least loss that one constant answer can have on given targets: what a network that knows nothing of its inputs comes to, and what one that learned must
// beat. Only the diagnosis reads it, so that no program carries it.
import type { ElementwiseLoss } from '../../ops/losses.ts';

/** All targets of an output, row by row. */
export interface AllTargets {
  /** Class indices, or `columns` numbers a row. */
  readonly values: ArrayLike<number>;
  /** Numbers in a row of targets: 1 for class indices. */
  readonly columns: number;
  /** Numbers in an answer. */
  readonly outputs: number;
}

/** Numbers beyond which an elementwise loss reads every n-th row: the constant is as good. */
const MOST = 2 ** 20;

/** The mean over all numbers of a column. */
export function columnMeans({ values, columns }: AllTargets, of: (value: number) => number = (value) => value): Float64Array {
  const means = new Float64Array(columns);
  for (let i = 0; i < values.length; i++) means[i % columns]! += of(values[i]!);
  return means.map((sum) => (sum * columns) / values.length);
}

export const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

/** The variance of each column. */
export function columnVariances(targets: AllTargets): Float64Array {
  const { values, columns } = targets;
  const means = columnMeans(targets);
  const variances = new Float64Array(columns);
  for (let i = 0; i < values.length; i++) variances[i % columns]! += (values[i]! - means[i % columns]!) ** 2;
  return variances.map((sum) => (sum * columns) / values.length);
}

/** The least of -sum(a log q) over distributions q: at q = a / sum(a). */
export function leastCrossEntropy(a: ArrayLike<number>): number {
  const shares = Array.from(a);
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.reduce((sum, share) => (share > 0 ? sum - share * Math.log(share / total) : sum), 0);
}

/** Of a convex loss that is a mean over elements: the least over one number for each column, found by halving where the derivative changes its sign. */
export function leastElementwise({ values, columns }: AllTargets, { value, derivative }: ElementwiseLoss, params: Readonly<Record<string, number>>): number {
  const stride = Math.max(1, Math.ceil(values.length / MOST)) * columns;
  const losses = Array.from({ length: columns }, (_, column) => {
    const counts = new Map<number, number>();
    for (let i = column; i < values.length; i += stride) counts.set(values[i]!, (counts.get(values[i]!) ?? 0) + 1);
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
    const rows = [...counts.values()].reduce((all, count) => all + count, 0);
    return Math.min(sum(value, low), sum(value, high)) / rows;
  });
  return mean(losses);
}
