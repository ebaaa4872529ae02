// What was understood of rows that come from no table (arrays, IDX and NumPy's files, images, generators), to be read before a run.
import type { Dataset } from './dataset.ts';

/** Rows of numbers, as they were understood. */
export interface RowsSummary {
  /** Where they come from, in a word or two: `idx files`. */
  readonly source: string;
  /** Rows, of all parts. */
  readonly rows: number;
  /** Shape of a sample. */
  readonly shape: readonly number[];
  /** The least and the largest of their numbers, before they were divided or scaled. */
  readonly range: readonly [number, number];
  /** Whether they come as bytes. */
  readonly bytes: boolean;
  /** What the targets are. */
  readonly targets: RowTargets;
  /** What else is to be known: what the numbers were divided by, how targets were scaled. */
  readonly notes: readonly string[];
}

/** Targets, as they were understood: classes, with the rows of each, or numbers. */
export type RowTargets =
  | { readonly kind: 'classes'; readonly values: readonly { readonly name: string; readonly rows: number }[] }
  | { readonly kind: 'numbers'; readonly size: number; readonly range: readonly [number, number] };

/** Sums up the parts of such data as their source gave them. */
export function summaryOfRows(source: string, parts: readonly Dataset[]): RowsSummary {
  const [{ shape, bytes, reading }] = parts as [Dataset];
  const divisor = bytes?.divisor ?? reading?.divisor ?? 1;
  const given = parts.map((part) => part.bytes?.values ?? part.x);
  const [least, most] = rangeOf(given);
  return {
    source,
    rows: parts.reduce((sum, { rows }) => sum + rows, 0),
    shape,
    range: bytes ? [least, most] : [least * divisor, most * divisor],
    bytes: bytes !== undefined,
    targets: targetsOf(parts),
    notes: divisor === 1 ? [] : [`they are divided by ${divisor}`],
  };
}

function targetsOf(parts: readonly Dataset[]): RowTargets {
  const [{ classes, classNames, targetSize }] = parts as [Dataset];
  if (classes === undefined) return { kind: 'numbers', size: targetSize, range: rangeOf(parts.map(({ y }) => y)) };
  const counts = new Array<number>(classes).fill(0);
  for (const { y } of parts) for (const label of y) counts[label]!++;
  return { kind: 'classes', values: counts.map((rows, index) => ({ name: classNames?.[index] ?? String(index), rows })) };
}

function rangeOf(lists: readonly ArrayLike<number>[]): [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const list of lists)
    for (let i = 0; i < list.length; i++) {
      const value = list[i]!;
      if (value < least) least = value;
      if (value > most) most = value;
    }
  return [least, most];
}
