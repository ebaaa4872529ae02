// Runs that begin well and leave the finite range between steps 50 and 500: for how early the first warning comes. Whether each does is checked where they are run.
import { clouds, friedman, plane, quarters, Random, type Rows, ring, saddle, wave } from './data.ts';
import { document, type Healthy, hidden, LOSS, output, sgd, type Written } from './network.ts';

const networks: Healthy[] = [];
function blowUp(name: string, awkward: string, written: Written): void {
  const made = document({ steps: 520, ...written });
  networks.push({ name, awkward, document: { ...made, probes: { every: 5 } } });
}

const net = (depth: number, units: number, outputs: number, activation = 'relu', weights: object = {}): Written['layers'] => [
  ...hidden(depth, units, activation, { weights }),
  ...output(outputs, { weights }),
];

/** The same rows with one in `every` that is `size` times as large, first at row `from`. */
function withOutliers({ x, y, ...rest }: Rows, size: number, from: number, every: number): Rows {
  const random = new Random(from);
  const odd = (row: number): boolean => row >= from && (row - from) % every === 0;
  return {
    ...rest,
    x: x.map((values, row) => (odd(row) ? values.map((value) => value * size) : values)),
    y: (y as number[]).map((value, row) => (odd(row) ? value * size * random.uniform(0.5, 1) : value)),
  };
}

// Rates that grow.
blowUp('exponential-rate', 'the rate grows by 2 % a step', {
  data: friedman(400, 301),
  layers: net(3, 24, 1),
  loss: LOSS.mse,
  optimizer: sgd(0.01, { schedule: { name: 'exponential', gamma: 1.02 } }),
});
blowUp('exponential-rate-tanh', 'the rate grows by 1.5 % a step', {
  data: plane(400, 302, 6),
  layers: net(1, 16, 1, 'linear'),
  loss: LOSS.mse,
  optimizer: sgd(0.02, { schedule: { name: 'exponential', gamma: 1.015 } }),
});
blowUp('warm-up-too-far', 'a warm-up to a rate of 3', {
  data: saddle(400, 303),
  layers: net(2, 24, 1),
  loss: LOSS.mse,
  optimizer: sgd(3, { schedule: { name: 'warmup', steps: 400, startFactor: 0.002 } }),
});
blowUp('warm-up-too-far-deep', 'a warm-up to a rate of 2, six layers', {
  data: wave(400, 304),
  layers: net(6, 16, 1),
  loss: LOSS.mse,
  optimizer: sgd(2, { schedule: { name: 'warmup', steps: 500, startFactor: 0.002 } }),
});
blowUp('doubled-rate', 'the rate doubles every 40 steps', {
  data: friedman(400, 305),
  layers: net(2, 24, 1),
  loss: LOSS.mse,
  optimizer: sgd(0.02, { schedule: { name: 'step', stepSize: 40, gamma: 2 } }),
});
blowUp('rate-up-at-200', 'the rate grows hundredfold at step 200', {
  data: plane(400, 306, 5),
  layers: net(2, 24, 1),
  loss: LOSS.mse,
  optimizer: sgd(0.01, { schedule: { name: 'multi_step', milestones: [200], gamma: 100 } }),
});
blowUp('momentum-exponential', 'momentum, and a rate that grows by 2 % a step', {
  data: friedman(400, 307),
  layers: net(2, 24, 1, 'gelu'),
  loss: LOSS.mse,
  optimizer: sgd(0.003, { momentum: 0.9, schedule: { name: 'exponential', gamma: 1.02 } }),
});
blowUp('classes-exponential', 'classes, and a rate that grows by 4 % a step', {
  data: clouds(400, 308, 4, 5),
  layers: net(4, 24, 4),
  loss: LOSS.ce,
  optimizer: sgd(0.05, { schedule: { name: 'exponential', gamma: 1.04 } }),
});
blowUp('rate-up-at-120', 'the rate grows thirtyfold at step 120', {
  data: saddle(400, 309),
  layers: net(2, 24, 1, 'gelu'),
  loss: LOSS.mse,
  optimizer: sgd(0.02, { schedule: { name: 'multi_step', milestones: [120], gamma: 60 } }),
});
blowUp('trebled-rate', 'the rate trebles every 60 steps', {
  data: wave(400, 310),
  layers: net(3, 24, 1),
  loss: LOSS.mse,
  optimizer: sgd(0.01, { schedule: { name: 'step', stepSize: 60, gamma: 3 } }),
});

// Weights that grow by their own penalty: rate times penalty a little above 2.
blowUp('penalty-grows-weights', 'rate times L2 of 2.15', {
  data: quarters(400, 311),
  layers: net(2, 16, 2, 'tanh', { l2: 21.5 }),
  loss: LOSS.ce,
  optimizer: sgd(0.1),
});
blowUp('decay-grows-weights', 'rate times decay of 2.1', {
  data: clouds(400, 312, 3, 4),
  layers: net(1, 16, 3, 'tanh'),
  loss: LOSS.ce,
  optimizer: sgd(0.02, { weightDecay: 105 }),
});
blowUp('adamw-decay', 'AdamW: rate times decay of 2.3', {
  data: ring(400, 313),
  layers: net(2, 16, 2),
  loss: LOSS.ce,
  optimizer: { name: 'adamw', learningRate: 0.01, weightDecay: 230 },
});
blowUp('decay-warm-up', 'rate times decay passes 2 in a warm-up', {
  data: clouds(400, 314, 3, 4),
  layers: net(2, 16, 3, 'tanh'),
  loss: LOSS.ce,
  optimizer: sgd(0.2, { weightDecay: 15, schedule: { name: 'warmup', steps: 400, startFactor: 0.01 } }),
});
blowUp('decay-and-exponential', 'rate times decay passes 2 as the rate grows', {
  data: wave(400, 315),
  layers: net(2, 16, 1, 'tanh'),
  loss: LOSS.mse,
  optimizer: sgd(0.02, { weightDecay: 10, schedule: { name: 'exponential', gamma: 1.015 } }),
});

// Rows that lie far off, which come late.
blowUp('outliers-15', 'four rows are 15 times as large', {
  data: withOutliers(friedman(2500, 316), 15, 400, 550),
  layers: net(4, 24, 1),
  loss: LOSS.mse,
  optimizer: sgd(0.03),
  batchSize: 4,
});
blowUp('outliers-30', 'three rows are 30 times as large', {
  data: withOutliers(friedman(2500, 317), 30, 500, 800),
  layers: net(3, 24, 1),
  loss: LOSS.mse,
  optimizer: sgd(0.02),
  batchSize: 4,
});
blowUp('outliers-300', 'two rows are 300 times as large', {
  data: withOutliers(saddle(3000, 318), 300, 900, 1500),
  layers: net(2, 24, 1),
  loss: LOSS.mse,
  optimizer: sgd(0.01),
  batchSize: 4,
});
blowUp('outliers-60', 'three rows are 60 times as large, momentum', {
  data: withOutliers(plane(2500, 319, 5), 60, 300, 800),
  layers: net(3, 24, 1),
  loss: LOSS.mse,
  optimizer: sgd(0.005, { momentum: 0.9 }),
  batchSize: 4,
});
blowUp('outliers-wide', 'five rows are 100 times as large, wide layers', {
  data: withOutliers(plane(3000, 320, 6), 100, 700, 600),
  layers: net(2, 64, 1),
  loss: LOSS.mse,
  optimizer: sgd(0.01),
  batchSize: 8,
});

// On the edge of stability: steps that overshoot a little more each time.
blowUp('heavy-momentum', 'a momentum of 0.97, and a rate that grows by 2 % a step', {
  data: friedman(400, 321),
  layers: net(3, 24, 1),
  loss: LOSS.mse,
  optimizer: sgd(0.002, { momentum: 0.97, schedule: { name: 'exponential', gamma: 1.02 } }),
});
blowUp('edge-of-stability', 'a rate a little too large, growing by 0.4 % a step', {
  data: plane(400, 322, 6),
  layers: net(1, 8, 1, 'linear'),
  loss: LOSS.mse,
  optimizer: sgd(0.15, { schedule: { name: 'exponential', gamma: 1.004 } }),
  batchSize: 64,
});
blowUp('deep-linear', 'four linear layers, a growing rate', {
  data: plane(400, 323, 4),
  layers: net(4, 12, 1, 'linear'),
  loss: LOSS.mse,
  optimizer: sgd(0.0005, { schedule: { name: 'exponential', gamma: 1.02 } }),
});
blowUp('linear-regression', 'one layer, a growing rate', {
  data: plane(400, 324, 8),
  layers: output(1),
  loss: LOSS.mse,
  optimizer: sgd(0.05, { schedule: { name: 'exponential', gamma: 1.01 } }),
});

export const BLOW_UPS: readonly Healthy[] = networks;
/** How many of them are taken, in order, of those that do blow up between steps 50 and 500. */
export const TAKEN = 20;
