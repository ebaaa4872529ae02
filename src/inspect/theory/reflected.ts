// The trunk of blocks whose activation stands behind their sum (He 2016), of rows: x' = max(0, x + u) with u Gaussian and independent of x, a walk that is held
// at 0. Its distribution is no Gaussian, and where it stands decides what of a gradient comes back: both are followed over cells of x.
import { normalCdf } from '../../ops/normal.ts';

/** Width of a cell, in deviations of one step, and how many deviations of x the cells reach. */
const CELL = 0.1;
const REACH = 8;

/** Probabilities: of 0 first, then of cells of one width above it. */
export interface Spread {
  readonly cells: Float64Array;
  readonly width: number;
}

/** The gradient below a step from that above it: squared, summed over what is in a cell. */
export interface Reflected {
  readonly after: Spread;
  /** What of the gradient behind the activation is left before it, in all. */
  masked(above: Float64Array): number;
  /** The gradient that the trunk hands on, by the cells before the step. */
  back(above: Float64Array): Float64Array;
}

/** Mean and mean square. */
export function momentsOf({ cells, width }: Spread): { mean: number; square: number } {
  let [mean, square] = [0, 0];
  for (let i = 1; i < cells.length; i++) {
    const x = (i - 0.5) * width;
    mean += cells[i]! * x;
    square += cells[i]! * x * x;
  }
  return { mean, square };
}

/** What is above a step, by cells: what comes from a layer that knows none of them is spread alike. */
const byCells = (above: Float64Array, { cells }: Spread): Float64Array => (above.length === 1 ? cells.map((share) => share * above[0]!) : above);

const positive = (above: Float64Array): number => above.subarray(1).reduce((sum, value) => sum + value, 0);

/** The first step, from a Gaussian x around 0. */
export function reflectedGaussian(variance: number, step: number): Reflected {
  const width = CELL * Math.sqrt(step);
  const sd = Math.sqrt(variance + step);
  const cells = new Float64Array(Math.ceil((REACH * sd) / width) + 1);
  cells[0] = 0.5;
  for (let i = 1; i < cells.length; i++) cells[i] = normalCdf((i * width) / sd) - normalCdf(((i - 1) * width) / sd);
  const after = { cells, width };
  const masked = (above: Float64Array): number => positive(byCells(above, after));
  return { after, masked, back: (above) => Float64Array.of(masked(above)) };
}

/** A further step of a variance. */
export function reflectedStep(before: Spread, step: number): Reflected {
  const { cells: from, width } = before;
  const sd = Math.sqrt(step);
  const { square } = momentsOf(before);
  const n = Math.ceil((REACH * Math.sqrt(square + step)) / width) + 1;
  // From the middle of a cell to another so many cells away, and from 0 to a cell.
  const away = Math.max(n, from.length);
  const between = Float64Array.from(
    { length: 2 * away + 1 },
    (_, k) => normalCdf(((k - away + 0.5) * width) / sd) - normalCdf(((k - away - 0.5) * width) / sd),
  );
  const out = Float64Array.from({ length: n }, (_, i) => (i === 0 ? 0.5 : normalCdf((i * width) / sd) - normalCdf(((i - 1) * width) / sd)));
  const move = (j: number, i: number): number => (j === 0 ? out[i]! : between[i - j + away]!);
  const cells = new Float64Array(n);
  for (let j = 0; j < from.length; j++) {
    cells[0]! += from[j]! * (j === 0 ? 0.5 : normalCdf((-(j - 0.5) * width) / sd));
    for (let i = 1; i < n; i++) cells[i]! += from[j]! * move(j, i);
  }
  const after = { cells, width };
  return {
    after,
    masked: (above) => positive(byCells(above, after)),
    back(above) {
      const each = byCells(above, after).map((value, i) => (cells[i]! > 0 ? value / cells[i]! : 0));
      return from.map((share, j) => {
        let sum = 0;
        for (let i = 1; i < n; i++) sum += move(j, i) * each[i]!;
        return share * sum;
      });
    },
  };
}
