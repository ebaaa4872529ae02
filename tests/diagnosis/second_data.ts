// Rows for the second half of the scoreboard, made from a seed: tasks that the first half does not have.
import { type Random, type Row, type Rows, rows as rowsOf, times } from './data.ts';

const rows = (count: number, seed: number, make: (random: Random, row: number) => Row, classes?: number): Rows => rowsOf(count, seed + 7000, make, classes, 6);

/** A label, another one in a share of the rows. */
const flipped = (random: Random, label: number, classes: number, noise: number): number =>
  random.uniform() < noise ? (label + 1 + Math.floor(random.uniform() * (classes - 1))) % classes : label;

/** Arms of a pinwheel, one class each, bent around the origin. */
export const pinwheel = (count: number, seed: number, arms: number, noise = 0): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const arm = row % arms;
      const way = random.uniform(0.25, 1.4);
      const angle = (2 * Math.PI * arm) / arms + 0.9 * way + random.normal(0.13);
      return [[1.5 * way * Math.cos(angle), 1.5 * way * Math.sin(angle)], flipped(random, arm, arms, noise)];
    },
    arms,
  );

/** A board of `cells` x `cells` fields, in two colours. */
export const board = (count: number, seed: number, cells: number, noise = 0): Rows =>
  rows(
    count,
    seed,
    (random) => {
      const [a, b] = [random.uniform(-1.7, 1.7), random.uniform(-1.7, 1.7)];
      const field = (value: number): number => Math.floor(((value + 1.7) / 3.4) * cells);
      return [[a, b], flipped(random, (field(a) + field(b)) % 2, 2, noise)];
    },
    2,
  );

/** Images of 6 x 6 pixels with a bar: lying, standing, or along one of the two diagonals. */
export const bars = (count: number, seed: number, noise = 0.25): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const kind = row % 4;
      const at = Math.floor(random.uniform(0, 6));
      const shift = Math.floor(random.uniform(-2, 3));
      const lit = (r: number, c: number): boolean => [r === at, c === at, r - c === shift, r + c === 5 + shift][kind]!;
      return [times(36, (pixel) => Number(lit(Math.floor(pixel / 6), pixel % 6)) + random.normal(noise)), kind];
    },
    4,
  );

/** Signals of 24 samples: a sine, a square wave or a saw tooth, of any phase. */
export const signals = (count: number, seed: number, noise = 0.2): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const [phase, period] = [random.uniform(), random.uniform(7, 11)];
      const shape = [(t: number) => Math.sin(2 * Math.PI * t), (t: number) => (t % 1 < 0.5 ? 1 : -1), (t: number) => 2 * (t % 1) - 1][row % 3]!;
      return [times(24, (t) => shape(t / period + phase) + random.normal(noise)), row % 3];
    },
    3,
  );

/** Flats: area in square metres, rooms, year of building, distance to the centre in metres; what they cost, in units of `unit`. */
export const flats = (count: number, seed: number, unit = 100_000): Rows =>
  rows(count, seed, (random) => {
    const area = random.uniform(25, 160);
    const roomCount = Math.max(1, Math.round(area / 28 + random.normal(0.6)));
    const year = Math.round(random.uniform(1900, 2020));
    const distance = random.uniform(200, 15_000);
    const perMetre = 2400 + 3500 * Math.exp(-distance / 4000) + 9 * Math.abs(year - 1955);
    return [[area, roomCount, year, distance], (area * perMetre + 8000 * roomCount + random.normal(12_000)) / unit];
  });

/** The same flats with columns of mean 0 and size 1, targets as they are. */
export const neatFlats = (count: number, seed: number, unit?: number): Rows => {
  const { x, y } = flats(count, seed, unit);
  return { x: x.map(([a, r, t, d]) => [(a! - 92) / 39, (r! - 3.3) / 1.5, (t! - 1960) / 35, (d! - 7600) / 4270].map((v) => Number(v.toPrecision(6)))), y };
};

/** A swinging that dies away, over time and damping. */
export const swinging = (count: number, seed: number, noise = 0.05): Rows =>
  rows(count, seed, (random) => {
    const [t, damping] = [random.uniform(-1, 1), random.uniform(-1, 1)];
    return [[t, damping], 2 * Math.exp(-(1 + t) * (1 + 0.7 * damping)) * Math.cos(4 * (t + 1)) + random.normal(noise)];
  });

/** A straight line over many columns, few of which matter. */
export const sparse = (count: number, seed: number, columns: number, noise = 0.3): Rows =>
  rows(count, seed, (random) => {
    const x = times(columns, () => random.normal());
    return [x, 1.1 * x[0]! - 0.8 * x[1]! + 0.6 * x[2]! + random.normal(noise)];
  });

/** Payments, few of which are fraud: amount, hour, distance, number per day, age of the card; frauds lie on both sides. */
export const fraud = (count: number, seed: number, fraction: number, apart = 1.7): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const second = row % Math.round(1 / fraction) === 0;
      const side = random.uniform() < 0.5 ? -1 : 1;
      const x = times(5, () => random.normal());
      if (second) for (const i of [0, 2, 3]) x[i]! += side * apart;
      return [x, Number(second)];
    },
    2,
  );

/** Bits, -1 or 1: whether most of the first `voters` are set. */
export const majority = (count: number, seed: number, columns: number, voters: number, noise = 0): Rows =>
  rows(
    count,
    seed,
    (random) => {
      const x = times(columns, () => (random.uniform() < 0.5 ? -1 : 1));
      return [x, flipped(random, Number(x.slice(0, voters).reduce((sum, bit) => sum + bit, 0) > 0), 2, noise)];
    },
    2,
  );

/** Shells around the origin in `columns` dimensions, the class of a row by its distance. */
export const shells = (count: number, seed: number, classes: number, columns: number): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const x = times(columns, () => random.normal());
      const length = Math.hypot(...x);
      const radius = 0.7 + 0.8 * (row % classes) + random.normal(0.08);
      return [x.map((value) => (value / length) * radius), row % classes];
    },
    classes,
  );

/** Labels -1 and 1 for 0 and 1, as numbers. */
export const signs = ({ x, y }: Rows): Rows => ({ x, y: (y as number[]).map((label) => 2 * label - 1) });

/** The columns changed row by row. */
export const columns = ({ x, ...rest }: Rows, change: (row: readonly number[]) => number[]): Rows => ({
  ...rest,
  x: x.map((row) => change(row).map((value) => Number(value.toPrecision(7)))),
});

/** Targets changed one by one. */
export const targets = ({ y, ...rest }: Rows, change: (value: number, row: number) => number): Rows => ({
  ...rest,
  y: (y as number[]).map((value, row) => Number(change(value, row).toPrecision(7))),
});

/** The first rows. */
export const first = ({ x, y, ...rest }: Rows, count: number): Rows => ({ ...rest, x: x.slice(0, count), y: (y as number[]).slice(0, count) });
