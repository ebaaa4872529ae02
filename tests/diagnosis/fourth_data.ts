// Rows for the fourth set of networks of the scoreboard, made from a seed: tasks of tutorials and of public reports, in the units that people have them in.
import { Random, type Row, type Rows, rows as rowsOf, times } from './data.ts';

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
const logistic = (value: number): number => 1 / (1 + Math.exp(-value));

const rows = (count: number, seed: number, make: (random: Random, row: number) => Row, classes?: number): Rows =>
  rowsOf(count, seed + 47_000, make, classes, 6);

/** The truth table of exclusive or of several bits, each as a sensor reads it: 0 or 1 and noise. */
export const truthTable = (count: number, seed: number, { bits = 2, noise = 0.1, wrong = 0 } = {}): Rows =>
  rows(
    count,
    seed,
    (random) => {
      const given = times(bits, () => random.below(2));
      const odd = sum(given) % 2;
      return [given.map((bit) => bit + random.normal(noise)), random.uniform() < wrong ? 1 - odd : odd];
    },
    2,
  );

const SPECIES = [
  [5.0, 3.4, 1.5, 0.25],
  [5.9, 2.8, 4.3, 1.3],
  [6.6, 3.0, 5.6, 2.0],
  [5.4, 4.1, 3.0, 1.9],
  [7.3, 2.5, 3.6, 0.7],
  [4.6, 2.4, 4.9, 2.4],
];

/** Leaves and petals of some species, in centimetres. */
export const blossoms = (count: number, seed: number, { species = 3, spread = 1 } = {}): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const one = SPECIES[row % species]!;
      const size = random.normal(0.25 * spread);
      return [one.map((mean, column) => mean + size + random.normal([0.25, 0.25, 0.3, 0.15][column]! * spread)), row % species];
    },
    species,
  );

/** Boats for sale: metres of length, metres of beam, years of age, horsepower, cabins; their price in euros. */
export const boats = (count: number, seed: number, noise = 12_000): Rows =>
  rows(count, seed, (random) => {
    const length = random.uniform(5, 18);
    const beam = 0.28 * length + random.normal(0.25) + 0.6;
    const age = random.uniform(0, 40);
    const horsepower = Math.round(random.uniform(10, 40) * length * 0.6);
    const cabins = Math.max(0, Math.round((length - 6) / 3.5 + random.normal(0.5)));
    const worth = 1900 * length ** 2 * (0.25 + Math.exp(-age / 9)) + 260 * horsepower + 9000 * cabins * Math.exp(-age / 20);
    return [[length, beam, age, horsepower, cabins], Math.max(3000, worth + random.normal(noise))];
  });

/** Grey pictures of 8 x 8 from 0 to 1: a line across, a line down, a slope, a frame, a cross, a blot; each somewhere, and noise. */
export const glyphs = (count: number, seed: number, { sorts = 4, noise = 0.15 } = {}): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const sort = row % sorts;
      const [a, b] = [1 + random.below(6), 1 + random.below(6)];
      const size = 2 + random.below(2);
      const [left, top] = [random.below(8 - size), random.below(8 - size)];
      const inked = (i: number, j: number): boolean => {
        switch (sort) {
          case 0:
            return i === a;
          case 1:
            return j === b;
          case 2:
            return i - j === a - 3;
          case 3:
            return i >= top && i <= top + size && j >= left && j <= left + size && (i === top || i === top + size || j === left || j === left + size);
          case 4:
            return i === a || j === b;
          default:
            return Math.hypot(i - a, j - b) < 1.6;
        }
      };
      return [times(64, (at) => Math.min(1, Math.max(0, Number(inked(at >> 3, at & 7)) * random.uniform(0.7, 1) + random.normal(noise)))), sort];
    },
    sorts,
  );

/** A pendulum that comes to rest: where it is after so many seconds. */
export const pendulum = (count: number, seed: number, noise = 0.05): Rows =>
  rows(count, seed, (random) => {
    const seconds = random.uniform(0, 4);
    return [[seconds], Math.exp(-seconds / 4) * Math.cos(3 * seconds) + random.normal(noise)];
  });

/** The last dozen values of a series of two periods, and the next. */
export const forecast = (count: number, seed: number, noise = 0.1): Rows =>
  rows(count, seed, (random, row) => {
    const at = (t: number): number => Math.sin((2 * Math.PI * t) / 11) + 0.6 * Math.sin((2 * Math.PI * t) / 4.7 + 1) + random.normal(noise);
    return [times(12, (back) => at(row + back)), at(row + 12)];
  });

/** How often each of 40 words stands in a review of a film; some are of those who liked it, some of those who did not, most of both. */
export const reviews = (count: number, seed: number, { words = 40, wrong = 0 } = {}): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const liked = row % 2;
      const share = (word: number): number => (word < 6 ? (liked ? 0.22 : 0.03) : word < 12 ? (liked ? 0.03 : 0.2) : 0.06);
      const counted = times(words, (word) => (random.uniform() < share(word) ? 1 + random.below(2) : 0));
      return [counted, random.uniform() < wrong ? 1 - liked : liked];
    },
    2,
  );

/** The sectors of a roulette wheel, coloured in turn. */
export const roulette = (count: number, seed: number, { colours = 3, turns = 2, noise = 0.05 } = {}): Rows =>
  rows(
    count,
    seed,
    (random) => {
      const radius = Math.sqrt(random.uniform(0.05, 2.6));
      const angle = random.uniform(0, 2 * Math.PI);
      const sector = Math.floor(((angle + random.normal(noise)) / (2 * Math.PI)) * colours * turns + colours * turns);
      return [[radius * Math.cos(angle), radius * Math.sin(angle)], sector % colours];
    },
    colours,
  );

/** Who pays back a loan: income and debts in dollars, years of age, months in the job, number of cards. */
export const loans = (count: number, seed: number, noise = 0.25): Rows =>
  rows(
    count,
    seed,
    (random) => {
      const income = 18_000 + 90_000 * random.uniform() ** 2;
      const debts = random.uniform(0, 60_000);
      const age = random.uniform(19, 70);
      const months = random.uniform(0, 240) * Math.min(1, (age - 17) / 20);
      const cards = random.below(9);
      const risk = (debts - 0.55 * income) / 12_000 + 0.25 * (cards - 4) + 0.0012 * (age - 44) ** 2 - 0.008 * months + 0.4;
      return [[income, debts, age, months, cards], Number(risk + random.normal(noise) > 0)];
    },
    2,
  );

/** What a sensor on a motor reads in sixteen moments: its bearing hums in one of several pitches. */
export const hum = (count: number, seed: number, { pitches = 3, noise = 0.25 } = {}): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const pitch = row % pitches;
      const phase = random.uniform(0, 2 * Math.PI);
      return [times(16, (t) => Math.sin((2 * Math.PI * (1 + 1.5 * pitch) * t) / 16 + phase) + random.normal(noise)), pitch];
    },
    pitches,
  );

/** How hard a steel becomes, in Vickers, by hundredths of carbon, of nickel, of chromium, by degrees of the furnace, minutes in it, and degrees a second of cooling. */
export const steel = (count: number, seed: number, noise = 12): Rows =>
  rows(count, seed, (random) => {
    const [carbon, nickel, chromium] = [random.uniform(5, 90), random.uniform(0, 400), random.uniform(0, 300)];
    const [degrees, minutes, cooling] = [random.uniform(720, 1050), random.uniform(5, 90), random.uniform(1, 100)];
    const dissolved = logistic((degrees - 830) / 30) * (1 - Math.exp(-minutes / 20));
    const hardness = 120 + 6 * carbon * dissolved * logistic((cooling - 40 + 0.08 * nickel) / 12) + 0.35 * chromium + 0.1 * nickel;
    return [[carbon, nickel, chromium, degrees, minutes, cooling], hardness + random.normal(noise)];
  });

/** Miles that a car goes on a gallon, by cylinders, cubic inches, horsepower, pounds, seconds to 60 and year. */
export const cars = (count: number, seed: number, noise = 1.5): Rows =>
  rows(count, seed, (random) => {
    const cylinders = [4, 4, 6, 8][random.below(4)]!;
    const inches = 28 * cylinders + random.normal(18) + 5;
    const horsepower = 0.38 * inches + 30 + random.normal(12);
    const pounds = 7.5 * inches + 1450 + random.normal(220);
    const seconds = 24 - 0.065 * horsepower + random.normal(1.2);
    const year = 70 + random.below(13);
    return [[cylinders, inches, horsepower, pounds, seconds, year], 68_000 / (pounds + 4 * horsepower) + 0.6 * (year - 76) + 3 + random.normal(noise)];
  });

/** Whether a patient falls ill within five years, by eight values of the laboratory; many of the answers are chance. */
export const clinic = (count: number, seed: number, wrong = 0.1): Rows =>
  rows(
    count,
    seed,
    (random) => {
      const z = times(8, () => random.normal());
      const ill = 1.4 * z[0]! + 0.9 * z[1]! * Math.abs(z[2]!) + 0.7 * z[3]! + 0.5 * z[4]! ** 2 - 0.5 > 0;
      const [mean, spread] = [
        [3, 121, 69, 21, 80, 32, 0.47, 33],
        [2, 30, 12, 8, 40, 6, 0.2, 9],
      ] as const;
      return [z.map((value, column) => mean[column]! + spread[column]! * value), Number(ill !== random.uniform() < wrong)];
    },
    2,
  );

/** How far and how high a ball flies, by its angle in radians and its speed, as parts of the most there can be. */
export const throws = (count: number, seed: number, noise = 0.02): Rows =>
  rows(count, seed, (random) => {
    const [angle, speed] = [random.uniform(0.05, 1.52), random.uniform(0.3, 1.4)];
    const energy = speed ** 2;
    return [
      [angle, speed],
      [energy * Math.sin(2 * angle) + random.normal(noise), energy * Math.sin(angle) ** 2 + random.normal(noise)],
    ];
  });

/** The square of a number: the first thing that many try. */
export const squares = (count: number, seed: number, reach = 1): Rows =>
  rows(count, seed, (random) => {
    const given = random.uniform(-reach, reach);
    return [[given], given * given];
  });

/** What a country's grid delivers in megawatts, by the hour, degrees, the day of the week, sunshine and wind. */
export const grid = (count: number, seed: number, noise = 900): Rows =>
  rows(count, seed, (random) => {
    const [hour, day] = [random.below(24), random.below(7)];
    const [degrees, sun, wind] = [random.uniform(-12, 34), random.uniform(0, 100), random.uniform(0, 25)];
    const daily = 14_000 * Math.exp(-(((hour - 12) / 5) ** 2)) + 7000 * Math.exp(-(((hour - 19) / 1.8) ** 2));
    const heated = 480 * Math.max(0, 15 - degrees) + 620 * Math.max(0, degrees - 24);
    return [[hour, degrees, day, sun, wind], 31_000 + daily * (day > 4 ? 0.6 : 1) + heated - 25 * sun + random.normal(noise)];
  });

/** Twenty-four moments of what a whistle sends back: one burst, one that turns over, or two of them. */
export const echoes = (count: number, seed: number, noise = 0.15): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const sort = row % 3;
      const at = random.uniform(4, 14);
      const bump = (t: number, middle: number): number => Math.exp(-(((t - middle) / 1.3) ** 2));
      return [times(24, (t) => bump(t, at) + (sort === 1 ? -bump(t, at + 3.5) : sort === 2 ? bump(t, at + 6) : 0) + random.normal(noise)), sort];
    },
    3,
  );

/** Shells around a point in space, one within the other. */
export const onion = (count: number, seed: number, { skins = 3, noise = 0 } = {}): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const skin = row % skins;
      const direction = times(3, () => random.normal());
      const radius = (0.4 + 0.8 * skin + random.uniform(-0.3, 0.3)) / Math.hypot(...direction);
      return [direction.map((value) => value * radius), random.uniform() < noise ? random.below(skins) : skin];
    },
    skins,
  );

/** Whether it will rain: pascals now, the fall of them in three hours, kelvins, percent of humidity. */
export const barometer = (count: number, seed: number, noise = 0.2): Rows =>
  rows(
    count,
    seed,
    (random) => {
      const z = times(4, () => random.normal());
      const rain = -0.9 * z[0]! + 0.8 * z[1]! + z[3]! * (1 + 0.5 * z[2]!) + random.normal(noise) > 0;
      return [[101_325 + 900 * z[0]!, 101_325 + 900 * z[0]! - 150 * z[1]!, 288 + 8 * z[2]!, 62 + 14 * z[3]!], Number(rain)];
    },
    2,
  );

/** How members of a parliament voted in sixteen ballots, -1, 0 or 1, and to which of two parties they belong. */
export const ballots = (count: number, seed: number): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const party = row % 2;
      return [
        times(16, (ballot) => {
          if (random.uniform() < 0.12) return 0;
          const along = random.uniform() < (ballot < 8 ? 0.72 : 0.5);
          return (party === ballot % 2) === along ? 1 : -1;
        }),
        party,
      ];
    },
    2,
  );

/** Payments, of which few are stolen cards': six figures of each, which differ by so many deviations in four of them. */
export const payments = (count: number, seed: number, share: number, apart = 2): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const stolen = Number(row % Math.round(1 / share) === 0);
      return [times(6, (column) => random.normal() + (column < 4 ? stolen * apart : 0)), stolen];
    },
    2,
  );

/** Bottles on a belt, of which few lean and few are cracked: eight measures of each. */
export const bottles = (count: number, seed: number, each: number, apart = 2.5): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const place = row % Math.round(1 / each);
      const fault = place === 0 ? 1 : place === 1 ? 2 : 0;
      return [times(8, (column) => random.normal() + (fault === 1 && column < 3 ? apart : 0) - (fault === 2 && column > 4 ? apart : 0)), fault];
    },
    3,
  );

/** What a liquid flows like, by five figures of it that are already of deviation 1: mostly noise. */
export const viscosity = (count: number, seed: number, noise = 1): Rows =>
  rows(count, seed, (random) => {
    const z = times(5, () => random.normal());
    return [z, 0.8 * Math.tanh(1.5 * z[0]!) + 0.5 * z[1]! * z[2]! - 0.3 * z[3]! + random.normal(noise)];
  });

/** Four skills of a player, and the shares of three roles in what a coach has them play: they sum to 1. */
export const roles = (count: number, seed: number): Rows =>
  rows(count, seed, (random) => {
    const z = times(4, () => random.normal());
    const powers = [1.6 * z[0]! + 0.6, 1.6 * z[1]! - z[2]!, 1.2 * z[3]! * z[0]!].map(Math.exp);
    const shares = powers.slice(0, 2).map((power) => Math.round((1e4 * power) / sum(powers)) / 1e4);
    return [z, [...shares, 1 - sum(shares)]];
  });

/** Columns multiplied and moved, each by its own figure; the last figure is for all columns behind it. */
export const measuredIn = ({ x, ...rest }: Rows, factor: number | readonly number[], offset: number | readonly number[] = 0): Rows => {
  const of = (figure: number | readonly number[], column: number): number =>
    typeof figure === 'number' ? figure : figure[Math.min(column, figure.length - 1)]!;
  return { ...rest, x: x.map((row) => row.map((value, column) => Number((value * of(factor, column) + of(offset, column)).toPrecision(8)))) };
};

/** Columns of mean 0 and deviation 1, over all rows: as one does by hand before splitting. */
export function centred({ x, ...rest }: Rows): Rows {
  const columns = x[0]!.map((_, column) => x.map((row) => row[column]!));
  const means = columns.map((values) => sum(values) / values.length);
  const spreads = columns.map((values, column) => Math.sqrt(sum(values.map((value) => (value - means[column]!) ** 2)) / values.length) || 1);
  return { ...rest, x: x.map((row) => row.map((value, column) => Number(((value - means[column]!) / spreads[column]!).toPrecision(6)))) };
}

/** Targets of another unit. */
export const targetsIn = ({ y, ...rest }: Rows, factor: number, offset = 0): Rows => ({
  ...rest,
  y: (y as number[]).map((value) => Number((value * factor + offset).toPrecision(8))),
});

/** Targets of mean 0 and deviation 1. */
export function targetsCentred(given: Rows): Rows {
  const y = given.y as number[];
  const mean = sum(y) / y.length;
  const spread = Math.sqrt(sum(y.map((value) => (value - mean) ** 2)) / y.length);
  return targetsIn(given, 1 / spread, -mean / spread);
}

/** The numbers of the classes as numbers, through a table where they stand in no order. */
export const numbered = ({ x, y }: Rows, table: readonly number[]): Rows => ({ x, y: (y as number[]).map((value) => table[value]!) });

/** More columns behind each row. */
export const widened = ({ x, ...rest }: Rows, more: (row: readonly number[], random: Random) => readonly number[]): Rows => {
  const random = new Random(47_777);
  return { ...rest, x: x.map((row) => [...row, ...more(row, random)]) };
};

/** Rows whose answers were sorted apart from them: none belongs to its row. */
export function tornApart({ y, ...rest }: Rows, seed: number): Rows {
  const random = new Random(seed + 53_000);
  const torn = [...(y as number[])];
  for (let at = torn.length - 1; at > 0; at--) {
    const other = random.below(at + 1);
    [torn[at], torn[other]] = [torn[other]!, torn[at]!];
  }
  return { ...rest, y: torn };
}

/** Every answer the same. */
export const answered = ({ y, ...rest }: Rows, value: number): Rows => ({ ...rest, y: (y as number[]).map(() => value) });
