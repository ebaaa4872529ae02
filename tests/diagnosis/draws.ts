// Networks that are drawn: a random healthy one, and the same with one cause planted. drawn.ts asks how often the first finding names it.
import { clouds, friedman, inUnits, plane, quarters, Random, type Rows, rare, relabelled, ring, saddle, scaled, shuffled, wave, withColumns } from './data.ts';
import { adam, document, type Healthy, LOSS, output, type Score, type Sick, type Written } from './network.ts';

type Layers = Written['layers'];
type Named<Names extends string> = { readonly name: Names };

/** What a network is drawn from: its parts, before they are put together. */
interface Draw {
  readonly random: Random;
  readonly rows: Rows;
  readonly task: 'two' | 'classes' | 'numbers';
  /** Classes, or 1 of numbers. */
  readonly units: number;
  readonly depth: number;
  readonly width: number;
  readonly activation: string;
  readonly norm?: string;
  readonly dropout?: number;
  readonly weights: object;
  readonly loss: Written['loss'];
  readonly optimizer: Written['optimizer'] & Named<string>;
  readonly steps: number;
  readonly batchSize: number;
  readonly last?: string;
  readonly lastWeights?: object;
}

const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random.uniform() * list.length)]!;
/** A number between two, evenly on a scale of logarithms. */
const between = (random: Random, low: number, high: number): number => Number(Math.exp(random.uniform(Math.log(low), Math.log(high))).toPrecision(2));
/** Whether causes are planted as weakly as they may be and still do harm. */
let mild = false;
export const plantMildly = (wanted: boolean): void => {
  mild = wanted;
};
const strength = (random: Random, weak: number, low: number, high: number): number => (mild ? between(random, weak, low) : between(random, low, high));
const whole = (random: Random, low: number, high: number): number => Math.round(between(random, low, high));

/** Bars and crosses on a small picture, with noise. */
function pictures(count: number, seed: number, size = 8): Rows {
  const random = new Random(seed);
  const x: number[][] = [];
  const y: number[] = [];
  for (let row = 0; row < count; row++) {
    const kind = row % 3;
    const [a, b] = [Math.floor(random.uniform(1, size - 1)), Math.floor(random.uniform(1, size - 1))];
    x.push(
      Array.from({ length: size * size }, (_, i) => {
        const [line, column] = [Math.floor(i / size), i % size];
        const on = (kind !== 1 && line === a) || (kind !== 0 && column === b);
        return Number((Number(on) * 0.9 + random.normal(0.12)).toFixed(3));
      }),
    );
    y.push(kind);
  }
  return { x, y, classes: 3 };
}

/** Categories as columns of zeros and ones beside measured columns. */
function table(count: number, seed: number): Rows {
  const random = new Random(seed);
  const effect = [1.2, -0.8, 0.3, -1.6, 0.9];
  const x: number[][] = [];
  const y: number[] = [];
  for (let row = 0; row < count; row++) {
    const kind = Math.floor(random.uniform() * 5);
    const [a, b] = [random.normal(), random.normal()];
    x.push([...effect.map((_, i) => Number(i === kind)), Number(a.toPrecision(4)), Number(b.toPrecision(4))]);
    y.push(Number(effect[kind]! * a + 0.7 * b + random.normal(0.3) > 0));
  }
  return { x, y, classes: 2 };
}

/** A wave of one of three frequencies with a random phase. */
function waves(count: number, seed: number): Rows {
  const random = new Random(seed);
  const [x, y]: [number[][], number[]] = [[], []];
  for (let row = 0; row < count; row++) {
    const phase = random.uniform(0, 6.3);
    x.push(Array.from({ length: 16 }, (_, t) => Number((1.3 * Math.sin(phase + (0.4 + 0.5 * (row % 3)) * t) + random.normal(0.25)).toFixed(3))));
    y.push(row % 3);
  }
  return { x, y, classes: 3 };
}

const normalised = (rows: Rows): Rows => {
  const y = rows.y as number[];
  const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
  const std = Math.sqrt(y.reduce((sum, value) => sum + (value - mean) ** 2, 0) / y.length);
  return { ...rows, y: y.map((value) => (value - mean) / std) };
};

const SOURCES: Record<string, (count: number, seed: number) => { rows: Rows; task: Draw['task']; units: number }> = {
  ring: (n, seed) => ({ rows: ring(n, seed), task: 'two', units: 2 }),
  quarters: (n, seed) => ({ rows: quarters(n, seed), task: 'two', units: 2 }),
  noisy: (n, seed) => ({ rows: quarters(n, seed, 0.06), task: 'two', units: 2 }),
  table: (n, seed) => ({ rows: table(n, seed), task: 'two', units: 2 }),
  clouds: (n, seed) => ({ rows: inUnits(clouds(n, seed, 4, 6), [0.7]), task: 'classes', units: 4 }),
  tenClouds: (n, seed) => ({ rows: inUnits(clouds(n, seed, 10, 8), [0.7]), task: 'classes', units: 10 }),
  pictures: (n, seed) => ({ rows: pictures(n, seed), task: 'classes', units: 3 }),
  waves: (n, seed) => ({ rows: waves(n, seed), task: 'classes', units: 3 }),
  friedman: (n, seed) => ({ rows: normalised(friedman(n, seed)), task: 'numbers', units: 1 }),
  saddle: (n, seed) => ({ rows: normalised(saddle(n, seed)), task: 'numbers', units: 1 }),
  wave: (n, seed) => ({ rows: normalised(wave(n, seed)), task: 'numbers', units: 1 }),
  plane: (n, seed) => ({ rows: normalised(plane(n, seed, 8)), task: 'numbers', units: 1 }),
};

/** Rates at which an optimizer usually learns. */
const RATES: Record<string, readonly [low: number, high: number]> = {
  sgd: [0.05, 0.2],
  momentum: [0.01, 0.04],
  adam: [0.003, 0.012],
  adamw: [0.003, 0.012],
  rmsprop: [0.001, 0.005],
  adagrad: [0.03, 0.1],
};

const optimizerOf = (name: string, learningRate: number, more: object = {}): Draw['optimizer'] =>
  (name === 'momentum' ? { name: 'sgd', learningRate, momentum: 0.9, ...more } : { name, learningRate, ...more }) as Draw['optimizer'];

/** A healthy network. */
function drawOf(seed: number, sources: readonly string[] = Object.keys(SOURCES)): Draw {
  const random = new Random(seed);
  const data = SOURCES[pick(random, sources)]!(whole(random, 180, 350), seed + 7);
  const activation = pick(random, ['relu', 'relu', 'leaky_relu', 'elu', 'gelu', 'silu', 'tanh', 'tanh', 'softplus', 'selu']);
  const depth = whole(random, 1, 5);
  const name = pick(random, Object.keys(RATES));
  const rate = between(random, ...RATES[name]!);
  const norm = random.uniform() < 0.15 ? pick(random, ['batch_norm', 'layer_norm']) : undefined;
  return {
    random,
    ...data,
    depth,
    width: whole(random, 6, 32),
    activation,
    ...(norm ? { norm } : {}),
    ...(random.uniform() < 0.1 ? { dropout: 0.1 } : {}),
    weights: { initializer: { scheme: activation === 'tanh' || activation === 'selu' ? 'glorot_uniform' : 'he_normal' } },
    loss:
      data.task === 'numbers'
        ? pick<Written['loss']>(random, ['mse', 'mse', 'mae', 'huber' as never])
        : data.task === 'two'
          ? pick(random, [LOSS.ce, LOSS.bce])
          : LOSS.ce,
    optimizer: optimizerOf(name, rate),
    steps: whole(random, 80, 400),
    batchSize: whole(random, 6, 40),
  };
}

/** The document of a draw. */
function written({ rows, task, units, depth, width, activation, norm, dropout, weights, loss, optimizer, steps, batchSize, last, lastWeights }: Draw): Written {
  const binary = loss === 'bce_with_logits' || loss === 'hinge';
  const behind = dropout ? [{ type: 'dropout', rate: dropout }] : [];
  const block = [
    { type: 'dense', units: width, ...weights },
    ...(norm ? [{ type: norm }] : []),
    ...(activation === 'none' ? [] : [{ type: 'activation', name: activation }]),
    ...behind,
  ];
  const layers = [
    { type: 'repeat', times: depth, layers: block },
    ...output(binary ? 1 : units, { ...(last ? { activation: last } : {}), weights: lastWeights ?? {} }),
  ] as Layers;
  const data: Rows = task === 'two' && binary ? { x: rows.x, y: rows.y } : rows;
  return { data, layers, loss, optimizer, steps, batchSize };
}

const DEEP_SOURCES = ['clouds', 'tenClouds', 'friedman', 'plane', 'waves', 'table'];
const CLASSES = ['ring', 'quarters', 'table', 'clouds', 'tenClouds', 'pictures', 'waves'];
const NUMBERS = ['friedman', 'saddle', 'wave', 'plane'];
const TABLES = ['ring', 'quarters', 'table', 'clouds', 'tenClouds', 'waves', ...NUMBERS];

interface Plant {
  readonly accepted: readonly string[];
  readonly sources?: readonly string[];
  /** What the healthy one must be beside what it was drawn as. */
  readonly twin?: (draw: Draw) => Partial<Draw>;
  readonly plant: (draw: Draw) => Partial<Draw>;
  readonly score?: Score;
}

const optimised = (draw: Draw, more: object): Partial<Draw> => ({ optimizer: { ...draw.optimizer, ...more } as Draw['optimizer'] });
const times = (draw: Draw, factor: number): Partial<Draw> =>
  optimised(draw, { learningRate: Number(((draw.optimizer as { learningRate: number }).learningRate * factor).toPrecision(2)) });
const noNorm = (): Partial<Draw> => ({ norm: undefined as never });

const PLANTS: Record<string, Plant> = {
  inputs_offset: {
    accepted: ['inputs_not_scaled'],
    sources: TABLES,
    twin: noNorm,
    plant: ({ rows, random }) => ({ rows: inUnits(rows, [1], [strength(random, 6, 20, 1000)]) }),
  },
  inputs_large: { accepted: ['inputs_not_scaled'], twin: noNorm, plant: ({ rows, random }) => ({ rows: inUnits(rows, [strength(random, 10, 50, 5000)]) }) },
  inputs_small: {
    accepted: ['inputs_not_scaled'],
    twin: noNorm,
    plant: ({ rows, random }) => ({ rows: inUnits(rows, [1 / strength(random, 50, 200, 10_000)]) }),
  },
  inputs_mixed: {
    accepted: ['inputs_not_scaled'],
    sources: TABLES.filter((name) => name !== 'wave'),
    twin: noNorm,
    plant: ({ rows, random }) => ({
      rows: inUnits(
        rows,
        rows.x[0]!.map(() => between(random, 1e-2, 1e4)),
        rows.x[0]!.map(() => random.uniform(0, 50)),
      ),
    }),
  },
  constant_column: {
    accepted: ['constant_columns', 'inputs_not_scaled'],
    sources: TABLES,
    twin: noNorm,
    plant: ({ rows, random }) => {
      const value = strength(random, 20, 200, 5000);
      return { rows: withColumns(rows, () => [value, 58]) };
    },
  },
  duplicate_columns: {
    accepted: ['duplicate_columns'],
    sources: TABLES,
    twin: (draw) => ({ ...noNorm(), optimizer: optimizerOf('sgd', between(draw.random, 0.08, 0.15)) }),
    plant: ({ rows, random }) => {
      const copies = Math.round(strength(random, 10, 30, 60));
      return { rows: withColumns(rows, (row) => row.flatMap((value) => Array.from({ length: copies }, () => value))) };
    },
  },
  targets_large: {
    accepted: ['targets_not_scaled'],
    sources: NUMBERS,
    plant: ({ rows, random }) => {
      const factor = strength(random, 8, 50, 100_000);
      return { rows: scaled(rows, factor, factor * random.uniform(0, 5)) };
    },
  },
  targets_offset: {
    accepted: ['targets_not_scaled'],
    sources: NUMBERS,
    plant: ({ rows, random }) => ({ rows: scaled(rows, 1, strength(random, 10, 50, 5000)) }),
  },
  targets_small: {
    accepted: ['targets_not_scaled'],
    sources: NUMBERS,
    plant: ({ rows, random }) => ({ rows: scaled(rows, 1 / strength(random, 50, 300, 10_000)) }),
  },
  hinge_01: {
    accepted: ['labels_do_not_fit_loss'],
    sources: ['ring', 'quarters', 'table'],
    twin: ({ rows }) => ({ loss: 'hinge' as never, rows: relabelled(rows, (y) => 2 * y - 1) }),
    plant: ({ rows }) => ({ rows: relabelled(rows, (y) => (y + 1) / 2) }),
  },
  bce_pm1: {
    accepted: ['labels_do_not_fit_loss'],
    sources: ['ring', 'quarters', 'table'],
    twin: () => ({ loss: LOSS.bce }),
    plant: ({ rows }) => ({ rows: relabelled(rows, (y) => 2 * y - 1) }),
  },
  classes_mse: {
    accepted: ['labels_do_not_fit_loss'],
    sources: ['clouds', 'tenClouds', 'waves'],
    plant: ({ random }) => ({ loss: pick<Written['loss']>(random, ['mse', 'mae']), units: 1 }),
  },
  out_relu_numbers: { accepted: ['output_cannot_answer'], sources: NUMBERS, plant: () => ({ last: 'relu' }) },
  out_sigmoid_numbers: { accepted: ['output_cannot_answer'], sources: NUMBERS, plant: () => ({ last: 'sigmoid' }) },
  out_tanh_numbers: {
    accepted: ['output_cannot_answer', 'targets_not_scaled'],
    sources: NUMBERS,
    twin: ({ rows }) => ({ rows: scaled(rows, 2, 3) }),
    plant: () => ({ last: 'tanh' }),
  },
  out_sigmoid_bce: {
    accepted: ['output_cannot_answer'],
    sources: ['ring', 'quarters', 'table'],
    twin: () => ({ loss: LOSS.bce }),
    plant: () => ({ last: 'sigmoid' }),
  },
  out_relu_bce: {
    accepted: ['output_cannot_answer'],
    sources: ['ring', 'quarters', 'table'],
    twin: () => ({ loss: LOSS.bce }),
    plant: () => ({ last: 'relu' }),
  },
  out_softmax_ce: { accepted: ['output_cannot_answer'], sources: CLASSES, twin: () => ({ loss: LOSS.ce }), plant: () => ({ last: 'softmax' }) },
  out_sigmoid_ce: { accepted: ['output_cannot_answer'], sources: ['tenClouds'], twin: () => ({ loss: LOSS.ce }), plant: () => ({ last: 'sigmoid' }) },
  no_activation: {
    accepted: ['no_activation'],
    sources: ['ring', 'quarters', 'saddle', 'wave', 'friedman'],
    plant: ({ depth }) => ({ activation: 'none', depth: Math.max(2, depth) }),
  },
  dropout: { accepted: ['dropout_too_strong'], plant: ({ random }) => ({ dropout: mild ? random.uniform(0.6, 0.75) : random.uniform(0.75, 0.95) }) },
  dropout_narrow: {
    accepted: ['dropout_too_strong'],
    twin: ({ random }) => ({ width: whole(random, 4, 8), depth: 3, ...noNorm() }),
    plant: () => ({ dropout: 0.5 }),
  },
  weight_decay: {
    accepted: ['weight_decay_too_strong'],
    plant: (draw) => {
      const rate = (draw.optimizer as { learningRate: number }).learningRate;
      return draw.optimizer.name === 'adamw'
        ? optimised(draw, { weightDecay: Number((strength(draw.random, 1, 3, 15) * (0.1 / rate) * 0.1).toPrecision(2)) })
        : draw.optimizer.name === 'sgd' || draw.optimizer.name === 'adam'
          ? optimised(draw, { weightDecay: strength(draw.random, 0.03, 0.2, 1) })
          : { optimizer: optimizerOf('sgd', 0.1, { weightDecay: strength(draw.random, 0.03, 0.2, 1) }) };
    },
  },
  l2: { accepted: ['l2_too_strong'], twin: noNorm, plant: ({ weights, random }) => ({ weights: { ...weights, l2: strength(random, 0.03, 0.2, 1) } }) },
  l1: { accepted: ['l1_too_strong'], twin: noNorm, plant: ({ weights, random }) => ({ weights: { ...weights, l1: strength(random, 0.005, 0.05, 0.5) } }) },
  imbalance: {
    accepted: ['class_imbalance', 'one_class_only'],
    score: 'f1',
    sources: ['ring'],
    twin: ({ random, rows }) => {
      const share = between(random, 0.04, 0.1);
      const data = rare(800, rows.x.length, share);
      return { rows: { x: data.x, y: data.y }, units: 1, loss: { name: 'bce_with_logits', posWeight: Math.round(1 / share) } as never, ...noNorm() };
    },
    plant: () => ({ loss: LOSS.bce }),
  },
  batch_norm_2: {
    accepted: ['batch_too_small'],
    twin: ({ depth }) => ({ norm: 'batch_norm', depth: Math.max(2, depth) }),
    plant: ({ random }) => ({ batchSize: mild ? pick(random, [3, 4, 6]) : 2 }),
  },
  constant_start: {
    accepted: ['symmetric_units'],
    sources: ['ring', 'quarters', 'tenClouds', 'saddle', 'wave', 'friedman'],
    twin: noNorm,
    plant: ({ random }) => {
      const value = between(random, 0.02, 0.3);
      return { weights: { initializer: { scheme: 'constant', value } }, lastWeights: { initializer: { scheme: 'constant', value } } };
    },
  },
  zero_start: {
    accepted: ['symmetric_units'],
    sources: ['ring', 'quarters', 'tenClouds', 'saddle', 'wave', 'friedman'],
    twin: noNorm,
    plant: () => ({ weights: { initializer: { scheme: 'zeros' } }, lastWeights: { initializer: { scheme: 'zeros' } } }),
  },
  rate_high: { accepted: ['learning_rate_too_high'], plant: (draw) => times(draw, strength(draw.random, 5, 30, 300)) },
  rate_low: { accepted: ['learning_rate_too_low'], plant: (draw) => times(draw, 1 / strength(draw.random, 30, 300, 10_000)) },
  rate_decays: {
    accepted: ['learning_rate_too_low'],
    plant: (draw) => optimised(draw, { schedule: { name: 'exponential', gamma: mild ? draw.random.uniform(0.8, 0.95) : draw.random.uniform(0.4, 0.8) } }),
  },
  rate_x_penalty: {
    accepted: ['rate_times_penalty'],
    twin: (draw) => ({ ...noNorm(), optimizer: optimizerOf('sgd', between(draw.random, 0.05, 0.2)) }),
    plant: (draw) => ({
      weights: { ...draw.weights, l2: Number(((2.5 + draw.random.uniform()) / (draw.optimizer as { learningRate: number }).learningRate).toPrecision(3)) },
    }),
  },
  constant_targets: {
    accepted: ['constant_targets'],
    sources: NUMBERS,
    plant: ({ rows, random }) => {
      const value = random.uniform(-2, 5);
      return { rows: { x: rows.x, y: rows.x.map(() => value) } };
    },
  },
  random_targets: { accepted: ['random_targets'], sources: TABLES, plant: ({ rows }) => ({ rows: shuffled(rows, 5) }) },
  start_small: {
    accepted: ['initial_weights_too_small', 'vanishing_with_depth', 'forward_scale'],
    twin: noNorm,
    plant: ({ random }) => {
      const initializer = { scheme: 'normal', std: 1 / strength(random, 30, 200, 2000) };
      return { weights: { initializer }, lastWeights: { initializer } };
    },
  },
  deep_sigmoid: {
    accepted: ['vanishing_with_depth'],
    sources: DEEP_SOURCES,
    twin: ({ random }) => ({ depth: whole(random, 5, 12), width: whole(random, 16, 48), weights: {}, activation: 'relu', ...noNorm() }),
    plant: () => ({ activation: 'sigmoid' }),
  },
  deep_small: {
    accepted: ['vanishing_with_depth', 'initial_weights_too_small', 'forward_scale'],
    sources: DEEP_SOURCES,
    twin: ({ random }) => ({
      depth: whole(random, 10, 25),
      width: whole(random, 16, 48),
      activation: 'tanh',
      weights: { initializer: { scheme: 'lecun_normal' } },
      optimizer: adam(0.002) as Draw['optimizer'],
      ...noNorm(),
    }),
    plant: ({ random }) => ({ weights: { initializer: { scheme: 'lecun_normal', gain: mild ? random.uniform(0.6, 0.8) : random.uniform(0.2, 0.6) } } }),
  },
  exploding: {
    accepted: ['exploding_with_depth', 'forward_scale', 'non_finite'],
    sources: DEEP_SOURCES,
    twin: ({ random }) => ({
      depth: whole(random, 6, 16),
      width: whole(random, 16, 48),
      activation: pick(random, ['relu', 'leaky_relu', 'elu', 'gelu']),
      weights: {},
      optimizer: adam(0.002) as Draw['optimizer'],
      ...noNorm(),
    }),
    plant: ({ random }) => ({ weights: { initializer: { scheme: 'he_normal', gain: mild ? random.uniform(1.6, 3) : random.uniform(3, 6) } } }),
  },
  saturated: {
    accepted: ['saturated'],
    sources: TABLES,
    twin: ({ random }) => ({ activation: pick(random, ['tanh', 'sigmoid']), depth: 2, weights: { initializer: { scheme: 'glorot_uniform' } }, ...noNorm() }),
    plant: ({ random }) => ({ weights: { initializer: { scheme: 'normal', std: strength(random, 1.2, 4, 30) } } }),
  },
  dead: {
    accepted: ['dead_units'],
    twin: ({ random }) => ({ activation: 'relu', depth: whole(random, 2, 4), weights: {}, ...noNorm() }),
    plant: ({ random }) => ({ weights: { biasInitializer: { scheme: 'constant', value: -strength(random, 1.5, 5, 30) } } }),
  },
  by_heart: {
    accepted: ['overfitting', 'overtraining'],
    sources: ['ring', 'saddle', 'friedman'],
    twin: ({ random }) => ({
      rows: normalisedTwo(120, random),
      task: 'numbers',
      units: 1,
      loss: 'mse',
      optimizer: adam(0.003) as Draw['optimizer'],
      steps: 60,
      batchSize: 16,
      depth: 1,
      width: 8,
      activation: 'relu',
      weights: {},
      ...noNorm(),
    }),
    plant: () => ({ depth: 3, width: 128, steps: 500, optimizer: adam(0.01) as Draw['optimizer'] }),
  },
};

/** A plane with much noise: what is learned by heart is noise. */
function normalisedTwo(count: number, random: Random): Rows {
  return normalised(plane(count, Math.floor(random.uniform(0, 1e6)), 10, 0.6));
}

export const CAUSES = Object.keys(PLANTS);

/** The network of a cause and a seed. */
export function sickDraw(cause: string, seed: number): Sick {
  const { accepted, sources, twin, plant, score } = PLANTS[cause]!;
  const drawn = drawOf(seed * 7919 + 104_729 * CAUSES.indexOf(cause), sources);
  const healthy: Draw = { ...drawn, ...twin?.(drawn) };
  const planted: Draw = { ...healthy, ...plant(healthy) };
  return {
    name: `${cause}-${seed}`,
    cause: describe(planted),
    accepted,
    score: score ?? (healthy.task === 'numbers' ? 'r2' : 'accuracy'),
    document: document(written(planted)),
    twin: document(written(healthy)),
  };
}

/** What a draw is, in short. */
function describe({ depth, width, activation, norm, dropout, loss, optimizer, steps, batchSize, rows }: Draw): string {
  const { name, learningRate } = optimizer as { name: string; learningRate: number };
  return [
    `${rows.x.length} × ${rows.x[0]!.length}`,
    `${depth} × ${width} ${activation}${norm ? ` ${norm}` : ''}${dropout ? ` dropout ${dropout.toFixed(2)}` : ''}`,
    typeof loss === 'string' ? loss : loss.name,
    `${name} ${learningRate}`,
    `${steps} × ${batchSize}`,
  ].join(', ');
}

/** What may look odd in a healthy network, and does no harm. */
const AWKWARD: Record<string, (draw: Draw) => Partial<Draw>> = {
  none: () => ({}),
  'labels turned over': ({ rows, task, random }) =>
    task === 'two' ? { rows: { ...rows, y: (rows.y as number[]).map((y) => (random.uniform() < 0.12 ? 1 - y : y)) } } : {},
  'noisy targets': ({ rows, task, random }) =>
    task === 'numbers' ? { rows: normalised({ ...rows, y: (rows.y as number[]).map((y) => y + random.normal(0.5)) }) } : {},
  'a wide scale': ({ rows, random }) => ({
    rows: inUnits(
      rows,
      rows.x[0]!.map(() => between(random, 0.3, 4)),
      rows.x[0]!.map(() => random.uniform(-2, 2)),
    ),
  }),
  'scaled targets': ({ rows, task, random }) => (task === 'numbers' ? { rows: scaled(rows, between(random, 0.2, 5), random.uniform(-4, 4)) } : {}),
  'few steps': () => ({ steps: 50 }),
  'deep and narrow': ({ random }) => ({ depth: whole(random, 6, 12), width: whole(random, 6, 12), activation: 'relu', weights: {}, norm: undefined as never }),
  dropout: ({ random }) => ({ dropout: random.uniform(0.2, 0.5), width: 32 }),
  'a large batch': () => ({ batchSize: 128 }),
  'a small batch': () => ({ batchSize: 4, norm: undefined as never }),
  penalties: ({ weights, random }) => ({ weights: { ...weights, l2: between(random, 1e-4, 3e-3), l1: between(random, 1e-5, 3e-4) } }),
  'a sharp rate': (draw) => times(draw, 3),
  'few rows': ({ rows }) => ({ rows: { ...rows, x: rows.x.slice(0, 90), y: (rows.y as number[]).slice(0, 90) } }),
  sigmoid: () => ({ activation: 'sigmoid', depth: 1, weights: { initializer: { scheme: 'glorot_uniform' } } }),
  'a rare class': ({ random }) => {
    const share = between(random, 0.05, 0.12);
    const data = rare(500, Math.floor(random.uniform(0, 1e5)), share);
    const x = data.x.map((row, i) => (data.y[i] ? row.map((value) => value + 1.5) : row));
    return { rows: { ...data, x }, task: 'two', units: 2, loss: LOSS.ce };
  },
};

/** A healthy network in which something may look odd. */
export const healthyDraw = (seed: number): Healthy => {
  const drawn = drawOf(seed * 7919 + 13);
  const kind = Object.keys(AWKWARD)[seed % Object.keys(AWKWARD).length]!;
  const draw: Draw = { ...drawn, ...AWKWARD[kind]!(drawn) };
  return { name: `healthy-${seed}`, awkward: `${kind}: ${describe(draw)}`, document: document(written(draw)) };
};
