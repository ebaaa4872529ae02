// Half of the ninth set, made without a look at the rules: networks after public reports of trainings that failed, on rows of their own, and healthy ones of which most
// look odd. Accepted names were written down before anything was diagnosed; `npm run scoreboard -- --half ninth_a --proof` shows that all count.
import type { Rows } from './data.ts';
import { Random, short, times } from './data.ts';
import { adam, document, type Healthy, hidden, LOSS, layers, output, planted, type Sick, sgd, type Written } from './network.ts';

export const NINTH_A_SICK: Sick[] = [];
export const NINTH_A_HEALTHY: Healthy[] = [];

const sick = (...network: Parameters<typeof planted>): void => void NINTH_A_SICK.push(planted(...network));

function healthy(name: string, written: Written, awkward?: string): void {
  NINTH_A_HEALTHY.push({ name, document: document(written), ...(awkward ? { awkward } : {}) });
}

const dense = (units: number, more: object = {}): object => ({ type: 'dense', units, ...more });
const act = (name = 'relu'): object => ({ type: 'activation', name });
const optimizer = (name: string, learningRate: number, more: object = {}): Written['optimizer'] => ({ name, learningRate, ...more }) as Written['optimizer'];

// ---- Rows

function made(count: number, seed: number, make: (random: Random, row: number) => [x: number[], y: number], classes?: number): Rows {
  const random = new Random(seed);
  const all = times(count, (row) => make(random, row));
  return { x: all.map(([x]) => x.map(short)), y: all.map(([, y]) => short(y)), ...(classes ? { classes } : {}) };
}

/** The x of rows, changed row by row. */
const withX = ({ x, ...rest }: Rows, change: (row: readonly number[], at: number) => number[]): Rows => ({ ...rest, x: x.map(change) });
const withY = ({ x, y }: Rows, change: (y: number, at: number) => number): Rows => ({ x, y: (y as number[]).map(change) });

/** Regression: the power that a pump takes, of flow, pressure, speed and the state of a valve, each with mean 0 and deviation 1. */
const pump = (count: number, seed: number, noise = 0.1): Rows =>
  made(count, seed, (random) => {
    const [flow, pressure, speed, valve] = times(4, () => random.uniform(-1.73, 1.73)) as [number, number, number, number];
    return [[flow, pressure, speed, valve], 0.7 * flow * pressure + 0.6 * Math.abs(speed) - 0.4 * valve + 0.3 * flow + random.normal(noise)];
  });

/** Regression: rent by area, storey, age and distance; all above 0, mean near 1. */
const rent = (count: number, seed: number, noise = 0.05): Rows =>
  made(count, seed, (random) => {
    const [area, storey, age, distance, garden] = times(5, () => random.normal()) as [number, number, number, number, number];
    const value = 1 + 0.25 * area - 0.12 * Math.abs(age) + 0.2 * Math.tanh(garden - distance) + 0.03 * storey;
    return [[area, storey, age, distance, garden], Math.max(0.1, value + random.normal(noise))];
  });

/** Two classes: two half moons that reach into one another. */
const moons = (count: number, seed: number, noise = 0.15, share = 0.5): Rows =>
  made(
    count,
    seed,
    (random) => {
      const upper = random.uniform() < share ? 1 : 0;
      const angle = random.uniform(0, Math.PI);
      const [a, b] = upper ? [Math.cos(angle), Math.sin(angle)] : [1 - Math.cos(angle), 0.5 - Math.sin(angle)];
      return [[1.2 * (a - 0.5) + random.normal(noise), 1.6 * (b - 0.25) + random.normal(noise)], upper];
    },
    2,
  );

/** Several classes: the arms of a pinwheel, with columns that say nothing. */
const pinwheel = (count: number, seed: number, arms: number, { idle = 0, twist = 1.2, noise = 0.12 } = {}): Rows =>
  made(
    count,
    seed,
    (random) => {
      const arm = Math.floor(random.uniform(0, arms));
      const radius = random.uniform(0.3, 1.8);
      const angle = (2 * Math.PI * arm) / arms + twist * radius + random.normal(noise);
      return [[radius * Math.cos(angle), radius * Math.sin(angle), ...times(idle, () => random.normal())], arm];
    },
    arms,
  );

/** Images of 8 by 8: a bar lying, standing, or one of two diagonals, anywhere, with noise. */
const bars = (count: number, seed: number, noise = 0.25): Rows =>
  made(
    count,
    seed,
    (random) => {
      const kind = Math.floor(random.uniform(0, 4));
      const at = Math.floor(random.uniform(-2, 3));
      const pixel = (row: number, column: number): boolean => [row === 4 + at, column === 4 + at, row - column === at, row + column === 7 + at][kind]!;
      return [times(64, (i) => (pixel(Math.floor(i / 8), i % 8) ? 1 : 0) + random.normal(noise)), kind];
    },
    4,
  );

/** Images of 6 by 6: two classes, a bright square of 3 by 3 or a hollow one. */
const squares = (count: number, seed: number, noise = 0.2): Rows =>
  made(
    count,
    seed,
    (random) => {
      const hollow = random.uniform() < 0.5 ? 1 : 0;
      const [top, left] = [Math.floor(random.uniform(0, 4)), Math.floor(random.uniform(0, 4))];
      const pixel = (row: number, column: number): number => {
        const [r, c] = [row - top, column - left];
        return r >= 0 && r < 3 && c >= 0 && c < 3 && !(hollow && r === 1 && c === 1) ? 1 : 0;
      };
      return [times(36, (i) => pixel(Math.floor(i / 6), i % 6) + random.normal(noise)), hollow];
    },
    2,
  );

/** Sequences of 24: a slow wave, a fast one, or a step, at any time and of any height. */
const signals = (count: number, seed: number, noise = 0.2): Rows =>
  made(
    count,
    seed,
    (random) => {
      const kind = Math.floor(random.uniform(0, 3));
      const [phase, height, at] = [random.uniform(0, 2 * Math.PI), random.uniform(0.8, 1.4), random.uniform(7, 17)];
      const value = (t: number): number => (kind === 2 ? (t < at ? -1 : 1) : Math.sin(phase + t * (kind === 0 ? 0.55 : 1.4)));
      return [times(24, (t) => height * value(t) + random.normal(noise)), kind];
    },
    3,
  );

/** Sequences of 20, and a regression: how strongly the wave in it swings. */
const swing = (count: number, seed: number, noise = 0.1): Rows =>
  made(count, seed, (random) => {
    const [height, phase, speed] = [random.uniform(0, 2), random.uniform(0, 6.28), random.uniform(0.6, 1.2)];
    return [times(20, (t) => height * Math.sin(phase + speed * t) + random.normal(noise)), height - 1 + random.normal(noise)];
  });

/** Two classes: whether the product of two columns among `columns` is positive; no line parts them. */
const signs = (count: number, seed: number, columns: number, wrong = 0): Rows =>
  made(
    count,
    seed,
    (random) => {
      const x = times(columns, () => random.uniform(-1.7, 1.7));
      return [x, x[0]! * x[1]! > 0 !== random.uniform() < wrong ? 1 : 0];
    },
    2,
  );

/** Two classes: whether a customer leaves, by a sum of columns with noise; `lean` moves the share of those who do. */
const leavers = (count: number, seed: number, columns: number, { noise = 0.4, lean = 0 } = {}): Rows =>
  made(
    count,
    seed,
    (random) => {
      const x = times(columns, () => random.normal());
      return [x, x[0]! - 0.8 * x[1]! + 0.6 * x[2]! * x[2]! - 0.6 + lean + random.normal(noise) > 0 ? 1 : 0];
    },
    2,
  );

const image = (size: number): object => ({ type: 'reshape', shape: [size, size, 1] });
const sequence = (length: number): object => ({ type: 'reshape', shape: [length, 1] });
const conv = (filters: number, more: object = {}): object => ({ type: 'conv2d', filters, kernelSize: 3, padding: 'same', ...more });
const conv1 = (filters: number, kernelSize: number, more: object = {}): object => ({ type: 'conv1d', filters, kernelSize, padding: 'same', ...more });
const flat = { type: 'flatten' };
const pool = { type: 'max_pool2d', kernelSize: 2 };
const norm = { type: 'batch_norm' };

// ---- Sick

// Temperatures in kelvin, pascal and turns a minute into tanh: stackoverflow.com/questions/52800582 has the arithmetic of why sigmoid units are flat from the start.
sick(
  'pump-kelvin-pascal',
  'inputs not scaled',
  ['inputs_not_scaled'],
  'r2',
  { layers: [...hidden(2, 20, 'tanh'), ...output(1)], loss: LOSS.mse, optimizer: adam(0.005), steps: 250 },
  { data: withX(pump(400, 901), ([a, b, c, d]) => [293 + 4 * a!, 101325 + 900 * b!, 1450 + 60 * c!, d!]) },
  { data: pump(400, 901) },
);

// Pixels from 0 to 255 into a convolution.
sick(
  'bars-0-to-255',
  'inputs not scaled: pixels from 0 to 255',
  ['inputs_not_scaled'],
  'accuracy',
  {
    layers: layers(image(8), conv(8), act(), pool, conv(12), act(), flat, dense(4)),
    loss: LOSS.ce,
    optimizer: sgd(0.05, { momentum: 0.9 }),
    steps: 150,
  },
  { data: withX(bars(400, 902), (row) => row.map((value) => Math.round(255 * Math.min(1, Math.max(0, 0.3 + 0.6 * value))))) },
  { data: bars(400, 902) },
);

// github.com/fferroni/DEC-Keras/issues/9: "check if any column has all zero value and remove them"; here an ADC that is stuck at its end.
sick(
  'stuck-converter',
  'a constant column of 4095',
  ['constant_columns', 'inputs_not_scaled'],
  'accuracy',
  { layers: [...hidden(2, 24), ...output(2)], loss: LOSS.ce, optimizer: sgd(0.1), steps: 200 },
  { data: withX(moons(400, 903), (row) => [...row, 4095]) },
  { data: moons(400, 903) },
);

// An export that joined the same column into the table again and again.
sick(
  'joined-150-times',
  'one column 150 times over',
  ['duplicate_columns'],
  'accuracy',
  { layers: [...hidden(1, 24), ...output(2)], loss: LOSS.ce, optimizer: sgd(0.3, { momentum: 0.9 }), steps: 150 },
  { data: withX(leavers(400, 904, 4), (row) => [...row, ...times(150, () => row[3]!)]) },
  { data: leavers(400, 904, 4) },
);

// stats.stackexchange.com/questions/409000: prices near 250,000 dollars; after 2,000 epochs of Adam the outputs were still on their way up from 0.
sick(
  'prices-in-dollars',
  'targets not scaled',
  ['targets_not_scaled'],
  'r2',
  { layers: [...hidden(2, 24), ...output(1)], loss: LOSS.mse, optimizer: adam(0.003), steps: 300 },
  { data: withY(rent(400, 905), (y) => 250000 * y) },
  { data: withY(rent(400, 905), (y) => 3 * (y - 1)) },
);

// The other end: micrometres written in metres.
sick(
  'micrometres-in-metres',
  'targets not scaled: of size 1e-5',
  ['targets_not_scaled'],
  'r2',
  { layers: [...hidden(2, 32), ...output(1)], loss: LOSS.mse, optimizer: optimizer('rmsprop', 0.003), steps: 250 },
  { data: withY(pump(350, 906), (y) => 1e-5 * y) },
  { data: pump(350, 906) },
);

// Class indices as numbers into MSE over one unit.
sick(
  'pinwheel-as-numbers',
  'class indices as the targets of MSE',
  ['labels_do_not_fit_loss'],
  'accuracy',
  { optimizer: adam(0.01), steps: 250 },
  { data: withY(pinwheel(500, 907, 5), (y) => y), layers: [...hidden(2, 32), ...output(1)], loss: LOSS.mse },
  { data: pinwheel(500, 907, 5), layers: [...hidden(2, 32), ...output(5)], loss: LOSS.ce },
);

// community.deeplearning.ai/t/324182: ReLU on the last layer of a regression of negative and positive numbers.
sick(
  'relu-on-the-answer',
  'ReLU behind the last layer, targets mostly below 0',
  ['output_cannot_answer'],
  'r2',
  { data: withY(pump(400, 908), (y) => y - 1.5), loss: LOSS.mse, optimizer: adam(0.005), steps: 250 },
  { layers: [...hidden(2, 16), ...output(1, { activation: 'relu' })] },
  { layers: [...hidden(2, 16), ...output(1)] },
);

// A sigmoid on the last layer of a regression.
sick(
  'sigmoid-below-targets',
  'outputs of 0 to 1 for targets from 0 to 10',
  ['output_cannot_answer'],
  'r2',
  { data: withY(swing(400, 909), (y) => 5 * (y + 1)), loss: LOSS.mse, optimizer: adam(0.01), steps: 250 },
  { layers: layers(sequence(20), conv1(8, 5), act(), flat, dense(16), act(), dense(1), act('sigmoid')) },
  { layers: layers(sequence(20), conv1(8, 5), act(), flat, dense(16), act(), dense(1)) },
);

// XOR by a stack of linear layers.
sick(
  'linear-stack-on-signs',
  'no activation between four dense layers',
  ['no_activation'],
  'accuracy',
  { data: signs(500, 910, 2), loss: LOSS.ce, optimizer: adam(0.01), steps: 250 },
  { layers: layers(dense(32), dense(32), dense(16), dense(2)) },
  { layers: layers(dense(32), act(), dense(32), act(), dense(16), act(), dense(2)) },
);

// Keras's and PyTorch's rates mixed up: 0.95 kept became 0.95 dropped.
sick(
  'squares-drop-95',
  'dropout of 0.95 behind each layer',
  ['dropout_too_strong'],
  'accuracy',
  { data: squares(500, 911), loss: LOSS.bce, optimizer: adam(0.01), steps: 200 },
  {
    layers: layers(image(6), conv(8), act(), { type: 'dropout', rate: 0.95 }, pool, flat, dense(16), act(), { type: 'dropout', rate: 0.95 }, dense(1)),
  },
  { layers: layers(image(6), conv(8), act(), { type: 'dropout', rate: 0.05 }, pool, flat, dense(16), act(), { type: 'dropout', rate: 0.05 }, dense(1)) },
);

// AdamW with a decay that was meant for SGD.
sick(
  'adamw-decay-10',
  'weight decay of 10 with AdamW',
  ['weight_decay_too_strong'],
  'r2',
  { data: pump(400, 912), layers: [...hidden(3, 24, 'gelu'), ...output(1)], loss: LOSS.mse, steps: 250 },
  { optimizer: optimizer('adamw', 0.01, { weightDecay: 10 }) },
  { optimizer: optimizer('adamw', 0.01, { weightDecay: 0.01 }) },
);

// L1 on all kernels.
sick(
  'lasso-on-all-layers',
  'L1 of 0.1 on all weights',
  ['l1_too_strong'],
  'accuracy',
  { data: pinwheel(400, 913, 3), loss: LOSS.ce, optimizer: optimizer('nadam', 0.005), steps: 200 },
  { layers: layers(dense(32, { l1: 0.1 }), act(), dense(32, { l1: 0.1 }), act(), dense(3, { l1: 0.1 })) },
  { layers: layers(dense(32), act(), dense(32), act(), dense(3)) },
);

// Fraud among many that are none.
sick(
  'few-leavers',
  'classes of unequal size: three rows in a hundred are of one of them',
  ['class_imbalance'],
  'f1',
  { layers: [...hidden(2, 16, 'tanh'), ...output(2)], loss: LOSS.ce, optimizer: sgd(0.05, { momentum: 0.5 }), steps: 200 },
  { data: moons(500, 914, 0.4, 0.03) },
  { data: moons(500, 914, 0.4, 0.5) },
);

// Two samples in a batch, because the memory held no more; batch norm behind each layer.
sick(
  'batches-of-two',
  'batch norm over batches of 2',
  ['batch_too_small', 'running_statistics'],
  'r2',
  {
    data: pump(300, 915),
    layers: layers({ type: 'repeat', times: 3, layers: [dense(24), norm, act()] }, dense(1)),
    loss: LOSS.mse,
    optimizer: adam(0.01),
    steps: 300,
  },
  { batchSize: 2 },
  { batchSize: 40 },
);

// taourl.com/read-1959901: all outputs alike, since nn.init.zeros_ set all weights; here another constant.
sick(
  'all-weights-alike',
  'all weights start at 0.1',
  ['symmetric_units'],
  'accuracy',
  { data: signs(500, 916, 3), loss: LOSS.ce, optimizer: adam(0.01), steps: 250 },
  {
    layers: [
      ...hidden(2, 24, 'tanh', { weights: { initializer: { scheme: 'constant', value: 0.1 } } }),
      ...output(2, { weights: { initializer: { scheme: 'constant', value: 0.1 } } }),
    ],
  },
  { layers: [...hidden(2, 24, 'tanh'), ...output(2)] },
);

// github.com/NLeSC/mcfly/issues/43: convolutions over time of which those with a rate above 0.03 stand still.
sick(
  'signals-fast-momentum',
  'a learning rate of 2 with momentum',
  ['learning_rate_too_high'],
  'accuracy',
  {
    data: signals(400, 917),
    layers: layers(sequence(24), conv1(8, 5), act(), conv1(8, 5), act(), flat, dense(3)),
    loss: LOSS.ce,
    steps: 150,
  },
  { optimizer: sgd(2, { momentum: 0.9 }) },
  { optimizer: sgd(0.02, { momentum: 0.9 }) },
);

// github.com/thtrieu/darkflow/issues/1059: Adam with 0.1 to 0.3; github.com/keras-team/keras/issues/7057: and what it does to ReLU.
sick(
  'adam-at-one',
  'a learning rate of 1 with Adam; units are dead after the first steps',
  ['learning_rate_too_high', 'dead_units'],
  'r2',
  { data: pump(400, 918), layers: [...hidden(3, 24), ...output(1)], loss: { name: 'huber' }, steps: 200 },
  { optimizer: adam(1) },
  { optimizer: adam(0.01) },
);

// discuss.pytorch.org/t/177433: 7 columns, 60-100-30-2 with Xavier and SGD at 0.0001, as there; more rows than its 60.
sick(
  'forum-177433',
  'a learning rate of 0.0001 with SGD',
  ['learning_rate_too_low'],
  'accuracy',
  {
    data: leavers(300, 919, 7, { noise: 0.2 }),
    layers: layers(
      ...[60, 100, 30].flatMap((units) => [dense(units, { initializer: { scheme: 'glorot_uniform' } }), act()]),
      dense(2, { initializer: { scheme: 'glorot_uniform' } }),
    ),
    loss: LOSS.ce,
    steps: 300,
  },
  { optimizer: sgd(0.0001) },
  { optimizer: sgd(0.1) },
);

// The product of rate and decay is above 2: each step turns the weights over and makes them larger.
sick(
  'decay-turns-over',
  'rate times weight decay is 2.4',
  ['rate_times_penalty'],
  'r2',
  { data: rent(300, 920), layers: [...hidden(2, 16, 'tanh'), ...output(1)], loss: LOSS.mse, steps: 200 },
  { optimizer: sgd(0.3, { weightDecay: 8 }) },
  { optimizer: sgd(0.3, { weightDecay: 0 }) },
);

// x was shuffled, y was not.
sick(
  'only-x-shuffled',
  'targets that have nothing to do with the inputs',
  ['random_targets'],
  'r2',
  { layers: [...hidden(2, 16), ...output(1)], loss: LOSS.mse, optimizer: adam(0.005), steps: 200 },
  { data: withX(pump(400, 921), (_, at) => pump(400, 921).x[(at * 149 + 77) % 400]!) },
  { data: pump(400, 921) },
);

// ai.stackexchange.com/questions/16557, stackoverflow.com/questions/20009078: layers of sigmoid units one on the other.
sick(
  'eight-sigmoids',
  'eight layers of sigmoid units',
  ['vanishing_with_depth'],
  'accuracy',
  { data: moons(400, 922), loss: LOSS.bce, optimizer: sgd(0.2, { momentum: 0.9 }), steps: 250 },
  { layers: [...hidden(8, 20, 'sigmoid'), ...output(1)] },
  { layers: [...hidden(2, 20, 'sigmoid'), ...output(1)] },
);

// Weights from a normal distribution of deviation 1, as in many a network written by hand.
sick(
  'randn-in-ten-layers',
  'initial weights of deviation 1 in ten layers of 24',
  ['exploding_with_depth', 'forward_scale'],
  'r2',
  { data: pump(400, 923), loss: LOSS.mse, optimizer: adam(0.002), steps: 300 },
  {
    layers: [
      ...hidden(10, 24, 'relu', { weights: { initializer: { scheme: 'normal', std: 1 } } }),
      ...output(1, { weights: { initializer: { scheme: 'normal', std: 1 } } }),
    ],
  },
  { layers: [...hidden(10, 24, 'relu'), ...output(1)] },
);

// Biases that were to keep units quiet keep them dead.
sick(
  'biases-of-minus-6',
  'biases start at -6: no unit of the second layer is ever on',
  ['dead_units'],
  'accuracy',
  { data: bars(400, 924), loss: LOSS.ce, optimizer: adam(0.005), steps: 150 },
  {
    layers: layers(image(8), conv(8), act(), flat, dense(24, { biasInitializer: { scheme: 'constant', value: -6 } }), act(), dense(4)),
  },
  { layers: layers(image(8), conv(8), act(), flat, dense(24), act(), dense(4)) },
);

// 60 rows of 40 columns of which three matter, known by heart.
sick(
  'sixty-rows-by-heart',
  'far too few rows for the columns and the network',
  ['overfitting'],
  'r2',
  { layers: [...hidden(2, 64), ...output(1)], loss: LOSS.mse, optimizer: adam(0.005), steps: 300 },
  { data: withX(pump(60, 925), (row, at) => [...row, ...times(30, (i) => new Random(at * 31 + i + 1).normal())]) },
  { data: withX(pump(600, 925), (row, at) => [...row, ...times(4, (i) => new Random(at * 31 + i + 1).normal())]) },
);

// ---- Healthy

const drop = (rate: number): object => ({ type: 'dropout', rate });
/** Classes with a share of the labels drawn anew. */
const mislabelled = ({ x, y, classes }: Rows, share: number, seed: number): Rows => {
  const random = new Random(seed);
  return { x, y: (y as number[]).map((label) => (random.uniform() < share ? Math.floor(random.uniform(0, classes!)) : label)), classes: classes! };
};

healthy('pump-gelu', { data: pump(400, 951), layers: [...hidden(2, 24, 'gelu'), ...output(1)], loss: LOSS.mse, optimizer: adam(0.01), steps: 250 });
healthy('bars-conv', {
  data: bars(500, 952),
  layers: layers(image(8), conv(12), act(), pool, conv(12), act(), flat, dense(4)),
  loss: LOSS.ce,
  optimizer: adam(0.01),
  steps: 200,
});
healthy('signals-conv1d', {
  data: signals(400, 953),
  layers: layers(sequence(24), conv1(12, 5), act(), conv1(12, 5), act(), flat, dense(24), act(), dense(3)),
  loss: LOSS.ce,
  optimizer: sgd(0.02, { momentum: 0.9 }),
  steps: 200,
});
healthy('moons-sgd', {
  data: moons(400, 954),
  layers: [...hidden(2, 24, 'tanh'), ...output(1)],
  loss: LOSS.bce,
  optimizer: sgd(0.3, { momentum: 0.8 }),
  steps: 250,
});
healthy('swing-rmsprop', {
  data: swing(400, 955),
  layers: layers(sequence(20), conv1(12, 5), act('silu'), flat, dense(16), act('silu'), dense(1)),
  loss: { name: 'huber' },
  optimizer: optimizer('rmsprop', 0.003),
  steps: 250,
});
healthy(
  'pump-100-rows',
  { data: pump(100, 956, 0.05), layers: [...hidden(1, 12, 'tanh'), ...output(1)], loss: LOSS.mse, optimizer: adam(0.02, {}), steps: 300, batchSize: 20 },
  'few rows',
);
healthy(
  'signs-mislabelled',
  {
    data: mislabelled(signs(600, 957, 2), 0.4, 1957),
    layers: [...hidden(2, 12), ...output(2)],
    loss: LOSS.ce,
    optimizer: adam(0.01),
    steps: 250,
    batchSize: 64,
  },
  'two labels in ten are wrong: no more than 80 % can be right',
);
healthy(
  'moons-one-in-twelve',
  { data: moons(600, 958, 0.12, 0.085), layers: [...hidden(2, 20), ...output(2)], loss: LOSS.ce, optimizer: adam(0.01), steps: 300 },
  'a rare class, found all the same',
);
healthy(
  'pump-deep-and-narrow',
  {
    data: pump(600, 959),
    layers: layers(dense(10), act('tanh'), { type: 'repeat', times: 8, layers: [{ type: 'residual', layers: [dense(10), act('tanh')] }] }, dense(1)),
    loss: LOSS.mse,
    optimizer: adam(0.01),
    steps: 400,
  },
  'nine layers of 10 units',
);
healthy(
  'pinwheel-slow-start',
  { data: pinwheel(500, 960, 3, { twist: 0.8 }), layers: [...hidden(3, 24, 'sigmoid'), ...output(3)], loss: LOSS.ce, optimizer: adam(0.02), steps: 400 },
  'sigmoid units: the loss stands still at first',
);
healthy(
  'leavers-early-look',
  { data: leavers(600, 961, 4, { noise: 0.2 }), layers: [...hidden(2, 32), ...output(2)], loss: LOSS.ce, optimizer: sgd(0.05, { momentum: 0.9 }), steps: 100 },
  'looked at long before it has converged',
);
healthy(
  'line-at-rate-half',
  { data: rent(400, 962), layers: [...hidden(1, 16, 'tanh'), ...output(1)], loss: LOSS.mse, optimizer: sgd(0.25), steps: 300, standardise: true },
  'a large rate that does no harm',
);
healthy(
  'bars-dropout-half',
  {
    data: bars(600, 963),
    layers: layers(image(8), conv(16), act(), pool, flat, dense(64), act(), drop(0.5), dense(4)),
    loss: LOSS.ce,
    optimizer: optimizer('adamw', 0.005, { weightDecay: 0.1 }),
    steps: 250,
  },
  'dropout of one half and weight decay, both of use',
);
healthy(
  'pump-batches-of-four',
  { data: pump(300, 964), layers: [...hidden(2, 24), ...output(1)], loss: LOSS.mse, optimizer: adam(0.003), steps: 400, batchSize: 4 },
  'batches of 4 rows: a loss that jumps from step to step',
);
healthy(
  'rent-with-idle-column',
  {
    data: withX(rent(500, 965), (row) => [...row, 1]),
    layers: [...hidden(2, 24, 'leaky_relu'), ...output(1)],
    loss: 'mae',
    optimizer: optimizer('nadam', 0.005),
    steps: 300,
    standardise: true,
  },
  'a column of ones, as tables for linear models have it',
);
