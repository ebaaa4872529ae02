// Data made from a formula and a seed. One object per generator in GENERATORS; lists, forms and checks follow from it.
import { requireInteger, requireName, requireNumber, show, UsageError } from '../errors.ts';
import { count, LIMITS } from '../limits.ts';
import { fold, keyOf, Random } from '../random.ts';
import { type Dataset, dataset } from './dataset.ts';

/** A number that a generator can be given: enough for a form with sliders. */
export interface GeneratorParam {
  readonly default: number;
  readonly least: number;
  readonly most: number;
  readonly integer?: boolean;
  readonly summary: string;
}

export interface Generator {
  readonly name: GeneratorName;
  readonly task: 'classification' | 'regression';
  /** One sentence: what the data is. */
  readonly summary: string;
  readonly params: Readonly<Record<string, GeneratorParam>>;
  /** Makes the data. Params left out take their defaults; the same params and seed give the same bits. */
  generate(params?: Readonly<Record<string, number>>, seed?: number): Dataset;
}

export type GeneratorName = 'two_spirals' | 'circles' | 'moons' | 'blobs' | 'xor' | 'plane' | 'gaussian_bumps' | 'sine' | 'sum_of_squares' | 'line';

interface Recipe<P extends string> {
  readonly name: GeneratorName;
  readonly summary: string;
  readonly params: Readonly<Record<P, GeneratorParam>>;
  /** Number of classes; absent for a regression. */
  readonly classes?: (params: Readonly<Record<P, number>>) => number;
  /** Sample i. Its target is a class index or a number. */
  sample(params: Readonly<Record<P, number>>, random: Random, i: number): { x: number[]; y: number };
}

const rows = /* @__NO_SIDE_EFFECTS__ */ (standard: number): GeneratorParam => ({
  default: standard,
  least: 1,
  most: 1_000_000,
  integer: true,
  summary: 'samples',
});
const noise = /* @__NO_SIDE_EFFECTS__ */ (standard: number, on: string): GeneratorParam => ({
  default: standard,
  least: 0,
  most: 10,
  summary: `standard deviation of the normal noise on ${on}`,
});

/** The generators by name. Classes take turns, so any first part of the data is balanced. */
export const GENERATORS: Readonly<Record<GeneratorName, Generator>> = {
  two_spirals: /* @__PURE__ */ generator({
    name: 'two_spirals',
    summary: 'Two spiral arms around the origin, each inside the other; hard for a shallow network.',
    params: {
      rows: rows(400),
      noise: noise(0.02, 'both inputs'),
      turns: { default: 1.75, least: 0.1, most: 5, summary: 'turns of each arm; its end is at radius 1' },
    },
    classes: () => 2,
    sample: ({ noise, turns }, random, i) => {
      const way = random.uniform();
      const angle = 2 * Math.PI * turns * way + Math.PI * (i % 2);
      return { x: [way * Math.sin(angle) + noise * random.normal(), way * Math.cos(angle) + noise * random.normal()], y: i % 2 };
    },
  }),

  circles: /* @__PURE__ */ generator({
    name: 'circles',
    summary: 'A circle (class 1) inside another of radius 1 (class 0).',
    params: { rows: rows(400), noise: noise(0.08, 'both inputs'), factor: { default: 0.5, least: 0, most: 1, summary: 'radius of the inner circle' } },
    classes: () => 2,
    sample: ({ noise, factor }, random, i) => {
      const angle = 2 * Math.PI * random.uniform();
      const radius = i % 2 ? factor : 1;
      return { x: [radius * Math.cos(angle) + noise * random.normal(), radius * Math.sin(angle) + noise * random.normal()], y: i % 2 };
    },
  }),

  moons: /* @__PURE__ */ generator({
    name: 'moons',
    summary: 'Two half circles of radius 1 that reach into each other, centred on the origin.',
    params: { rows: rows(400), noise: noise(0.1, 'both inputs') },
    classes: () => 2,
    sample: ({ noise }, random, i) => {
      const angle = Math.PI * random.uniform();
      const side = i % 2 ? -1 : 1;
      return { x: [side * (Math.cos(angle) - 0.5) + noise * random.normal(), side * (Math.sin(angle) - 0.25) + noise * random.normal()], y: i % 2 };
    },
  }),

  blobs: /* @__PURE__ */ generator({
    name: 'blobs',
    summary: 'One round normal cloud per class, their centres evenly on a circle of radius 1.',
    params: { rows: rows(400), noise: noise(0.25, 'both inputs'), classes: { default: 3, least: 2, most: 20, integer: true, summary: 'number of clouds' } },
    classes: ({ classes }) => classes,
    sample: ({ noise, classes }, random, i) => {
      const angle = (2 * Math.PI * (i % classes)) / classes;
      return { x: [Math.cos(angle) + noise * random.normal(), Math.sin(angle) + noise * random.normal()], y: i % classes };
    },
  }),

  xor: /* @__PURE__ */ generator({
    name: 'xor',
    summary: 'The square [-1, 1]² by quadrant: class 1 where the signs of the two inputs differ.',
    params: { rows: rows(400), noise: noise(0.05, 'both inputs, after the class is known') },
    classes: () => 2,
    sample: ({ noise }, random, i) => {
      const x0 = (1 - random.uniform()) * (random.uniform() < 0.5 ? -1 : 1);
      const x1 = (1 - random.uniform()) * Math.sign(x0) * (i % 2 ? -1 : 1);
      return { x: [x0 + noise * random.normal(), x1 + noise * random.normal()], y: i % 2 };
    },
  }),

  plane: /* @__PURE__ */ generator({
    name: 'plane',
    summary: 'y = (x1 + x2) / 2 over the square [-1, 1]².',
    params: { rows: rows(400), noise: noise(0.02, 'y') },
    sample: ({ noise }, random) => {
      const x = square(random);
      return { x, y: (x[0] + x[1]) / 2 + noise * random.normal() };
    },
  }),

  gaussian_bumps: /* @__PURE__ */ generator({
    name: 'gaussian_bumps',
    summary: 'Three hills and three hollows of height 1 in two rows over the square [-1, 1]².',
    params: { rows: rows(600), noise: noise(0.02, 'y'), width: { default: 0.25, least: 0.01, most: 2, summary: 'standard deviation of a hill' } },
    sample: ({ noise, width }, random) => {
      const x = square(random);
      let y = noise * random.normal();
      for (const [column, centre] of [-2 / 3, 0, 2 / 3].entries())
        for (const side of [-1, 1]) {
          const sign = column % 2 ? -side : side;
          y += sign * Math.exp(-((x[0] - centre) ** 2 + (x[1] - side * 0.45) ** 2) / (2 * width * width));
        }
      return { x, y };
    },
  }),

  sine: /* @__PURE__ */ generator({
    name: 'sine',
    summary: 'y = sin(pi f x1) cos(pi f x2) over the square [-1, 1]².',
    params: { rows: rows(600), noise: noise(0.02, 'y'), frequency: { default: 1, least: 0.1, most: 10, summary: 'f, half periods per unit length' } },
    sample: ({ noise, frequency }, random) => {
      const x = square(random);
      return { x, y: Math.sin(Math.PI * frequency * x[0]) * Math.cos(Math.PI * frequency * x[1]) + noise * random.normal() };
    },
  }),

  sum_of_squares: /* @__PURE__ */ generator({
    name: 'sum_of_squares',
    summary: "The article's first example: y = the sum of x² over inputs from [0, 1], with noise.",
    params: { rows: rows(100), noise: noise(0.1, 'y'), features: { default: 5, least: 1, most: 1000, integer: true, summary: 'number of inputs' } },
    sample: ({ noise, features }, random) => {
      const x = Array.from({ length: features }, () => random.uniform());
      return { x, y: x.reduce((sum, value) => sum + value * value, 0) + noise * random.normal() };
    },
  }),

  line: /* @__PURE__ */ generator({
    name: 'line',
    summary: "The article's second example: y = w x + b for one standard normal input.",
    params: {
      rows: rows(100),
      noise: noise(0, 'y'),
      w: { default: 3, least: -100, most: 100, summary: 'slope' },
      b: { default: 2, least: -100, most: 100, summary: 'value at x = 0' },
    },
    sample: ({ noise, w, b }, random) => {
      const x = random.normal();
      return { x: [x], y: w * x + b + noise * random.normal() };
    },
  }),
};

/**
 * Makes the data set that a name, params and a seed stand for: `generate('two_spirals', { noise: 0.1 }, 7)`.
 * Throws a UsageError for a name or a param that does not exist, and for values out of a param's range.
 */
export function generate(name: string, params: Readonly<Record<string, number>> = {}, seed = 0): Dataset {
  requireName('generate: name', name, Object.keys(GENERATORS) as GeneratorName[]);
  return GENERATORS[name].generate(params, seed);
}

function generator<P extends string>(recipe: Recipe<P | 'rows'>): Generator {
  return {
    name: recipe.name,
    task: recipe.classes ? 'classification' : 'regression',
    summary: recipe.summary,
    params: recipe.params,
    generate: (given = {}, seed = 0) => {
      const params = withDefaults(recipe, given);
      requireInteger(`${recipe.name}: seed`, seed, Number.MIN_SAFE_INTEGER);
      const random = new Random(fold(keyOf(seed), recipe.name));
      const first = recipe.sample(params, random, 0);
      const features = first.x.length;
      if (params.rows * features > LIMITS.values)
        throw new UsageError(`${recipe.name}: expected at most ${count(LIMITS.values)} numbers, got ${count(params.rows)} rows of ${count(features)}`);
      const x = new Float32Array(params.rows * features);
      const y = new Float32Array(params.rows);
      for (let i = 0; i < params.rows; i++) {
        const sample = i === 0 ? first : recipe.sample(params, random, i);
        x.set(sample.x, i * features);
        y[i] = sample.y;
      }
      const classes = recipe.classes?.(params);
      return dataset({ x, y, shape: [features], ...(classes !== undefined && { classes }) });
    },
  };
}

function withDefaults<P extends string>(recipe: Recipe<P>, given: Readonly<Record<string, number>>): Record<P, number> {
  const names = Object.keys(recipe.params) as P[];
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(recipe.params, name));
  if (unknown !== undefined) throw new UsageError(`${recipe.name}: there is no param ${show(unknown)}; it has ${names.join(', ')}`);
  const params = {} as Record<P, number>;
  for (const name of names) {
    const { default: standard, least, most, integer } = recipe.params[name];
    const value = given[name] ?? standard;
    requireNumber(`${recipe.name}: ${name}`, value, least, most);
    if (integer) requireInteger(`${recipe.name}: ${name}`, value, least);
    params[name] = value;
  }
  return params;
}

/** A point of the square [-1, 1)². */
function square(random: Random): [number, number] {
  return [2 * random.uniform() - 1, 2 * random.uniform() - 1];
}
