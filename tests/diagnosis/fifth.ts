// The fifth set: kinds that the others have little of. Convolutions, shortcuts, autoencoders, unusual losses and optimizers, very few rows. Accepted names were written before the first
// diagnosis; what failed was mended by kind afterwards, so it is a set to tune on.
import type { Experiment } from '../../src/experiment/document.ts';
import { Random, type Rows, short, times } from './data.ts';
import { adam, document, type Healthy, hidden, LOSS, output, type Sick, sgd, type Written } from './network.ts';

type Layers = Written['layers'];

/** Pictures of 8 x 8 with three kinds of stripes and noise, from 0 to `white`. */
function stripes(count: number, seed: number, white = 1): Rows {
  const random = new Random(seed);
  const y = times(count, (row) => row % 3);
  const x = y.map((kind) => {
    const phase = random.uniform(0, 4);
    return times(64, (at) => {
      const [a, b] = [at >> 3, at & 7];
      const along = [a, b, (a + b) / 2][kind]!;
      return short(white * Math.min(1, Math.max(0, 0.5 + 0.4 * Math.sin((along + phase) * 1.6) + random.normal(0.15))));
    });
  });
  return { x, y, classes: 3 };
}

/** Twelve measurements of three hidden causes; `to` is what becomes of each number, and the targets are the inputs. */
function sensors(count: number, seed: number, to: (value: number) => number = (value) => value): Rows {
  const random = new Random(seed);
  const mix = times(12, () => times(3, () => random.normal()));
  const x = times(count, () => {
    const causes = times(3, () => random.normal());
    return mix.map((weights) => short(to(weights.reduce((sum, weight, i) => sum + weight * causes[i]!, 0) + random.normal(0.1))));
  });
  return { x, y: x };
}

/** Machines of which some fail, the more the warmer and louder they are. */
function machines(count: number, seed: number, fails: number, apart = 1.2): Rows {
  const random = new Random(seed);
  const y = times(count, () => Number(random.uniform() < fails));
  return { x: y.map((failed) => times(6, (i) => short(random.normal() + (failed && i < 3 ? apart : 0)))), y, classes: 2 };
}

/** Salaries of a curve of four columns. */
function salaries(count: number, seed: number, { unit = 1, from = 0, noise = 0.1 } = {}): Rows {
  const random = new Random(seed);
  const x = times(count, () => times(4, () => short(random.uniform(-1.7, 1.7))));
  return { x, y: x.map(([a, b, c]) => short(from + unit * (a! + Math.sin(2 * b!) + 0.5 * a! * c! + random.normal(noise)))) };
}

/** A wave that is to be continued from its last ten points. */
function waves(count: number, seed: number, { late = 0 } = {}): Rows {
  const random = new Random(seed);
  const rows = times(count, () => {
    const [phase, speed] = [random.uniform(0, 6.3), random.uniform(0.2, 0.9)];
    return times(11, (t) => short(Math.sin(phase + speed * t) + random.normal(0.03)));
  });
  return { x: rows.map((row) => row.slice(0, 10)), y: rows.map((_, i) => rows[(i + late) % count]![10]!) };
}

const conv = (filters: number, more: object = {}) => ({ type: 'conv2d', filters, kernelSize: 3, padding: 1, ...more }) as const;
const act = (name: string) => ({ type: 'activation', name }) as const;
const picture = { type: 'reshape', shape: [8, 8, 1] } as const;
const pooled: Layers = [{ type: 'global_avg_pool2d' }, { type: 'dense', units: 3 }];
const cnn = (activation = 'relu', depth = 2): Layers => [picture, ...times(depth, () => [conv(8), act(activation)]).flat(), ...pooled] as Layers;

/** A tower of blocks with shortcuts between a first and a last layer. */
const tower = (blocks: number, units: number, classes: number, weights: object, scale: number | '1/sqrt(L)'): Layers =>
  [
    { type: 'dense', units },
    { type: 'repeat', times: blocks, layers: [{ type: 'residual', scale, layers: [act('relu'), { type: 'dense', units, ...weights }] }] },
    act('relu'),
    { type: 'dense', units: classes },
  ] as Layers;

const narrow = (last: Layers = output(12)): Layers => [...hidden(1, 8, 'tanh'), ...hidden(1, 3, 'tanh'), ...hidden(1, 8, 'tanh'), ...last];
const scheduled = (schedule: object, rate = 0.01): Experiment['optimizer'] => ({ name: 'adam', learningRate: rate, schedule }) as Experiment['optimizer'];

const planted = (name: string, cause: string, accepted: string[], score: Sick['score'], twin: Written, change: Partial<Written>): Sick => ({
  name,
  cause,
  accepted,
  score,
  document: document({ ...twin, ...change }),
  twin: document(twin),
});

const SALARIES: Written = { data: salaries(500, 8), layers: [...hidden(2, 24), ...output(1)], loss: LOSS.mse, optimizer: adam(0.01), steps: 300 };

export const FIFTH_SICK: readonly Sick[] = [
  planted(
    'RMSprop at 1 over stripes',
    'learning rate: a thousand times the usual',
    ['learning_rate_too_high'],
    'accuracy',
    { data: stripes(360, 1), layers: cnn(), loss: LOSS.ce, optimizer: { name: 'rmsprop', learningRate: 0.01 }, steps: 150 },
    { optimizer: { name: 'rmsprop', learningRate: 1 } },
  ),
  planted(
    'stripes in bytes',
    'inputs not scaled: pixels from 0 to 255 with SGD',
    ['inputs_not_scaled'],
    'accuracy',
    { data: stripes(360, 2), layers: cnn(), loss: LOSS.ce, optimizer: sgd(0.1, { momentum: 0.9 }), steps: 200 },
    { data: stripes(360, 2, 255) },
  ),
  planted(
    'autoencoder behind ReLU',
    'output cannot answer: ReLU before inputs of both signs',
    ['output_cannot_answer'],
    'r2',
    { data: sensors(400, 3), layers: narrow(), loss: LOSS.mse, steps: 300 },
    { layers: narrow(output(12, { activation: 'relu' })) },
  ),
  planted(
    'autoencoder of millivolts',
    'inputs, and targets that are the same, in thousands',
    ['inputs_not_scaled', 'targets_not_scaled'],
    'r2',
    { data: sensors(400, 4), layers: narrow(), loss: LOSS.mse, steps: 300 },
    { data: sensors(400, 4, (value) => 1000 * value) },
  ),
  planted(
    'three machines in a hundred',
    'a rare class',
    ['class_imbalance', 'one_class_only'],
    'f1',
    {
      data: machines(900, 5, 0.04, 1.6),
      layers: [...hidden(1, 16), ...output(2)],
      loss: { name: 'softmax_cross_entropy', classWeights: [0.52, 12] } as never,
      optimizer: sgd(0.1),
      steps: 250,
    },
    { loss: LOSS.ce, optimizer: sgd(0.03) },
  ),
  planted(
    'tower of unscaled shortcuts',
    'weights of gain 3 in eighteen unscaled branches',
    ['exploding_with_depth', 'forward_scale', 'non_finite'],
    'accuracy',
    { data: stripes(360, 6), layers: tower(18, 24, 3, {}, '1/sqrt(L)'), loss: LOSS.ce, optimizer: adam(0.002), steps: 150 },
    { layers: tower(18, 24, 3, { initializer: { scheme: 'he_normal', gain: 3 } }, 1) },
  ),
  planted(
    'ten sigmoid convolutions',
    'the gradient fades in sigmoid convolutions',
    ['vanishing_with_depth'],
    'accuracy',
    { data: stripes(360, 7), layers: cnn('relu', 6), loss: LOSS.ce, optimizer: adam(0.005), steps: 200 },
    { layers: cnn('sigmoid', 6) },
  ),
  planted(
    'Huber over salaries',
    'targets not scaled: tens of thousands under Huber',
    ['targets_not_scaled'],
    'r2',
    { ...SALARIES, loss: { name: 'huber' } as never },
    { data: salaries(500, 8, { unit: 12_000, from: 45_000 }) },
  ),
  planted(
    'a warm-up without end',
    'learning rate: a warm-up of a million steps',
    ['learning_rate_too_low'],
    'r2',
    { ...SALARIES, optimizer: scheduled({ name: 'warmup', steps: 20, startFactor: 0.001 }) },
    { optimizer: scheduled({ name: 'warmup', steps: 1_000_000, startFactor: 0.00001 }) },
  ),
  planted('Adam with an epsilon of 100', 'learning rate: an epsilon far above the gradients', ['learning_rate_too_low'], 'r2', SALARIES, {
    optimizer: adam(0.01, { eps: 100 }),
  }),
  planted(
    'clipped to nothing',
    'learning rate: gradients clipped to a norm of 1e-4 under SGD',
    ['learning_rate_too_low'],
    'r2',
    { ...SALARIES, optimizer: sgd(0.05, { momentum: 0.9 }) },
    { optimizer: sgd(0.05, { momentum: 0.9, clip: { norm: 1e-4 } }) },
  ),
  planted(
    'momentum of 0.999',
    'learning rate: momentum keeps a thousand steps',
    ['learning_rate_too_high', 'loss_oscillating', 'loss_diverges'],
    'r2',
    { ...SALARIES, optimizer: sgd(0.05, { momentum: 0.9 }) },
    { optimizer: sgd(0.5, { momentum: 0.999 }) },
  ),
  planted(
    'waves one row late',
    'targets of other rows',
    ['random_targets'],
    'r2',
    { data: waves(400, 9), layers: [...hidden(2, 16, 'tanh'), ...output(1)], loss: LOSS.mse, steps: 250 },
    { data: waves(400, 9, { late: 1 }) },
  ),
];

const healthy = (name: string, written: Written, awkward: string): Healthy => ({ name, awkward, document: document(written) });

export const FIFTH_HEALTHY: readonly Healthy[] = [
  healthy(
    'autoencoder of fractions',
    { data: sensors(400, 21, (value) => 1 / (1 + Math.exp(-value))), layers: narrow(), loss: LOSS.bce, steps: 400 },
    'binary cross entropy of fractions: its least is far above 0',
  ),
  healthy(
    'labels smoothed',
    { data: stripes(360, 22), layers: cnn(), loss: { name: 'softmax_cross_entropy', labelSmoothing: 0.3 } as never, optimizer: adam(0.02), steps: 250 },
    'a loss whose least is above half of that of knowing nothing',
  ),
  healthy(
    'many units that never speak',
    {
      data: salaries(500, 23),
      layers: [{ type: 'dense', units: 96, biasInitializer: { scheme: 'constant', value: -2.5 } }, act('relu'), ...output(1)] as Layers,
      loss: LOSS.mse,
      steps: 400,
    },
    'half of the ReLU units are dead',
  ),
  healthy(
    'twelve rows',
    {
      data: {
        source: 'arrays',
        x: times(12, (i) => [(i & 1) * 2 - 1, (i & 2) - 1, ((i >> 2) - 1) / 4]),
        y: times(12, (i) => (i & 1) ^ ((i & 2) >> 1)),
        classes: 2,
      } as never,
      layers: [...hidden(1, 16, 'tanh'), ...output(2)],
      loss: LOSS.ce,
      batchSize: 4,
      steps: 300,
    },
    'twelve rows and none to validate',
  ),
  healthy(
    'long after all is right',
    { data: stripes(360, 24), layers: cnn(), loss: LOSS.ce, optimizer: adam(0.01), steps: 1500 },
    'hundreds of steps at 100 %',
  ),
  healthy(
    'residual convolutions with norms',
    {
      data: stripes(360, 25),
      layers: [
        picture,
        conv(8),
        { type: 'repeat', times: 6, layers: [{ type: 'residual', scale: 1, layers: [{ type: 'batch_norm' }, act('relu'), conv(8)] }] },
        { type: 'batch_norm' },
        act('relu'),
        ...pooled,
      ] as Layers,
      loss: LOSS.ce,
      optimizer: adam(0.005),
      steps: 90,
    },
    'deep, and few steps',
  ),
  healthy(
    'mostly noise',
    { data: salaries(1200, 26, { noise: 2.6 }), layers: [...hidden(1, 8, 'tanh'), ...output(1)], loss: LOSS.mse, optimizer: adam(0.005), steps: 300 },
    'four fifths of the variance are noise that nobody can learn',
  ),
  healthy(
    'one failure in twenty',
    { data: machines(900, 27, 0.05, 2.6), layers: [...hidden(1, 16), ...output(1)], loss: LOSS.bce, optimizer: adam(0.01), steps: 300 },
    'a rare class that is well apart',
  ),
  healthy(
    'shares of three kinds',
    {
      data: {
        x: stripes(360, 28).x,
        y: (stripes(360, 28).y as number[]).map((kind) => times(3, (i) => (i === kind ? 0.7 : 0.15))),
      },
      layers: cnn(),
      loss: 'kl_div',
      optimizer: adam(0.02),
      steps: 250,
    },
    'targets are probabilities',
  ),
  healthy(
    'fractions under binary cross entropy',
    {
      data: { ...salaries(500, 29), y: (salaries(500, 29).y as number[]).map((y) => short(1 / (1 + Math.exp(-y)))) },
      layers: [...hidden(1, 24), ...output(1)],
      loss: LOSS.bce,
      steps: 400,
    },
    'rates between 0 and 1, whose entropy nobody can learn',
  ),
];
