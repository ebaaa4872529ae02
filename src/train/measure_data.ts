// What a tensor of a data set is, in a few numbers: one pass in float64, kept for the next who asks.
import type { Column } from '../data/columns.ts';
import { mix } from '../data/permutation.ts';
import type { InputFacts, TargetFacts } from '../inspect/facts.ts';
import { sizeOf } from '../shape.ts';

/** How far apart the sums of copies are at most, per row: four standard deviations of what a correlation of 1 - 1e-6 leaves. */
const SUMS_APART = 6e-3;
/** Rows that tell whether two columns may be the same, before all of them are looked at. */
const FIRST_LOOK = 256;
/** How far from 1 the correlation of a column with its copy may be. */
const SAME = 1e-6;
/** 1 or -1 for a row, without a pattern. */
const signOf = (row: number): number => (mix(row + 1) & 1) * 2 - 1;

/** Distinct values that are counted. */
const MOST_VALUES = 20;

/** In the unit of the values, before they are divided. */
interface Moments {
  readonly columns: number;
  readonly means: Float64Array;
  readonly stds: Float64Array;
  readonly min: number;
  readonly max: number;
  readonly meanSquare: number;
}

const kept = new WeakMap<Column['values'], Moments>();

/** Of each column. The sums are over differences from the first row: of years or prices little would be left otherwise. */
function moments({ values, divisor = 1 }: Pick<Column, 'values' | 'divisor'>, columns: number): Omit<Moments, 'columns'> {
  const { means, stds, min, max, meanSquare } = momentsOf(values, columns);
  return {
    means: means.map((mean) => mean / divisor),
    stds: stds.map((std) => std / divisor),
    min: min / divisor,
    max: max / divisor,
    meanSquare: meanSquare / divisor ** 2,
  };
}

function momentsOf(values: Column['values'], columns: number): Moments {
  const known = kept.get(values);
  if (known?.columns === columns) return known;
  const [sums, squares] = [new Float64Array(columns), new Float64Array(columns)];
  let [min, max, all] = [Infinity, -Infinity, 0];
  const size = values.length;
  for (let row = 0; row < size; row += columns)
    for (let column = 0; column < columns; column++) {
      const value = values[row + column]!;
      const difference = value - values[column]!;
      sums[column]! += difference;
      squares[column]! += difference * difference;
      if (value < min) min = value;
      if (value > max) max = value;
      all += value * value;
    }
  const rows = size / columns;
  const found = {
    columns,
    means: sums.map((sum, column) => values[column]! + sum / rows),
    stds: squares.map((square, column) => Math.sqrt(Math.max(0, square / rows - (sums[column]! / rows) ** 2))),
    min,
    max,
    meanSquare: all / size,
  };
  kept.set(values, found);
  return found;
}

/** What an input is over the training part. */
export function measureInput(name: string, column: Column, names?: readonly string[]): InputFacts {
  const columns = sizeOf(column.shape);
  const { means, stds, min, max, meanSquare } = moments(column, columns);
  const varied = [...stds.keys()].filter((at) => stds[at]! > 0);
  const best = (of: (column: number) => number): { value: number; column: number } =>
    varied.reduce((found, at) => (of(at) > found.value ? { value: of(at), column: at } : found), { value: -Infinity, column: 0 });
  const [offCentre, largest, smallest] =
    varied.length > 0 ? [best((at) => Math.abs(means[at]!) / stds[at]!), best((at) => stds[at]!), best((at) => -stds[at]!)] : [];
  const none = { value: 0, column: 0 };
  return {
    name,
    rows: column.values.length / columns,
    columns,
    meanSquare,
    min,
    max,
    constantColumns: columns - varied.length,
    duplicateColumns: duplicates(column, columns, varied, means, stds),
    offCentre: offCentre ?? none,
    smallestStd: smallest ? { value: -smallest.value, column: smallest.column } : none,
    largestStd: largest ?? none,
    ...codeOf(column, columns, varied),
    ...(names ? { names: [...names] } : {}),
  };
}

/** From this many times as far from the others as these lie apart, a number that comes again is no measurement. */
const CODE_APART = 2;
/** A code is in two rows and more; where most have it, it is the rule. */
const CODE_ROWS = { least: 2, most: 0.5 };

/** The number at either end of a column that comes again and lies far from all others, which are three and more. */
function codeOf({ values, divisor = 1 }: Pick<Column, 'values' | 'divisor'>, columns: number, varied: readonly number[]): Pick<InputFacts, 'code'> {
  const rows = values.length / columns;
  let found: InputFacts['code'];
  for (const column of varied) {
    const ends = endsOf(values, column, columns);
    if (ends === undefined) continue;
    for (const [end, next, last] of ends) {
      const apart = Math.abs(next - end) / Math.abs(last - next);
      if (!(apart >= CODE_APART) || apart === Infinity || apart <= (found?.apart ?? 0)) continue;
      let same = 0;
      for (let at = column; at < values.length; at += columns) if (values[at] === end) same++;
      if (same >= CODE_ROWS.least && same <= CODE_ROWS.most * rows) found = { value: end / divisor, column, rows: same, apart };
    }
  }
  return found ? { code: found } : {};
}

/** Each end of a column with the number next to it and the one at the other end; undefined where there are fewer than four numbers. */
function endsOf(values: Column['values'], column: number, columns: number): [number, number, number][] | undefined {
  let [least, second, secondLargest, largest] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let at = column; at < values.length; at += columns) {
    const value = values[at]!;
    if (value < least) [least, second] = [value, least];
    else if (value > least && value < second) second = value;
    if (value > largest) [largest, secondLargest] = [value, largest];
    else if (value < largest && value > secondLargest) secondLargest = value;
  }
  return second < secondLargest
    ? [
        [least, second, largest],
        [largest, secondLargest, least],
      ]
    : undefined;
}

/** Columns that say what an earlier one says. Those of two values are left out: a yes and its no mirror each other by design, and flags are alike by chance. */
function duplicates({ values, divisor = 1 }: Column, columns: number, varied: readonly number[], means: Float64Array, stds: Float64Array): number {
  const rows = values.length / columns;
  const standardised = (row: number, column: number): number => (values[row * columns + column]! / divisor - means[column]!) / stds[column]!;
  // The standardised columns are equal, or one is the other's negative: the correlation is 1 less half the mean square of what is between them.
  const alike = (a: number, b: number, stride: number, tolerance: number): boolean => {
    let [apart, opposed] = [0, 0];
    for (let row = 0; row < rows; row += stride) {
      const [x, y] = [standardised(row, a), standardised(row, b)];
      apart += (x - y) ** 2;
      opposed += (x + y) ** 2;
    }
    return Math.min(apart, opposed) <= tolerance;
  };
  const stride = Math.max(1, Math.ceil(rows / FIRST_LOOK));
  const tolerance = 2 * SAME * rows;
  // Over some of the rows no more can be between them than over all.
  const same = (a: number, b: number): boolean => (stride === 1 || alike(a, b, stride, tolerance)) && alike(a, b, 1, tolerance);
  const measures = varied.filter((column) => {
    const first = values[column]!;
    let other = first;
    for (let at = column; at < values.length; at += columns) {
      const value = values[at]!;
      if (value === first || value === other) continue;
      if (other !== first) return true;
      other = value;
    }
    return false;
  });
  // Each column is summed with random signs, up to its own: only those whose sums agree are compared, of thousands of columns next to none.
  const apart = SUMS_APART * Math.sqrt(Math.ceil(rows / stride));
  const bySum = new Map<number, number[]>();
  return measures.filter((b) => {
    let sum = 0;
    for (let row = 0; row < rows; row += stride) sum += signOf(row) * standardised(row, b);
    const place = Math.floor(Math.abs(sum) / apart);
    const found = [place - 1, place, place + 1].some((each) => bySum.get(each)?.some((a) => same(a, b)));
    if (!found) bySum.set(place, [...(bySum.get(place) ?? []), b]);
    return found;
  }).length;
}

/** What the targets are, apart from how the loss reads them. */
export function measureTargets(
  column: Pick<Column, 'values' | 'divisor'>,
  { kind, columns, classes }: { kind: TargetFacts['kind']; columns: number; classes: number },
): TargetFacts {
  const { values } = column;
  const { means, stds, min, max } = moments(column, columns);
  const average = (of: Float64Array): number => of.reduce((sum, each) => sum + each, 0) / columns;
  return {
    kind,
    rows: values.length / columns,
    columns,
    min,
    max,
    mean: average(means),
    variance: average(stds.map((std) => std * std)),
    ...(kind === 'classes' ? { counts: classCounts(values, classes) } : valueCounts(values)),
  };
}

function classCounts(values: Column['values'], classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const value of values) if (value >= 0 && value < classes) counts[value]! += 1;
  return counts;
}

/** Of numbers of which there are few. */
function valueCounts(values: Column['values']): Pick<TargetFacts, 'counts' | 'values'> {
  const counts = new Map<number, number>();
  for (const value of values) {
    counts.set(value, (counts.get(value) ?? 0) + 1);
    if (counts.size > MOST_VALUES) return {};
  }
  const sorted = [...counts].sort(([a], [b]) => a - b);
  return { counts: sorted.map(([, count]) => count), values: sorted.map(([value]) => value) };
}
