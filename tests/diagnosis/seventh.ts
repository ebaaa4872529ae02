// The seventh set: options rather than architectures. Schedules, optimizer constants, clipping, frozen groups, averages, running statistics, augmentation, weights of classes, codes for missing values,
// units of columns, poolings and norms that throw everything away. Accepted names were written before the first diagnosis by one who knew the titles of the rules alone, from public reports;
// what failed was mended by kind afterwards, so it is a set to tune on.
import type { Experiment } from '../../src/experiment/document.ts';
import { Random, type Rows, short, times } from './data.ts';
import { adam, document, type Healthy, hidden, LOSS, layers, output, type Sick, sgd, type Written } from './network.ts';

type Layers = Written['layers'];
type Change = Partial<Written>;

/** Heat of a room by six readings: smooth, with a product and a wave. */
function rooms(count: number, seed: number, noise = 0.05): Rows {
  const random = new Random(seed + 70_000);
  const x = times(count, () => times(6, () => short(random.normal())));
  return { x, y: x.map(([a, b, c, d]) => short(0.7 * a! - 0.5 * b! * c! + Math.sin(1.5 * d!) + random.normal(noise))) };
}

/** Which of three ferries came, by four readings: three strips of a saddle. */
function ferries(count: number, seed: number, wrong = 0): Rows {
  const random = new Random(seed + 71_000);
  const x = times(count, () => times(4, () => short(random.uniform(-1.7, 1.7))));
  const of = ([a, b, c]: number[]): number => Number(a! + 0.8 * b! * c! > -0.5) + Number(a! + 0.8 * b! * c! > 0.5);
  return { x, y: x.map((row) => (random.uniform() < wrong ? Math.floor(random.uniform(0, 3)) : of(row))), classes: 3 };
}

/** Whether a pipe leaks, seldom: a corner of the first two readings. */
function leaks(count: number, seed: number, corner = 1.2): Rows {
  const random = new Random(seed + 72_000);
  const x = times(count, () => times(5, () => short(random.normal())));
  return { x, y: x.map(([a, b]) => Number(a! + b! > corner * Math.SQRT2)) };
}

/** Images of 8 x 8 with a bright dot, and in which quarter it is. */
function dots(count: number, seed: number): Rows {
  const random = new Random(seed + 73_000);
  const made = times(count, () => {
    const [row, column] = [Math.floor(random.uniform(0, 8)), Math.floor(random.uniform(0, 8))];
    const pixels = times(64, () => short(random.normal(0.15)));
    pixels[row * 8 + column]! += 2;
    return { pixels, quarter: 2 * Number(row > 3) + Number(column > 3) };
  });
  return { x: made.map(({ pixels }) => pixels), y: made.map(({ quarter }) => quarter), classes: 4 };
}

/** Rows with other columns. */
const columns = (rows: Rows, change: (row: number[], random: Random) => number[]): Rows => {
  const random = new Random(74_000);
  return { ...rows, x: rows.x.map((row) => change(row, random).map(short)) };
};
/** Rows with other targets. */
const targets = (rows: Rows, change: (target: number) => number): Rows => ({ ...rows, y: (rows.y as number[]).map((target) => short(change(target))) });
/** Labels that are the wrong way round in the order of the rows. */
const shuffled = (rows: Rows): Rows => ({ ...rows, y: (rows.y as number[]).map((_, at, all) => all[(at * 37 + 11) % all.length]!) });

/** A table as people save it, in text; a share of the cells holds `missing`. */
function table(rows: Rows, missing: string, share: number): string {
  const random = new Random(75_000);
  const line = (row: number[], at: number): string => [...row.map((value) => (random.uniform() < share ? missing : value)), (rows.y as number[])[at]].join(',');
  return [`${rows.x[0]!.map((_, at) => `reading_${at + 1}`).join(',')},heat`, ...rows.x.map(line)].join('\n');
}
const csv = (text: string, more: object = {}): Experiment['data'] =>
  ({ source: 'csv', text, target: 'heat', missing: 'mean', split: { validation: 0.2, test: 0.2 }, ...more }) as Experiment['data'];
const digits = (more: object = {}): Experiment['data'] => ({ source: 'digits', split: { validation: 0.2 }, ...more }) as Experiment['data'];

const IMAGE = { type: 'reshape', shape: [8, 8, 1] };
const FLAT = { type: 'flatten' };
const MEAN = { type: 'global_avg_pool2d' };
const RELU = { type: 'activation', name: 'relu' };
const conv = (filters: number, more: object = {}): object => ({ type: 'conv2d', filters, kernelSize: 3, padding: 1, ...more });
const residual = (inner: object[], more: object = {}): object => ({ type: 'residual', layers: inner, ...more });
const small = (...more: object[]): Layers => layers(...hidden(2, 32), ...more, ...output(1));
const three = (units = 32, activation = 'relu'): Layers => layers(...hidden(2, units, activation), ...output(3));

/** A network with something planted, and without: the change says what the sick one has otherwise. */
const planted = (name: string, cause: string, accepted: string[], score: Sick['score'], twin: Written, change: Change): Sick => ({
  name,
  cause,
  accepted,
  score,
  document: document({ ...twin, ...change }),
  twin: document(twin),
});

const heat: Written = { data: rooms(600, 1), layers: small(), loss: LOSS.mse, optimizer: adam(0.01), steps: 300 };
const ferry: Written = { data: ferries(600, 2), layers: three(), loss: LOSS.ce, optimizer: adam(0.01), steps: 300 };
const dot: Written = {
  data: dots(600, 3),
  layers: layers(IMAGE, conv(8), RELU, { type: 'max_pool2d', kernelSize: 2 }, FLAT, ...output(4)),
  loss: LOSS.ce,
  optimizer: adam(0.01),
  steps: 200,
};
const read: Written = { data: digits(), layers: layers(...hidden(2, 48), ...output(10)), loss: LOSS.ce, optimizer: adam(0.005), steps: 250 };

const SLOW = ['learning_rate_too_low', 'update_size'];

export const SEVENTH_SICK: readonly Sick[] = [
  planted(
    'heat clipped',
    'clipping too strong: norm 0.001 before plain SGD',
    SLOW,
    'r2',
    { ...heat, optimizer: sgd(0.1) },
    { optimizer: sgd(0.1, { clip: { norm: 0.001 } }) },
  ),
  planted(
    'heat clipped by value',
    'clipping too strong: every number of the gradient within 0.00001',
    SLOW,
    'r2',
    { ...heat, optimizer: sgd(0.1) },
    { optimizer: sgd(0.1, { clip: { value: 0.00001 } }) },
  ),
  planted('ferry never warm', 'a warm-up of 100,000 steps in a run of 300', SLOW, 'accuracy', ferry, {
    optimizer: adam(0.01, { schedule: { name: 'warmup', steps: 100_000, startFactor: 0 } }),
  }),
  planted('ferry soon over', 'the learning rate falls to a tenth every 3 steps', SLOW, 'accuracy', ferry, {
    optimizer: adam(0.01, { schedule: { name: 'step', stepSize: 3, gamma: 0.1 } }),
  }),
  planted('dots with eps 10', 'eps of Adam 10, as one that is added to a gradient', SLOW, 'accuracy', dot, { optimizer: adam(0.01, { eps: 10 }) }),
  planted(
    'heat by Adadelta',
    'Adadelta at 0.001, the default of Keras',
    SLOW,
    'r2',
    { ...heat, optimizer: { name: 'adadelta', learningRate: 1 } as never },
    {
      optimizer: { name: 'adadelta', learningRate: 0.001 } as never,
    },
  ),
  planted(
    'ferry by Adagrad',
    'lrDecay of Adagrad 100: the rate falls as 1 / step',
    SLOW,
    'accuracy',
    { ...ferry, optimizer: { name: 'adagrad', learningRate: 0.05 } as never },
    {
      optimizer: { name: 'adagrad', learningRate: 0.05, lrDecay: 100 } as never,
    },
  ),
  planted(
    'ferry damped',
    'dampening 0.999 with momentum 0.9',
    SLOW,
    'accuracy',
    { ...ferry, optimizer: sgd(0.1, { momentum: 0.9 }) },
    {
      optimizer: sgd(0.1, { momentum: 0.9, dampening: 0.999 }),
    },
  ),
  planted(
    'heat by Lion',
    'Lion at a rate for SGD: every weight moves by 0.3',
    ['learning_rate_too_high', 'loss_oscillating', 'weights_grow', 'update_size'],
    'r2',
    { ...heat, optimizer: { name: 'lion', learningRate: 0.002 } as never },
    {
      optimizer: { name: 'lion', learningRate: 0.3 } as never,
    },
  ),
  planted(
    'heat with momentum 0.9995',
    'momentum too high: 0.9995',
    ['learning_rate_too_high', 'loss_oscillating', 'non_finite', 'loss_diverges', 'weights_grow'],
    'r2',
    { ...heat, optimizer: sgd(0.05, { momentum: 0.9 }) },
    {
      optimizer: sgd(0.05, { momentum: 0.9995 }),
    },
  ),
  planted(
    'residual rooms too slow',
    'learning rate divided by 1000 with RMSprop',
    SLOW,
    'r2',
    {
      ...heat,
      layers: layers(...output(24), ...times(4, () => residual([{ type: 'layer_norm' }, ...output(24, { activation: 'gelu' })])), ...output(1)),
      optimizer: { name: 'rmsprop', learningRate: 0.003 } as never,
    },
    { optimizer: { name: 'rmsprop', learningRate: 0.000003 } as never },
  ),
  planted(
    'digits in one look',
    'early stopping with patience 1, watched every step from the first',
    ['training_ends_early', ...SLOW],
    'accuracy',
    { ...read, optimizer: sgd(0.1) },
    {
      training: { validateEvery: 1, earlyStopping: { patience: 1, minDelta: 0.2 } },
    },
  ),
  planted(
    'ferry with all layers frozen',
    'all layers but the last are frozen, in a narrow network',
    ['weights_stay'],
    'accuracy',
    { ...ferry, layers: layers(...hidden(3, 4, 'tanh'), ...output(3)) },
    {
      optimizer: adam(0.01, { groups: [{ match: ['dense_1', 'dense_2', 'dense_3'], frozen: true }] }),
    },
  ),
  planted(
    'heat with a rate of none',
    'learningRateFactor 0 for all but the last layer',
    ['weights_stay'],
    'r2',
    { ...heat, layers: layers(...hidden(2, 6), ...output(1)) },
    {
      optimizer: adam(0.01, { groups: [{ match: ['dense_1', 'dense_2'], learningRateFactor: 0 }] }),
    },
  ),
  planted('heat dropped', 'dropout 0.95 before the output', ['dropout_too_strong'], 'r2', heat, { layers: small({ type: 'dropout', rate: 0.95 }) }),
  planted('ferry with biases of -8', 'biases of the hidden layers begin at -8', ['dead_units'], 'accuracy', ferry, {
    layers: layers(...hidden(2, 32, 'relu', { weights: { biasInitializer: { scheme: 'constant', value: -8 } } }), ...output(3)),
  }),
  planted(
    'heat with a bias of 40',
    'the bias of the output begins at 40, with targets from -3 to 3',
    ['learning_rate_too_low', 'loss_stuck', 'targets_not_scaled', 'initial_bias'],
    'r2',
    { ...heat, optimizer: adam(0.003) },
    {
      layers: layers(...hidden(2, 32), ...output(1, { weights: { biasInitializer: { scheme: 'constant', value: 40 } } })),
    },
  ),
  planted(
    'ferry with a bias for one class',
    'the bias of the last layer begins at 60 for all classes but rises by a tanh behind it',
    ['output_cannot_answer', 'saturated'],
    'accuracy',
    ferry,
    {
      layers: layers(...hidden(2, 32), ...output(3, { activation: 'tanh', weights: { biasInitializer: { scheme: 'constant', value: 60 } } })),
    },
  ),
  planted(
    'missing as -999',
    'missing readings are written -999',
    ['inputs_not_scaled'],
    'r2',
    { ...heat, data: csv(table(rooms(600, 1), '', 0.05)) },
    { data: csv(table(rooms(600, 1), '-999', 0.05)) },
  ),
  planted(
    'missing as -9999 standardised',
    'missing readings are written -9999, and the table is standardised',
    ['inputs_not_scaled'],
    'r2',
    { ...heat, data: csv(table(rooms(600, 1), '', 0.04), { standardise: true }) },
    {
      data: csv(table(rooms(600, 1), '-9999', 0.04), { standardise: true }),
    },
  ),
  planted('readings in nanometres', 'two columns that decide are in metres where micrometres matter', ['inputs_not_scaled'], 'r2', heat, {
    data: columns(rooms(600, 1), ([a, b, c, d, e, f]) => [a! * 1e-6, b!, c! * 1e-6, d! * 1e-6, e!, f!]),
  }),
  planted(
    'a date as a number',
    'a column holds dates as 20260131',
    ['inputs_not_scaled'],
    'r2',
    { ...heat, standardise: true, data: columns(rooms(600, 1), ([a, b, c, d], random) => [a!, b!, c!, d!, 20_260_000 + random.uniform(100, 1231)]) },
    {
      standardise: false,
    },
  ),
  planted(
    'heat in cents',
    'targets by 100,000, with SGD',
    ['targets_not_scaled'],
    'r2',
    { ...heat, optimizer: sgd(0.05) },
    { data: targets(rooms(600, 1), (y) => y * 100_000) },
  ),
  planted('heat far from 0', 'targets around 1,000 with a spread of 1', ['targets_not_scaled'], 'r2', heat, { data: targets(rooms(600, 1), (y) => y + 1000) }),
  planted('ferry shuffled', 'labels were shuffled against the rows', ['random_targets', 'overfitting'], 'accuracy', ferry, { data: shuffled(ferries(600, 2)) }),
  planted(
    'ferry shuffled in part',
    'two thirds of the labels are chance',
    ['random_targets', 'overfitting', 'overtraining'],
    'accuracy',
    { ...ferry, steps: 600 },
    { data: ferries(600, 2, 0.85) },
  ),
  planted(
    'parts the wrong way round',
    'trained on nine rows and validated on 471',
    ['overfitting', 'overtraining'],
    'accuracy',
    { ...ferry, data: { source: 'arrays', ...ferries(600, 2), split: { validation: 0.2, test: 0.2 } } },
    {
      data: { source: 'arrays', ...ferries(600, 2), split: { validation: 0.785, test: 0.2 } },
    },
  ),
  planted(
    'leaks weighted upside down',
    'posWeight 0.02 where it should be 10',
    ['one_class_only', 'class_imbalance'],
    'f1',
    { data: leaks(800, 4), layers: small(), loss: { name: 'bce_with_logits', posWeight: 6 }, optimizer: adam(0.01), steps: 250 },
    {
      loss: { name: 'bce_with_logits', posWeight: 0.02 },
    },
  ),
  planted(
    'ferry with a class of weight 0',
    'classWeights: 0 for two of three classes',
    ['classes_left_out', 'one_class_only', 'class_weights'],
    'accuracy',
    ferry,
    { loss: { name: 'softmax_cross_entropy', classWeights: [1, 0, 0] } as never },
  ),
  planted(
    'ferry too smooth',
    'label smoothing 0.995',
    ['label_smoothing', 'loss_stuck', 'learning_rate_too_low'],
    'accuracy',
    { ...ferry, optimizer: sgd(0.1) },
    { loss: { name: 'softmax_cross_entropy', labelSmoothing: 0.995 } as never },
  ),
  planted(
    'dots averaged at once',
    'a mean over the whole image is the first layer',
    ['random_targets', 'loss_stuck', 'output_cannot_answer', 'input_thrown_away', 'one_class_only', 'classes_left_out'],
    'accuracy',
    dot,
    {
      layers: layers(IMAGE, MEAN, ...hidden(2, 32), ...output(4)),
    },
  ),
  planted(
    'dots through a norm of one place',
    'instance norm on maps of one pixel',
    ['output_cannot_answer', 'no_gradient', 'input_thrown_away'],
    'accuracy',
    { ...dot, layers: layers(IMAGE, conv(16, { kernelSize: 8, padding: 0 }), RELU, FLAT, ...output(4)) },
    {
      layers: layers(IMAGE, conv(16, { kernelSize: 8, padding: 0 }), { type: 'instance_norm' }, RELU, FLAT, ...output(4)),
    },
  ),
  planted(
    'heat through a norm of one',
    'layer norm behind a single unit',
    ['output_cannot_answer', 'no_gradient', 'input_thrown_away', 'dead_units'],
    'r2',
    { ...heat, layers: layers(...hidden(2, 32), ...output(1)) },
    {
      layers: layers(...hidden(2, 32), ...output(1), { type: 'layer_norm' }, ...output(1)),
    },
  ),
  planted(
    'digits through one',
    'a bottleneck of one ReLU',
    ['dead_units', 'classes_left_out', 'loss_stuck', 'bottleneck', 'input_thrown_away'],
    'accuracy',
    read,
    {
      layers: layers(...hidden(1, 48), ...hidden(1, 1), ...hidden(1, 48), ...output(10)),
    },
  ),
  planted(
    'digits cut out',
    'augmentation cuts out the whole image',
    ['random_targets', 'loss_stuck', 'augmentation', 'one_class_only', 'input_thrown_away'],
    'accuracy',
    { ...read, data: digits() },
    { data: digits({ augment: [{ type: 'cut_out', size: 14 }] }) },
  ),
  planted(
    'digits in a storm',
    'augmentation adds noise of 8 to pixels from 0 to 1',
    ['random_targets', 'loss_stuck', 'augmentation', 'inputs_not_scaled', 'overfitting'],
    'accuracy',
    read,
    { data: digits({ augment: [{ type: 'noise', std: 8 }] }) },
  ),
  planted(
    'digits shifted away',
    'augmentation shifts images of 8 pixels by up to 7',
    ['random_targets', 'loss_stuck', 'augmentation', 'classes_left_out'],
    'accuracy',
    { ...read, steps: 150 },
    { data: digits({ augment: [{ type: 'shift', pixels: 8 }] }) },
  ),
  planted(
    'averaged for ever',
    'an average of the weights that remembers 100,000 steps',
    ['average_too_slow', 'overfitting', ...SLOW],
    'r2',
    { ...heat, optimizer: sgd(0.1), training: { average: { decay: 0.95 } } },
    { training: { average: { decay: 0.99999 } } },
  ),
  planted(
    'norms that never learn',
    'momentum of batch norm 0.00001: running statistics stay at 0 and 1',
    ['running_statistics', 'overfitting'],
    'r2',
    {
      ...heat,
      layers: layers(...output(32), { type: 'batch_norm' }, RELU, ...output(1)),
      data: columns(rooms(600, 1), (row) => row.map((value) => 3 * value + 6)),
    },
    {
      layers: layers(...output(32), { type: 'batch_norm', momentum: 0.00001 }, RELU, ...output(1)),
    },
  ),
  planted(
    'ferry row by row',
    'batch norm with one row a batch',
    ['batch_too_small'],
    'accuracy',
    { ...ferry, layers: layers(...output(32), { type: 'layer_norm' }, RELU, ...output(3)), batchSize: 16 },
    {
      layers: layers(...output(32), { type: 'batch_norm' }, RELU, ...output(3)),
      batchSize: 1,
    },
  ),
  planted(
    'a delta of nothing',
    'delta of Huber 0.00001 with SGD',
    [...SLOW, 'absolutely_tiny'],
    'r2',
    { ...heat, loss: { name: 'huber', delta: 1 }, optimizer: sgd(0.1) },
    { loss: { name: 'huber', delta: 0.00001 } },
  ),
  planted('a softplus before both signs', 'softplus before targets of both signs', ['output_cannot_answer'], 'r2', heat, {
    layers: layers(...hidden(2, 32), ...output(1, { activation: 'relu6' })),
    data: targets(rooms(600, 1), (y) => y - 4),
  }),
  planted(
    'an eps of 1000 in norms',
    'eps of layer norm 1e6: the signal all but ends',
    ['initial_weights_too_small', 'vanishing_with_depth', 'forward_scale', ...SLOW],
    'accuracy',
    {
      ...ferry,
      layers: layers(...times(3, () => [...output(24), { type: 'layer_norm' }, { type: 'activation', name: 'tanh' }]).flat(), ...output(3)),
      optimizer: sgd(0.1),
    },
    {
      layers: layers(...times(3, () => [...output(24), { type: 'layer_norm', eps: 1e6 }, { type: 'activation', name: 'tanh' }]).flat(), ...output(3)),
    },
  ),
  planted(
    'branches times 4',
    'residual branches times 4, sixteen of them, without a norm',
    ['exploding_with_depth', 'forward_scale', 'non_finite', 'absolutely_huge'],
    'r2',
    {
      ...heat,
      layers: layers(...output(24), ...times(16, () => residual(output(24, { activation: 'relu' }), { scale: 0.2 })), ...output(1)),
      optimizer: adam(0.002),
    },
    {
      layers: layers(...output(24), ...times(16, () => residual(output(24, { activation: 'relu' }), { scale: 4 })), ...output(1)),
    },
  ),
];

const well = (name: string, awkward: string, written: Written): Healthy => ({ name, awkward, document: document(written) });

export const SEVENTH_HEALTHY: readonly Healthy[] = [
  well('clipped in every step', 'clip norm 0.5 with Adam, active in every step', { ...heat, optimizer: adam(0.01, { clip: { norm: 0.1 } }) }),
  well('warm for half the run', 'warm-up over 150 of 300 steps', {
    ...ferry,
    optimizer: adam(0.01, { schedule: { name: 'warmup', steps: 150, startFactor: 0 } }),
  }),
  well('random features', 'a wide first layer is frozen on purpose', {
    ...ferry,
    layers: layers(...hidden(1, 256, 'tanh'), ...output(3)),
    optimizer: adam(0.02, { groups: [{ match: 'dense_1', frozen: true }] }),
  }),
  well('smoothed a little', 'label smoothing 0.3', { ...ferry, loss: { name: 'softmax_cross_entropy', labelSmoothing: 0.3 } as never }),
  well('weighted leaks', 'posWeight 8 where 4 % leak', {
    data: leaks(900, 14),
    layers: small(),
    loss: { name: 'bce_with_logits', posWeight: 8 },
    optimizer: adam(0.01),
    steps: 300,
  }),
  well('three rows a batch', 'group norm with 3 images a batch', {
    ...dot,
    layers: layers(IMAGE, conv(8), { type: 'group_norm', groups: 4 }, RELU, FLAT, ...output(4)),
    batchSize: 3,
    optimizer: adam(0.003),
    steps: 400,
  }),
  well('momentum 0.99', 'momentum 0.99 at a small rate', { ...heat, optimizer: sgd(0.003, { momentum: 0.99 }), steps: 500 }),
  well('eps 0.001', 'eps of Adam 0.001', { ...ferry, optimizer: adam(0.01, { eps: 0.001 }) }),
  well('every row three times', 'each row stands three times in the data', { ...ferry, data: threefold(ferries(250, 15)) }),
  well('few and clear', '60 rows in two clouds', { data: clear(60), layers: layers(...hidden(1, 8), ...output(2)), loss: LOSS.ce, steps: 120, batchSize: 12 }),
  well('mostly noise', 'two thirds of the variance is noise', {
    ...heat,
    data: rooms(1500, 16, 1.4),
    layers: layers(...hidden(1, 12, 'tanh'), ...output(1)),
    optimizer: adam(0.003, { weightDecay: 0.01 }),
    steps: 250,
  }),
  well('accumulated', 'four rows a batch, eight batches a step', { ...heat, batchSize: 4, training: { accumulate: 8 } }),
  well('digits with a little noise', 'noise 0.2 and shifts by a pixel', {
    ...read,
    data: digits({
      augment: [
        { type: 'noise', std: 0.2 },
        { type: 'shift', pixels: 1 },
      ],
    }),
    steps: 500,
  }),
  well('averaged', 'an average of 50 steps', { ...heat, training: { average: { decay: 0.98 } } }),
  well('deep with RMS norm', '24 residual branches', {
    ...ferry,
    layers: layers(...output(24), ...times(24, () => residual([{ type: 'rms_norm' }, ...output(24, { activation: 'silu' })])), ...output(3)),
    optimizer: adam(0.003),
  }),
  well('pinched', 'a bottleneck of two tanh for three classes', {
    ...ferry,
    layers: layers(...hidden(1, 48), ...hidden(1, 2, 'tanh'), ...hidden(1, 48), ...output(3)),
    steps: 600,
  }),
  well('by Lion', 'Lion at 0.001', { ...heat, optimizer: { name: 'lion', learningRate: 0.001 } as never }),
  well('by Adadelta', 'Adadelta at 1', { ...heat, optimizer: { name: 'adadelta', learningRate: 1 } as never, steps: 500 }),
  well('a table with gaps', 'a tenth of the cells is empty', { ...heat, data: csv(table(rooms(700, 17), 'n/a', 0.06), { standardise: true }) }),
  well('row by row', 'one row a batch with layer norm', {
    ...ferry,
    layers: layers(...output(32), { type: 'layer_norm' }, RELU, ...output(3)),
    batchSize: 1,
    optimizer: sgd(0.01),
    steps: 1500,
  }),
  well('a sigmoid for shares', 'sigmoid output and MSE on targets in [0, 1]', {
    ...heat,
    data: targets(rooms(600, 18), (y) => 1 / (1 + Math.exp(-y))),
    layers: layers(...hidden(2, 32), ...output(1, { activation: 'sigmoid' })),
  }),
  well('stopped in time', 'early stopping after a third of the steps', {
    ...ferry,
    data: ferries(600, 19, 0.1),
    steps: 1500,
    training: { validateEvery: 25, earlyStopping: { patience: 4, restoreBest: true } } as never,
  }),
];

/** Every row three times, one after the other. */
function threefold({ x, y, classes }: Rows): Rows {
  return { x: x.flatMap((row) => [row, row, row]), y: (y as number[]).flatMap((label) => [label, label, label]), classes: classes! };
}
/** Two clouds that touch a little. */
function clear(count: number): Rows {
  const random = new Random(77_000);
  return { x: times(count, (at) => [short(random.normal(0.6) + (at % 2 ? 1.2 : -1.2)), short(random.normal())]), y: times(count, (at) => at % 2), classes: 2 };
}
