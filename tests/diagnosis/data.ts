// Rows for the networks of the scoreboard, made from a seed: small tasks of different kinds, sizes and scales.
import type { ArraysDocument } from '../../src/experiment/document.ts';

/** Rows as a document of the source `arrays` has them. */
export type Rows = Pick<ArraysDocument, 'x' | 'y' | 'classes'>;

/** Numbers from a seed (mulberry32): uniform in [0, 1), and normal ones. */
export class Random {
  private state: number;
  constructor(seed: number) {
    this.state = seed * 0x9e3779b9;
  }
  uniform(low = 0, high = 1): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return low + (high - low) * (((t ^ (t >>> 14)) >>> 0) / 4294967296);
  }
  normal(std = 1): number {
    return std * Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }
  /** A whole number from 0 to count - 1. */
  below(count: number): number {
    return Math.floor(this.uniform(0, count));
  }
}

/** A row, with one target or a list of them. */
export type Row = [x: number[], y: number | number[]];

/** Rows of `make`, rounded to `digits` so that documents stay readable. */
export function rows(count: number, seed: number, make: (random: Random, row: number) => Row, classes?: number, digits = 5): Rows {
  const random = new Random(seed);
  const made = times(count, (row) => make(random, row));
  const round = (value: number): number => Number(value.toPrecision(digits));
  const y = made.map(([, target]) => (typeof target === 'number' ? round(target) : target.map(round)));
  return { x: made.map(([x]) => x.map(round)), y: y as Rows['y'], ...(classes ? { classes } : {}) };
}

/** Many of what is made one by one. */
export const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));
/** A number of five digits, so that documents stay readable. */
export const short = (value: number): number => Number(value.toPrecision(5));

/** Two classes: inside and outside of a ring around the origin. */
export const ring = (count: number, seed: number): Rows =>
  rows(
    count,
    seed,
    (random) => {
      const [a, b] = [random.uniform(-1, 1), random.uniform(-1, 1)];
      return [[a, b], Math.hypot(a, b) < 0.75 ? 1 : 0];
    },
    2,
  );

/** Two classes on the four quarters of a square, as XOR has them; `noise` is the share of labels that are turned over. */
export const quarters = (count: number, seed: number, noise = 0): Rows =>
  rows(
    count,
    seed,
    (random) => {
      const [a, b] = [random.uniform(-1, 1), random.uniform(-1, 1)];
      return [[a, b], Number(a * b > 0 !== random.uniform() < noise)];
    },
    2,
  );

/** `classes` Gaussian clouds in `columns` dimensions; `spread` is their standard deviation, their centres lie in a cube of side 4. */
export function clouds(count: number, seed: number, classes: number, columns: number, spread = 0.7): Rows {
  const centres = times(classes, () => [] as number[]);
  const first = new Random(seed + 1000);
  for (const centre of centres) centre.push(...times(columns, () => first.uniform(-2, 2)));
  return rows(count, seed, (random, row) => [centres[row % classes]!.map((centre) => centre + random.normal(spread)), row % classes], classes);
}

/** Two classes, the second of which is rare: a cloud off the first, with an overlap. */
export const rare = (count: number, seed: number, fraction: number): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const second = row % Math.round(1 / fraction) === 0;
      return [[random.normal() + (second ? 1.6 : 0), random.normal() + (second ? 1.6 : 0), random.normal()], Number(second)];
    },
    2,
  );

/** Friedman's first benchmark (1991): 10 sin(pi a b) + 20 (c - 0.5)^2 + 10 d + 5 e, of five columns in [0, 1], then centred and scaled. */
export const friedman = (count: number, seed: number, noise = 0.1): Rows =>
  rows(count, seed, (random) => {
    const [a, b, c, d, e] = times(5, () => random.uniform()) as [number, number, number, number, number];
    const y = 10 * Math.sin(Math.PI * a * b) + 20 * (c - 0.5) ** 2 + 10 * d + 5 * e;
    return [[a, b, c, d, e].map((value) => (value - 0.5) * 3.4), (y - 14.4) / 4.9 + random.normal(noise)];
  });

/** A product of two columns among `columns`: a saddle. */
export const saddle = (count: number, seed: number, columns = 3): Rows =>
  rows(count, seed, (random) => {
    const x = times(columns, () => random.normal());
    return [x, x[0]! * x[1]! + 0.3 * x.at(-1)! + random.normal(0.05)];
  });

/** A wave over one column, and a trend. */
export const wave = (count: number, seed: number, noise = 0.1): Rows =>
  rows(count, seed, (random) => {
    const a = random.uniform(-2, 2);
    return [[a], Math.sin(3 * a) + 0.3 * a + random.normal(noise)];
  });

/** A plane: linear regression. */
export const plane = (count: number, seed: number, columns: number, noise = 0.1): Rows => {
  const weights = new Random(seed + 500);
  const w = times(columns, () => weights.normal(1 / Math.sqrt(columns)));
  return rows(count, seed, (random) => {
    const x = times(columns, () => random.normal());
    return [x, x.reduce((sum, value, i) => sum + value * w[i]!, 0) + random.normal(noise)];
  });
};

/** Inputs in other units: column i times `factors[i]` plus `shifts[i]`; the last of each holds for the columns after it. */
export const inUnits = ({ x, ...rest }: Rows, factors: readonly number[], shifts: readonly number[] = [0]): Rows => ({
  ...rest,
  x: x.map((row) => row.map((value, i) => Number((value * (factors[i] ?? factors.at(-1)!) + (shifts[i] ?? shifts.at(-1)!)).toPrecision(6)))),
});

/** Targets in another unit. */
export const scaled = ({ y, ...rest }: Rows, factor: number, shift = 0): Rows => ({ ...rest, y: (y as number[]).map((value) => value * factor + shift) });

/** Targets of another kind, number by number. */
export const relabelled = ({ x, y }: Rows, value: (y: number) => number): Rows => ({ x, y: (y as number[]).map(value) });

/** More columns, made from the row. */
export const withColumns = ({ x, ...rest }: Rows, more: (row: readonly number[], random: Random) => number[], seed = 1): Rows => {
  const random = new Random(seed);
  return { ...rest, x: x.map((row) => [...row, ...more(row, random)]) };
};

/** The same targets in another order: nothing of them can be told from the inputs. */
export const shuffled = ({ y, ...rest }: Rows, seed: number): Rows => {
  const random = new Random(seed);
  const mixed = (y as number[]).map((value) => ({ value, at: random.uniform() })).sort((a, b) => a.at - b.at);
  return { ...rest, y: mixed.map(({ value }) => value) };
};
