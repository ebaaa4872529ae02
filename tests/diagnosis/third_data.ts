// Rows for the third set of networks of the scoreboard, made from a seed: tasks that neither of the others has.
import { Random, type Row, type Rows, rows as rowsOf, times } from './data.ts';

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));

const rows = (count: number, seed: number, make: (random: Random, row: number) => Row, classes?: number): Rows =>
  rowsOf(count, seed + 31_000, make, classes, 6);

/** Bands that wind up and down over the plane, one class after the other. */
export const ribbons = (count: number, seed: number, classes: number, noise = 0): Rows =>
  rows(
    count,
    seed,
    (random) => {
      const [a, b] = [random.uniform(-1.7, 1.7), random.uniform(-1.7, 1.7)];
      const band = Math.floor((b + 0.7 * Math.sin(2.4 * a)) * 1.1 + 100 * classes) % classes;
      return [[a, b], random.uniform() < noise ? Math.floor(random.uniform(0, classes)) : band];
    },
    classes,
  );

/** Inside and outside of a flower of five petals. */
export const petals = (count: number, seed: number, noise = 0): Rows =>
  rows(
    count,
    seed,
    (random) => {
      const [a, b] = [random.uniform(-1.5, 1.5), random.uniform(-1.5, 1.5)];
      const inside = Math.hypot(a, b) < 0.95 + 0.45 * Math.cos(5 * Math.atan2(b, a));
      return [[a, b], Number(inside !== random.uniform() < noise)];
    },
    2,
  );

/** Whether the product of three columns is positive; more columns say nothing. */
export const octants = (count: number, seed: number, columns = 3, noise = 0): Rows =>
  rows(
    count,
    seed,
    (random) => {
      const x = times(columns, () => random.uniform(-1.7, 1.7));
      return [x, Number(x[0]! * x[1]! * x[2]! > 0 !== random.uniform() < noise)];
    },
    2,
  );

/** Grains of three sorts of wheat by seven measures in millimetres, which follow from one another: area, outline, roundness, length, width, skewness, groove. */
export const grains = (count: number, seed: number, spread = 1): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const sort = row % 3;
      const size = [14.3, 18.2, 11.9][sort]! + random.normal(1.1 * spread);
      const length = [5.5, 6.15, 5.23][sort]! + 0.12 * (size - 14) + random.normal(0.12 * spread);
      const width = size / length + random.normal(0.05);
      const skewness = [2.6, 3.6, 4.8][sort]! + random.normal(1.1 * spread);
      const outline = 2.9 * Math.sqrt(size) + 0.55 * length + random.normal(0.1);
      return [[size, outline, (4 * Math.PI * size) / outline ** 2, length, width, skewness, length - 0.35 * sort + random.normal(0.2)], sort];
    },
    3,
  );

/** Columns of mean 0 and deviation 1 over all rows. */
export function neat({ x, ...rest }: Rows): Rows {
  const statistics = x[0]!.map((_, i) => {
    const column = x.map((row) => row[i]!);
    const mean = sum(column) / column.length;
    return { mean, std: Math.sqrt(sum(column.map((value) => (value - mean) ** 2)) / column.length) || 1 };
  });
  return { ...rest, x: x.map((row) => row.map((value, i) => Number(((value - statistics[i]!.mean) / statistics[i]!.std).toPrecision(6)))) };
}

/** Displays of seven segments, each broken in a share of the rows, and columns that say nothing (Breiman 1984). */
export const displays = (count: number, seed: number, broken = 0.05, more = 0): Rows => {
  const lit = ['1110111', '0010010', '1011101', '1011011', '0111010', '1101011', '1101111', '1010010', '1111111', '1111011'];
  return rows(
    count,
    seed,
    (random, row) => {
      const segments = [...lit[row % 10]!].map((bit) => ((Number(bit) === 1) !== random.uniform() < broken ? 1 : -1));
      return [[...segments, ...times(more, () => (random.uniform() < 0.5 ? 1 : -1))], row % 10];
    },
    10,
  );
};

/** Breiman's waveforms (1984): 21 samples of a mixture of two of three triangles, and noise of deviation 1. */
export const waveforms = (count: number, seed: number, noise = 1): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const triangle = (kind: number, t: number): number => Math.max(0, 6 - Math.abs(t - [11, 15, 7][kind]!));
      const [a, b] = [
        [0, 1],
        [0, 2],
        [1, 2],
      ][row % 3] as [number, number];
      const share = random.uniform();
      return [times(21, (t) => (share * triangle(a, t + 1) + (1 - share) * triangle(b, t + 1) + random.normal(noise) - 2.2) / 2), row % 3];
    },
    3,
  );

/** A narrow normal cloud inside a wide one in many dimensions (Breiman 1996). */
export const clouded = (count: number, seed: number, columns = 10): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const wide = row % 2 === 1;
      return [times(columns, () => (wide ? random.normal(1.7) : 0.5 + random.normal(0.75)) / 1.3), Number(wide)];
    },
    2,
  );

/** Counts of words in messages of several topics; most words are common to all. */
export const messages = (count: number, seed: number, topics: number, words: number, apart = 1.6): Rows => {
  const first = new Random(seed + 900);
  const rates = times(topics, () => times(words, () => Math.exp(first.normal(0.5) + (first.uniform() < 0.25 ? apart : 0) - 1)));
  return rows(
    count,
    seed,
    (random, row) => {
      const words = rates[row % topics]!.map((rate) => {
        let [n, product] = [0, random.uniform()];
        while (product > Math.exp(-rate)) [n, product] = [n + 1, product * random.uniform()];
        return n;
      });
      return [words, row % topics];
    },
    topics,
  );
};

/** Passengers of a ship: class 1 to 3, sex, age, fare in pounds, family aboard; who was saved. */
export const passengers = (count: number, seed: number): Rows =>
  rows(
    count,
    seed,
    (random) => {
      const cabin = 1 + Math.floor(random.uniform(0, 3));
      const woman = Number(random.uniform() < 0.4);
      const age = Math.min(78, Math.max(1, random.normal(14) + 32 - 3 * cabin));
      const fare = Math.exp(random.normal(0.5) + 5.1 - 0.85 * cabin);
      const family = Math.floor(random.uniform(0, 1) ** 3 * 6);
      const chance = sigmoid(2 * (1.6 * (2 * woman - 1) - 1.1 * (cabin - 2) * (woman ? 1.3 : 0.7) + (age < 14 ? 2 : 0) - 0.25 * family + 0.2));
      return [[cabin, woman, age, fare, family], Number(random.uniform() < chance)];
    },
    2,
  );

/** Packets of a network, eleven columns from flags to addresses and bytes; which are of an attack. */
export const packets = (count: number, seed: number): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const attack = row % 2;
      const x = times(11, () => random.normal());
      x[1]! += attack ? 1.5 : -0.5;
      x[4] = Math.abs(x[4]!) * (attack ? 1.8 : 0.8);
      x[7]! += attack ? -1 : 0.6;
      const units = [1, 20, 1e5, 0.3, 1500, 1, 6e4, 300, 1, 4e6, 12];
      return [x.map((value, i) => (value + 2) * units[i]!), attack];
    },
    2,
  );

/** Applicants for a loan, few of which fail: income, debt, years in the job, age, cards. */
export const applicants = (count: number, seed: number, share: number, apart = 1.4): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const fails = row % Math.round(1 / share) === 0;
      const [income, years, age] = [random.normal(), random.normal(), random.normal()];
      const debt = 0.6 * income + random.normal(0.5) + (fails ? apart : -0.1);
      return [[income, debt, years - (fails ? 0.6 * apart : 0), age, Math.floor(random.uniform(0, 6)) / 1.7 - 1.4], Number(fails)];
    },
    2,
  );

/** Images of `size` x `size` pixels, row by row: a disc, a frame or a cross, of any place and size. */
export const shapes = (count: number, seed: number, size: number, noise = 0.15): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const kind = row % 3;
      const radius = random.uniform(0.19, 0.34) * size;
      const [cx, cy] = [random.uniform(radius, size - 1 - radius), random.uniform(radius, size - 1 - radius)];
      const inside = (dx: number, dy: number): boolean => {
        const edge = Math.max(Math.abs(dx), Math.abs(dy));
        if (kind === 0) return Math.hypot(dx, dy) <= radius;
        if (kind === 1) return edge <= radius && edge > radius - 1.1;
        return edge <= radius && Math.min(Math.abs(dx), Math.abs(dy)) < 0.6;
      };
      return [times(size ** 2, (i) => Number(inside((i % size) - cx, Math.floor(i / size) - cy)) + random.normal(noise)), kind];
    },
    3,
  );

/** Images of 8 x 8 pixels with lines of any phase: lying, standing, or falling to one side. */
export const weaves = (count: number, seed: number, noise = 0.4): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const kind = row % 3;
      const [phase, period] = [random.uniform(0, 2 * Math.PI), random.uniform(2.6, 4.2)];
      const [u, v] = [
        [1, 0],
        [0, 1],
        [0.7, 0.7],
      ][kind] as [number, number];
      return [times(64, (i) => Math.sin((2 * Math.PI * (u * (i % 8) + v * Math.floor(i / 8))) / period + phase) + random.normal(noise)), kind];
    },
    3,
  );

/** Images of 10 x 10 pixels with a spot; how far to the right it lies, from -1.5 to 1.5. */
export const spots = (count: number, seed: number, noise = 0.1): Rows =>
  rows(count, seed, (random) => {
    const [cx, cy, width] = [random.uniform(1, 8), random.uniform(1, 8), random.uniform(1, 1.8)];
    const pixel = (i: number): number => Math.exp(-(((i % 10) - cx) ** 2 + (Math.floor(i / 10) - cy) ** 2) / (2 * width ** 2));
    return [times(100, (i) => 2 * pixel(i) + random.normal(noise)), (cx - 4.5) * 0.45];
  });

/** Heart beats of 32 samples: of the usual form, wide, or with an extra beat; each at any time. */
export const beats = (count: number, seed: number, noise = 0.15): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const kind = row % 3;
      const at = random.uniform(7, 20);
      const peak = (t: number, centre: number, width: number): number => Math.exp(-((t - centre) ** 2) / (2 * width ** 2));
      const beat = (t: number): number =>
        2 * peak(t, at, kind === 1 ? 2.6 : 0.9) - 0.6 * peak(t, at + 2.5, 1) + 0.5 * peak(t, at + 8, 2) + (kind === 2 ? 1.4 * peak(t, at - 5, 0.9) : 0);
      return [times(32, (t) => beat(t) - 0.3 + random.normal(noise)), kind];
    },
    3,
  );

/** Impedance of a circuit (Friedman 1991) by resistance, frequency, inductance and capacity in their own units; in ohms. */
export const impedance = (count: number, seed: number): Rows =>
  rows(count, seed, (random) => {
    const [r, f, l, c] = [random.uniform(0, 100), random.uniform(40, 560) * Math.PI, random.uniform(), random.uniform(1, 11)];
    return [[r, f, l, c], Math.sqrt(r ** 2 + (f * l - 1000 / (f * c)) ** 2) + random.normal(30)];
  });

/** A power station: temperature, vacuum in the condenser, air pressure in hectopascals, humidity; megawatts. */
export const station = (count: number, seed: number): Rows =>
  rows(count, seed, (random) => {
    const warm = random.normal();
    const [vacuum, pressure, humidity] = [0.8 * warm + random.normal(0.6), random.normal(), random.normal()];
    const power = -13.5 * warm - 3 * vacuum + 1.4 * pressure - 2.2 * humidity + 2.5 * warm ** 2 - 1.5 * warm * humidity + random.normal(3);
    return [[19.6 + 7.4 * warm, 54.3 + 12.7 * vacuum, 1013.3 + 5.9 * pressure, 73.3 + 14.6 * humidity], 454 + power];
  });

/** Hills and hollows over the plane: the surface that MATLAB's `peaks` draws, of deviation 1. */
export const hills = (count: number, seed: number, noise = 0.05): Rows =>
  rows(count, seed, (random) => {
    const [a, b] = [random.uniform(-2.2, 2.2), random.uniform(-2.2, 2.2)];
    const height =
      3 * (1 - a) ** 2 * Math.exp(-(a ** 2) - (b + 1) ** 2) -
      10 * (a / 5 - a ** 3 - b ** 5) * Math.exp(-(a ** 2) - b ** 2) -
      Math.exp(-((a + 1) ** 2) - b ** 2) / 3;
    return [[a / 1.27, b / 1.27], (height - 0.5) / 2.4 + random.normal(noise)];
  });

/** An arm of two links by its two angles: how far its hand reaches. */
export const arm = (count: number, seed: number, noise = 0.05): Rows =>
  rows(count, seed, (random) => {
    const [a, b] = [random.uniform(-1.7, 1.7), random.uniform(-1.7, 1.7)];
    return [[a, b], 1.3 * Math.cos(1.1 * a) + Math.cos(1.1 * a + 1.4 * b) - 1 + random.normal(noise)];
  });

/** Bicycles that are hired in an hour: time of day as sine and cosine, temperature, wind, working day; from 0 to some hundreds. */
export const bicycles = (count: number, seed: number): Rows =>
  rows(count, seed, (random) => {
    const hour = random.uniform(0, 24);
    const [warm, wind, works] = [random.normal(), random.normal(), Number(random.uniform() < 0.7)];
    const rush = Math.exp(-((hour - 8) ** 2) / 4) + Math.exp(-((hour - 17.5) ** 2) / 6);
    const hired = (60 + 260 * (works ? rush : Math.exp(-((hour - 14) ** 2) / 18))) * Math.max(0.15, 1 + 0.4 * warm - 0.12 * wind);
    const angle = (2 * Math.PI * hour) / 24;
    return [[1.4 * Math.sin(angle), 1.4 * Math.cos(angle), warm, wind, works ? 0.65 : -1.5], Math.max(0, hired + random.normal(18))];
  });

/** Concrete: cement, slag, ash, water, plasticiser, gravel, sand in kilograms in a cubic metre, age in days; strength in megapascals. */
export const concrete = (count: number, seed: number): Rows =>
  rows(count, seed, (random) => {
    const [cement, slag, ash] = [random.uniform(110, 530), random.uniform(0, 250), random.uniform(0, 150)];
    const [water, plasticiser, age] = [random.uniform(130, 240), random.uniform(0, 20), Math.exp(random.uniform(1, 5.5))];
    const strength = (((cement + 0.7 * slag + 0.4 * ash) / water) * 15 + 0.5 * plasticiser) * (0.35 + 0.16 * Math.log(age));
    return [[cement, slag, ash, water, plasticiser, random.uniform(800, 1140), random.uniform(600, 990), age], strength + random.normal(3)];
  });

/** A power of one column, -1 to 1 at the ends. */
export const power = (count: number, seed: number, exponent: number, noise = 0.02): Rows =>
  rows(count, seed, (random) => {
    const a = random.uniform(-1, 1);
    return [[a], a ** exponent + random.normal(noise)];
  });

/** A line through many columns, all of which matter a little. */
export const slope = (count: number, seed: number, columns: number, noise: number): Rows =>
  rows(count, seed, (random) => {
    const x = times(columns, () => random.normal());
    return [x, (sum(x.map((value, i) => value * (i % 2 ? -1 : 1))) * 1) / Math.sqrt(columns) + random.normal(noise)];
  });

/** Targets changed one by one. */
export const answers = ({ x, y }: Rows, change: (value: number) => number): Rows => ({ x, y: (y as number[]).map((v) => Number(change(v).toPrecision(7))) });

/** Targets of mean 0 and deviation 1. */
export function neatTargets(rows: Rows): Rows {
  const y = rows.y as number[];
  const mean = sum(y) / y.length;
  const std = Math.sqrt(sum(y.map((value) => (value - mean) ** 2)) / y.length);
  return answers(rows, (value) => (value - mean) / std);
}

/** Inputs changed row by row. */
export const inputs = ({ x, ...rest }: Rows, change: (row: readonly number[]) => number[]): Rows => ({
  ...rest,
  x: x.map((row) => change(row).map((value) => Number(value.toPrecision(7)))),
});

/** The first rows. */
export const head = ({ x, y, ...rest }: Rows, count: number): Rows => ({ ...rest, x: x.slice(0, count), y: (y as number[]).slice(0, count) });

/** Inputs whose order was changed without that of the targets: nothing of them can be told from the inputs. */
export function torn({ x, ...rest }: Rows, seed: number): Rows {
  const random = new Random(seed + 77);
  const mixed = x.map((row) => ({ row, at: random.uniform() })).sort((a, b) => a.at - b.at);
  return { ...rest, x: mixed.map(({ row }) => row) };
}
