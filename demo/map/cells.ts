// The cells of the map of depth against gain: which there are, and in which order they are computed.

/** Gains to the right, evenly in their logarithm, and depths downwards. */
export const GAINS: readonly number[] = Array.from({ length: 41 }, (_, i) => Number((0.4 * (3 / 0.4) ** (i / 40)).toPrecision(4)));
export const DEPTHS: readonly number[] = Array.from({ length: 50 }, (_, j) => 2 + 2 * j);

/** Rows in the order of computation: every 8th first, then those between. A row is built once: all its gains are one network with larger or smaller weights. */
export const ROWS: readonly number[] = [8, 4, 2, 1].flatMap((every) =>
  DEPTHS.flatMap((_, j) => (j % every === 0 && (every === 8 || j % (2 * every) !== 0) ? [j] : [])),
);
/** Rows after which the whole of the map has a first, coarse picture. */
export const COARSE = DEPTHS.filter((_, j) => j % 8 === 0).length;

/** Steps after which a cell is said to learn or not, and of how many cells one is asked, in each direction. */
export const LEARNS = { steps: 60, every: 2 } as const;

/** What is known of the map. Values are by row, then by gain; NaN is not known. */
export interface Cells {
  /** log10 of what arrives at layer 1 of what the last layer gets, measured at the first step. */
  ratio: Float32Array;
  /** Of cells that were trained the loss over the last of the steps, and whether it fell, as 1 or 0. */
  loss: Float32Array;
  trained: Float32Array;
  /** The same of all that are asked: those that were not trained have it from those around them. */
  learns: Float32Array;
}

export const noCells = (): Cells => {
  const none = (): Float32Array => new Float32Array(GAINS.length * DEPTHS.length).fill(Number.NaN);
  return { ratio: none(), loss: none(), trained: none(), learns: none() };
};

/** The cell next to a network. */
export function cellOf(gain: number, depth: number): { i: number; j: number } {
  const nearest = (list: readonly number[], value: number): number =>
    list.reduce((best, each, k) => (Math.abs(Math.log(each / value)) < Math.abs(Math.log(list[best]! / value)) ? k : best), 0);
  return { i: nearest(GAINS, gain), j: nearest(DEPTHS, depth) };
}

/** Where in the lists of cells that one is which is asked whether networks learn, for itself and for those beside it. */
export const askedFor = (i: number, j: number): number => (j - (j % LEARNS.every)) * GAINS.length + i - (i % LEARNS.every);
