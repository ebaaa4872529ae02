// The other half of the tenth set, made without a look at the rules: thrown balls, waveforms, small drawings, visits by the hour, gases, magnets, circuits and more, from the
// generators of this file alone. Networks after public reports of people whose training failed have their source beside them. Accepted names were written before anything was
// diagnosed; `npm run scoreboard -- --half tenth_b --part sick --proof --no-treat` says which count.
import { inUnits, Random, type Rows, relabelled, rows, scaled, shuffled, times, withColumns } from './data.ts';
import { adam, document, type Healthy, hidden, LOSS, layers, output, planted, type Sick, sgd, type Written } from './network.ts';

type Optimizer = Written['optimizer'];

// ---- Rows

/** A ball thrown through air: speed, angle, drag and height, each between -1 and 1, and how far it flies, in 25 m about 45. */
const throws = (count: number, seed: number, noise = 0.02): Rows =>
  rows(count, seed, (random) => {
    const x = times(4, () => random.uniform(-1, 1)) as [number, number, number, number];
    const [speed, angle, drag, height] = [25 + 15 * x[0], 0.75 + 0.5 * x[1], 0.01 + 0.01 * x[2], 6 + 6 * x[3]];
    let [along, up, vx, vy] = [0, height, speed * Math.cos(angle), speed * Math.sin(angle)];
    while (up > 0) {
      const brake = drag * Math.hypot(vx, vy) * 0.02;
      [vx, vy] = [vx - brake * vx, vy - brake * vy - 9.81 * 0.02];
      [along, up] = [along + 0.02 * vx, up + 0.02 * vy];
    }
    return [x, (along - 45) / 25 + random.normal(noise)];
  });

const TAU = 2 * Math.PI;

/** 32 samples of a tone with noise: a sine, a square, or a train of pulses, of any phase and pitch. */
const waveforms = (count: number, seed: number, noise = 0.2): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const [kind, pitch, phase, loud] = [row % 3, random.uniform(2, 4), random.uniform(0, TAU), random.uniform(0.7, 1.3)];
      const x = times(32, (i) => {
        const wave = Math.sin((TAU * pitch * i) / 32 + phase);
        return loud * (kind === 0 ? wave * 1.2 : kind === 1 ? Math.sign(wave) : wave > 0.75 ? 2.2 : -0.4) + random.normal(noise);
      });
      return [x, kind];
    },
    3,
  );

/** Drawings of 8 x 8 pixels from 0 to 1 with a ring, a cross, a bar or a corner of 4 x 4 pixels somewhere, and grain. */
const SHAPES = [
  ['.##.', '#..#', '#..#', '.##.'],
  ['#..#', '.##.', '.##.', '#..#'],
  ['.##.', '.##.', '.##.', '.##.'],
  ['#...', '#...', '#...', '####'],
];
const drawings = (count: number, seed: number, grain = 0.12): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const [shape, top, left] = [SHAPES[row % 4]!, random.below(5), random.below(5)];
      const x = times(64, (i) => {
        const ink = shape[Math.floor(i / 8) - top]?.[(i % 8) - left] === '#' ? 0.85 : 0.1;
        return Math.min(1, Math.max(0, ink + random.normal(grain)));
      });
      return [x, row % 4];
    },
    4,
    4,
  );

/** A whole number from Poisson's distribution, as Knuth draws it. */
function poisson(random: Random, mean: number): number {
  let count = -1;
  for (let left = 1; left > Math.exp(-mean); left *= random.uniform()) count++;
  return count;
}

/** Visits to a shop in an hour: the hour as sine and cosine, weekend, rain, warmth and a fair, and how many came, about 20. */
const visits = (count: number, seed: number): Rows =>
  rows(count, seed, (random) => {
    const hour = random.uniform(0, TAU);
    const [weekend, rain, warmth, fair] = [random.below(2), Number(random.uniform() < 0.3), random.normal(), Number(random.uniform() < 0.2)];
    const mean = Math.exp(2.7 + 0.6 * Math.sin(hour) + 0.5 * weekend - 0.7 * rain * (1 - fair) + 0.2 * warmth + 0.4 * fair);
    return [[Math.sin(hour), Math.cos(hour), weekend - 0.5, rain - 0.3, warmth, fair - 0.2], poisson(random, mean)];
  });

/** The same in units about 0. */
const visitsScaled = (count: number, seed: number): Rows => scaled(visits(count, seed), 0.08, -1.7);

/** Coins in a row, twelve of -1 or 1: whether they turn six times or more from one to the next. */
const turns = (count: number, seed: number): Rows =>
  rows(count, seed, (random) => {
    const x = times(12, () => 2 * random.below(2) - 1);
    return [x, Number(x.filter((coin, i) => i > 0 && coin !== x[i - 1]).length >= 6)];
  });

/** A gas: its amount, volume and warmth, between -1 and 1; pressure, energy and the speed of sound, all three about 0. */
const gases = (count: number, seed: number, noise = 0.03): Rows =>
  rows(count, seed, (random) => {
    const x = times(3, () => random.uniform(-1, 1)) as [number, number, number];
    const [amount, volume, warmth] = [2 + x[0], 2 + x[1], 3 + 1.5 * x[2]];
    const y = [(amount * warmth) / volume - 3.3, (amount * warmth - 6) / 2, 2 * Math.sqrt(warmth / amount) - 2.5];
    return [x, y.map((value) => value + random.normal(noise))];
  });

/** Loans: income, debt, age, years at work and cards, in deviations; whether they are paid back, after a rule with an interaction. */
const loans = (count: number, seed: number, turned = 0): Rows =>
  rows(count, seed, (random) => {
    const x = times(5, () => random.normal()) as [number, number, number, number, number];
    const paid = x[0] - 1.2 * x[1] + 0.8 * x[3] * Math.tanh(x[2]) - 0.4 * x[4] > 0;
    return [x, Number(paid !== random.uniform() < turned)];
  });

/** Points on the arms of a whirl: which of its arms they lie on. */
const whirl = (count: number, seed: number, arms = 4, noise = 0.12): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const far = random.uniform(0.2, 1);
      const angle = (TAU * (row % arms)) / arms + 2.2 * far + random.normal(noise);
      return [[1.6 * far * Math.cos(angle), 1.6 * far * Math.sin(angle)], row % arms];
    },
    arms,
  );

/** Two magnets with a charge each, and how far apart: whether they attract one another. */
const magnets = (count: number, seed: number): Rows =>
  rows(count, seed, (random) => {
    const x = [random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1)] as [number, number, number];
    return [x, Number(x[0] * x[1] < 0)];
  });

/** A low pass of resistor and capacitor: both and the frequency as logarithms about 0; what it lets through, from 0 to 1. */
const circuits = (count: number, seed: number, noise = 0.01): Rows =>
  rows(count, seed, (random) => {
    const x = times(3, () => random.uniform(-1, 1)) as [number, number, number];
    return [x, 1 / Math.sqrt(1 + 10 ** (2 * (x[0] + x[1] + 1.3 * x[2]))) + random.normal(noise)];
  });

/** The same in decibels by ten: 0 at most. */
const decibels = (count: number, seed: number): Rows => relabelled(circuits(count, seed, 0), (gain) => 2 * Math.log10(gain));

/** Eight values of an oscillation that dies away, and the ninth. */
const oscillations = (count: number, seed: number, noise = 0.05): Rows =>
  rows(count, seed, (random) => {
    const [pitch, phase, fade] = [random.uniform(0.4, 1.1), random.uniform(0, TAU), random.uniform(0.9, 1)];
    const series = times(9, (i) => 1.4 * fade ** i * Math.sin(pitch * i + phase) + random.normal(noise));
    return [series.slice(0, 8), series[8]!];
  });

/** Photographs of a sky, 7 x 7 pixels: how many stars, one to four. */
const skies = (count: number, seed: number): Rows =>
  rows(count, seed, (random, row) => {
    const stars = new Set<number>();
    while (stars.size <= row % 4) stars.add(random.below(49));
    return [times(49, (i) => (stars.has(i) ? random.uniform(0.8, 1.2) : 0) + random.normal(0.08)), stars.size];
  });

/** Ten switches, on or off, and a number that they make alone and in pairs. */
const switches = (count: number, seed: number): Rows =>
  rows(count, seed, (random) => {
    const x = times(10, () => random.below(2));
    const s = x.map((value) => 2 * value - 1);
    return [x, 0.5 * s[0]! - 0.4 * s[1]! + 0.3 * s[2]! + 0.5 * s[3]! * s[4]! - 0.4 * s[5]! * s[6]! + 0.3 * s[7]! + random.normal(0.05)];
  });

/** Parts from a mill, by four gauges; one in twelve is faulty, and lies among the good ones a little off. */
const parts = (count: number, seed: number, each = 12, off = 1.1): Rows =>
  rows(count, seed, (random, row) => {
    const faulty = row % each === 0;
    return [times(4, (i) => random.normal() + (faulty && i < 3 ? off : 0)), Number(faulty)];
  });

/** Numbers of tickets up to 100,000, and whether they are in the upper half. */
const tickets = (count: number, seed: number): Rows =>
  rows(count, seed, (random) => {
    const ticket = random.below(100000);
    return [[ticket], Number(ticket >= 50000)];
  });

/** Many columns of noise, two of which count, and few rows. */
const needles = (count: number, seed: number, columns: number, noise: number): Rows =>
  rows(count, seed, (random) => {
    const x = times(columns, () => random.normal());
    return [x, 0.7 * x[0]! - 0.6 * x[1]! + random.normal(noise)];
  });

/** Leaves of four trees by six measures; each tree has two kinds of leaves. */
const leaves = (count: number, seed: number): Rows => {
  const first = new Random(seed + 100);
  const centres = times(8, () => times(6, () => first.uniform(-2, 2)));
  return rows(count, seed, (random, row) => [centres[row % 8]!.map((centre) => centre + random.normal(0.6)), row % 4], 4);
};

// ---- Layers

const relu = { type: 'activation', name: 'relu' };
const normal = (std: number): object => ({ initializer: { scheme: 'normal', std } });
const constant = (value: number): object => ({ initializer: { scheme: 'constant', value } });

/** Images of one channel: convolutions of `filters`, a pooling behind the first, and a dense layer. */
const seen = (side: number, filters: number[], units: number, { weights = {}, activation = relu as object, behind = [] as object[] } = {}): object[] => [
  { type: 'reshape', shape: [side, side, 1] },
  ...filters.flatMap((count, i) => [
    { type: 'conv2d', filters: count, kernelSize: 3, padding: 1, ...weights },
    ...behind,
    activation,
    ...(i === 0 ? [{ type: 'max_pool2d', kernelSize: 2 }] : []),
  ]),
  { type: 'flatten' },
  { type: 'dense', units },
];

/** Sequences of one channel: convolutions with a step of two. */
const heard = (
  length: number,
  filters: number[],
  units: number,
  { activation = [relu] as object[], behind = [] as object[], kernelSize = 5, weights = {} } = {},
): object[] => [
  { type: 'reshape', shape: [length, 1] },
  ...filters.flatMap((count) => [
    { type: 'conv1d', filters: count, kernelSize, stride: 2, padding: (kernelSize - 1) / 2, ...weights },
    ...behind,
    ...activation,
  ]),
  { type: 'flatten' },
  { type: 'dense', units, ...weights },
];

const batchNorm = (momentum = 0.1): object => ({ type: 'batch_norm', momentum });

// ---- Sick

export const TENTH_B_SICK: Sick[] = [
  // https://geeksmental.com/question/why-does-accuracy-remain-the-same (numbers up to 100,000 as they are, and whether they are above the middle)
  planted(
    'ticket_numbers',
    'inputs up to 100,000 are neither centred nor scaled',
    ['inputs_not_scaled'],
    'accuracy',
    { data: tickets(500, 1), layers: layers(...hidden(2, 8), ...output(1)), loss: LOSS.bce, optimizer: adam(0.01), steps: 300 },
    {},
    { standardise: true },
  ),
  // https://github.com/PacktPublishing/What-s-New-in-TensorFlow-2.0/issues/1 (pixels not divided by 255: 11 %)
  planted(
    'drawings_in_bytes',
    'pixels from 0 to 255',
    ['inputs_not_scaled'],
    'accuracy',
    { layers: layers(...seen(8, [8], 32), relu, ...output(4)), loss: LOSS.ce, optimizer: sgd(0.02, { momentum: 0.9 }), steps: 250 },
    { data: inUnits(drawings(400, 2), [255]) },
    { data: drawings(400, 2) },
  ),
  planted(
    'stuck_gauges',
    'three columns that never change, far from 0',
    ['constant_columns', 'inputs_not_scaled'],
    'r2',
    { layers: layers(...hidden(2, 24), ...output(1)), loss: LOSS.mse, optimizer: sgd(0.03), steps: 300 },
    { data: withColumns(throws(400, 3), () => [80, -55, 120]) },
    { data: throws(400, 3) },
  ),
  planted(
    'last_value_fifty_times',
    'fifty copies of one column: as if its rate were fifty times as high',
    ['duplicate_columns'],
    'r2',
    { layers: layers(...output(1)), loss: LOSS.mse, optimizer: sgd(0.08), steps: 200 },
    { data: withColumns(oscillations(400, 4), (row) => times(50, () => row[7]!)) },
    { data: oscillations(400, 4) },
  ),
  // https://stackoverflow.com/questions/52800582 (Why do I fail to predict y=x**4 with Keras?)
  planted(
    'fourth_power',
    'inputs up to 100, and targets up to 100,000,000',
    ['targets_not_scaled', 'inputs_not_scaled'],
    'r2',
    {
      data: rows(400, 5, (random) => {
        const x = random.uniform(-100, 100);
        return [[x], x ** 4];
      }),
      layers: layers(
        { type: 'dense', units: 50 },
        { type: 'activation', name: 'sigmoid' },
        { type: 'dense', units: 50 },
        { type: 'activation', name: 'elu' },
        ...output(1),
      ),
      loss: LOSS.mse,
      optimizer: adam(0.01),
      steps: 400,
    },
    {},
    { standardise: true },
  ),
  // https://stats.stackexchange.com/questions/418955 (targets of thousands, which only very small rates stand)
  planted(
    'visits_in_a_year',
    'targets of thousands',
    ['targets_not_scaled'],
    'r2',
    { data: scaled(visits(400, 6), 365), layers: layers(...hidden(2, 32), ...output(1)), loss: LOSS.mse, optimizer: adam(0.003), steps: 300 },
    {},
    { standardise: true },
  ),
  // https://community.deeplearning.ai/t/loss-values-do-not-change/324182 (ReLU on the output, targets below 0 among them)
  planted(
    'decibels_through_relu',
    'ReLU on the output, and targets below 0',
    ['output_cannot_answer'],
    'r2',
    { data: decibels(400, 8), loss: LOSS.mse, optimizer: adam(0.005), steps: 300 },
    { layers: layers(...hidden(2, 16, 'leaky_relu'), ...output(1, { activation: 'relu' })) },
    { layers: layers(...hidden(2, 16, 'leaky_relu'), ...output(1)) },
  ),
  // http://ansaurus.com/question/3644795-neural-network-python (targets 1 to 4, and tanh on the output)
  planted(
    'stars_through_tanh',
    'tanh on the output, and targets from 1 to 4',
    ['output_cannot_answer'],
    'r2',
    { data: skies(480, 9), loss: LOSS.mse, optimizer: adam(0.005), steps: 300 },
    { layers: layers(...seen(7, [8], 24), relu, ...output(1, { activation: 'tanh' })) },
    { layers: layers(...seen(7, [8], 24), relu, ...output(1)) },
  ),
  // https://discuss.pytorch.org/t/unable-to-learn-xor-representation-using-2-layers-of-multi-layered-perceptron-mlp/13287 (no activation between two layers)
  planted(
    'magnets_without_bend',
    'no activation between three dense layers',
    ['no_activation'],
    'accuracy',
    { data: magnets(500, 10), loss: LOSS.bce, optimizer: adam(0.01), steps: 300 },
    { layers: layers({ type: 'dense', units: 16 }, { type: 'dense', units: 16 }, ...output(1)) },
    { layers: layers(...hidden(2, 16), ...output(1)) },
  ),
  // https://imathworks.com/cv/solved-why-accuracy-gradually-increase-then-suddenly-drop-with-dropout/ (more dropout than the network bears)
  planted(
    'gases_dropped',
    'dropout of 0.9 behind each of three layers',
    ['dropout_too_strong'],
    'r2',
    { data: gases(400, 11), loss: LOSS.mse, optimizer: adam(0.005), steps: 400 },
    { layers: layers(...hidden(3, 24, 'relu', { behind: layers({ type: 'dropout', rate: 0.9 }) }), ...output(3)) },
    { layers: layers(...hidden(3, 24), ...output(3)) },
  ),
  // https://forum.numer.ai/t/l2-regularization-in-mlps-and-noisy-domains/3848 (one answer for all rows, and weights near 0)
  planted(
    'throws_held_down',
    'an L2 penalty of 3 on every layer',
    ['weight_decay_too_strong'],
    'r2',
    { data: throws(400, 12, 0.2), loss: LOSS.mse, optimizer: adam(0.005), steps: 300, batchSize: 64 },
    { layers: layers(...hidden(3, 24, 'gelu', { weights: { l2: 3 } }), ...output(1, { weights: { l2: 3 } })) },
    { layers: layers(...hidden(3, 24, 'gelu'), ...output(1)) },
  ),
  planted(
    'penalty_swings',
    'weight decay times rate above 2: weights change their sign and grow in every step',
    ['rate_times_penalty', 'weight_decay_too_strong'],
    'accuracy',
    { data: loans(400, 13), layers: layers(...hidden(1, 16, 'tanh'), ...output(1)), loss: LOSS.bce, steps: 200 },
    { optimizer: sgd(0.3, { weightDecay: 8 }) },
    { optimizer: sgd(0.3) },
  ),
  // https://discuss.pytorch.org/t/predictions-stuck-at-zero-when-positive-label-1-is-only-16-of-data/145203
  planted(
    'one_part_in_twelve',
    'one row in twelve is of the class that counts, within the other',
    ['class_imbalance'],
    'f1',
    { data: parts(960, 14), layers: layers(...hidden(1, 12), ...output(1)), optimizer: adam(0.003), steps: 200 },
    { loss: LOSS.bce },
    { loss: { name: 'bce_with_logits', posWeight: 11 } },
  ),
  // https://github.com/tensorflow/tensorflow/issues/36446 (batches of two, batch norm: a training loss of 0.4, 302 in validation)
  planted(
    'gases_by_twos',
    'batch norm over batches of two rows',
    ['batch_too_small', 'running_statistics'],
    'r2',
    {
      data: gases(400, 15),
      layers: layers(...hidden(3, 24, 'relu', { behind: layers(batchNorm()) }), ...output(3)),
      loss: LOSS.mse,
      optimizer: adam(0.003),
      steps: 300,
    },
    { batchSize: 2 },
    { batchSize: 32 },
  ),
  // https://github.com/tensorflow/tensorflow/issues/15727 (moving statistics that a short run does not reach: validation like a guess)
  planted(
    'statistics_left_behind',
    'running statistics of batch norm move by a thousandth in each of 150 steps',
    ['running_statistics'],
    'r2',
    { data: inUnits(throws(400, 16), [8], [20]), loss: LOSS.mse, optimizer: adam(0.01), steps: 150 },
    { layers: layers(batchNorm(0.001), ...hidden(2, 24), ...output(1)) },
    { layers: layers(batchNorm(0.1), ...hidden(2, 24), ...output(1)) },
  ),
  // https://github.com/tensorflow/tensorflow (as asked on Stack Overflow: two layers of tf.zeros), http://pullrequest.ru/11818227/neironnaya-set-odnim-skrytym-sloem-mozhet-byt-obuchena
  planted(
    'turns_all_alike',
    'all weights begin at 0.1: every filter is the same',
    ['symmetric_units'],
    'accuracy',
    { data: turns(600, 17), loss: LOSS.bce, optimizer: adam(0.01), steps: 300 },
    { layers: layers(...heard(12, [16], 1, { kernelSize: 3, weights: constant(0.1) })) },
    { layers: layers(...heard(12, [16], 1, { kernelSize: 3 })) },
  ),
  // https://github.com/keras-team/keras/issues/2711 (0.1 and no change after the first epoch)
  planted(
    'whirl_thrown_off',
    'a rate of 1 with Adam',
    ['learning_rate_too_high', 'dead_units'],
    'accuracy',
    { data: whirl(400, 18), layers: layers(...hidden(4, 32), ...output(4)), loss: LOSS.ce, steps: 300, batchSize: 64 },
    { optimizer: adam(1) },
    { optimizer: adam(0.005) },
  ),
  planted(
    'oscillations_overshot',
    'a rate of 0.6 with momentum',
    ['learning_rate_too_high'],
    'r2',
    { data: oscillations(400, 19), layers: layers(...hidden(2, 24, 'tanh'), ...output(1)), loss: LOSS.mse, steps: 200 },
    { optimizer: sgd(0.6, { momentum: 0.9, nesterov: true }) },
    { optimizer: sgd(0.01, { momentum: 0.9, nesterov: true }) },
  ),
  planted(
    'visits_of_other_hours',
    'the targets belong to other rows',
    ['random_targets'],
    'r2',
    { layers: layers(...hidden(2, 24), ...output(1)), loss: LOSS.mse, optimizer: adam(0.005), steps: 300 },
    { data: shuffled(visitsScaled(400, 21), 5) },
    { data: visitsScaled(400, 21) },
  ),
  // https://ai.stackexchange.com/questions/16557 (vectors of 0 and 1 to a number, four hidden layers of sigmoids)
  planted(
    'switches_sigmoids',
    'eight layers of sigmoids',
    ['vanishing_with_depth'],
    'r2',
    { data: switches(500, 22), loss: LOSS.mse, optimizer: sgd(0.05, { momentum: 0.9 }), steps: 400 },
    { layers: layers(...hidden(8, 32, 'sigmoid'), ...output(1)) },
    { layers: layers(...hidden(8, 32, 'relu'), ...output(1)) },
  ),
  // https://www.moderndescartes.com/essays/initializing_weights_DCNN/ (convolutions that begin with one deviation for all widths: NaN)
  planted(
    'drawings_blown_up',
    'convolutions begin with weights of deviation 0.5',
    ['exploding_with_depth', 'forward_scale'],
    'accuracy',
    { data: drawings(400, 23), loss: LOSS.ce, optimizer: sgd(0.02, { momentum: 0.9 }), steps: 200, batchSize: 16 },
    { layers: layers(...seen(8, [8, 16, 16, 16, 16], 4, { weights: normal(0.5) })) },
    { layers: layers(...seen(8, [8, 16, 16, 16, 16], 4)) },
  ),
  // https://github.com/keras-team/keras/issues/3752 (with ReLU nothing changes, with tanh all is well)
  planted(
    'whirl_asleep',
    'biases begin at -5: no ReLU ever answers',
    ['dead_units'],
    'accuracy',
    { data: whirl(400, 24, 3), loss: LOSS.ce, optimizer: { name: 'adamw', learningRate: 0.005 } as Optimizer, steps: 300, batchSize: 8 },
    { layers: layers(...hidden(2, 24, 'relu', { weights: { biasInitializer: { scheme: 'constant', value: -5 } } }), ...output(3)) },
    { layers: layers(...hidden(2, 24), ...output(3)) },
  ),
  planted(
    'needles_by_heart',
    'a wide network, few rows, much noise, and no end to it',
    ['overfitting'],
    'r2',
    { data: needles(300, 25, 6, 1), layers: layers(...hidden(2, 128), ...output(1)), loss: LOSS.mse, optimizer: adam(0.01) },
    { steps: 600 },
    { steps: 600, training: { earlyStopping: { patience: 4, restoreBest: true }, validateEvery: 10 } },
  ),
  planted(
    'rate_gone_early',
    'the rate falls by a tenth in every step',
    ['learning_rate_too_low'],
    'accuracy',
    { data: waveforms(390, 27), layers: layers(...heard(32, [8, 8], 3)), loss: LOSS.ce, steps: 250 },
    { optimizer: sgd(0.05, { schedule: { name: 'exponential', gamma: 0.9 } }) },
    { optimizer: sgd(0.05) },
  ),
  planted(
    'throws_too_small',
    'twenty layers that begin with weights of deviation 0.05',
    ['vanishing_with_depth', 'forward_scale'],
    'r2',
    { data: throws(500, 28), loss: LOSS.mse, optimizer: adam(0.002), steps: 300, batchSize: 100 },
    { layers: layers(...hidden(20, 24, 'relu', { weights: normal(0.05) }), ...output(1)) },
    { layers: layers(...hidden(20, 24, 'relu', { weights: { initializer: { scheme: 'he_normal' } } }), ...output(1)) },
  ),
];

const healthy = (name: string, written: Written, awkward?: string): Healthy => ({ name, ...(awkward ? { awkward } : {}), document: document(written) });

const he = { initializer: { scheme: 'he_normal' } };

export const TENTH_B_HEALTHY: Healthy[] = [
  healthy(
    'throws_sixteen_deep',
    { data: throws(500, 41), layers: layers(...hidden(16, 32, 'relu', { weights: he }), ...output(1)), loss: LOSS.mse, optimizer: adam(0.001), steps: 300 },
    'sixteen layers of ReLU without normalisation',
  ),
  healthy(
    'loans_turned_over',
    {
      data: loans(800, 42, 0.2),
      layers: layers(...hidden(2, 16), ...output(1)),
      loss: LOSS.bce,
      optimizer: adam(0.003),
      steps: 400,
      training: { earlyStopping: { patience: 4, restoreBest: true }, validateEvery: 20 },
    },
    'one label in five is wrong; the run stops where validation is best',
  ),
  healthy(
    'magnets_late',
    {
      data: magnets(600, 43),
      layers: layers(...hidden(1, 24, 'tanh', { weights: normal(0.3) }), ...output(1)),
      loss: LOSS.bce,
      optimizer: sgd(0.2, { momentum: 0.9 }),
      steps: 400,
    },
    'a plateau at the start',
  ),
  healthy(
    'throws_with_outliers',
    {
      data: rows(500, 44, (random) => {
        const x = times(3, () => random.uniform(-1, 1)) as [number, number, number];
        return [x, Math.sin(2 * x[0]) + x[1] * x[2] + (random.uniform() < 0.04 ? random.normal(4) : random.normal(0.05))];
      }),
      layers: layers(...hidden(2, 32, 'gelu'), ...output(1)),
      loss: { name: 'huber', delta: 0.5 },
      optimizer: adam(0.005),
      steps: 400,
      batchSize: 16,
    },
    'a few targets far off, and gradients with a long tail',
  ),
  healthy(
    'oscillations_slowly',
    { data: oscillations(500, 45), layers: layers(...hidden(2, 64, 'tanh'), ...output(1)), loss: LOSS.mse, optimizer: adam(0.0003), steps: 500 },
    'a rate of 0.0003, which suffices',
  ),
  healthy('oscillations_linear', { data: oscillations(400, 46), layers: layers(...output(1)), loss: LOSS.mse, optimizer: sgd(0.05), steps: 300 }, 'one layer'),
  healthy(
    'parts_one_in_five',
    { data: parts(700, 47, 5, 2.2), layers: layers(...hidden(1, 16), ...output(1)), loss: LOSS.bce, optimizer: adam(0.01), steps: 300 },
    'one row in five is of the second class',
  ),
  healthy('drawings_normed', {
    data: drawings(480, 48),
    layers: layers(...seen(8, [12, 16], 4, { behind: [batchNorm()] })),
    loss: LOSS.ce,
    optimizer: adam(0.005),
    steps: 250,
  }),
  healthy('waveforms_heard', { data: waveforms(450, 49), layers: layers(...heard(32, [12, 16], 3)), loss: LOSS.ce, optimizer: adam(0.005), steps: 250 }),
  healthy('gases_three_targets', {
    data: gases(400, 50),
    layers: layers(...hidden(2, 32, 'silu'), ...output(3)),
    loss: LOSS.mse,
    optimizer: { name: 'adamw', learningRate: 0.01, weightDecay: 0.01 } as Optimizer,
    steps: 300,
  }),
  healthy(
    'leaves_dropped_a_little',
    {
      data: leaves(600, 51),
      layers: layers(...hidden(2, 48, 'relu', { behind: layers({ type: 'dropout', rate: 0.2 }) }), ...output(4)),
      loss: LOSS.ce,
      optimizer: adam(0.005),
      steps: 300,
    },
    'dropout: training looks worse than validation',
  ),
  healthy(
    'circuits_between_bounds',
    {
      data: circuits(500, 52),
      layers: layers(...hidden(2, 24, 'tanh'), ...output(1, { activation: 'sigmoid' })),
      loss: LOSS.mse,
      optimizer: adam(0.01),
      steps: 300,
    },
    'a sigmoid on the output, where targets lie between 0 and 1',
  ),
  healthy(
    'visits_by_fours',
    { data: visitsScaled(400, 53), layers: layers(...hidden(2, 24), ...output(1)), loss: LOSS.mse, optimizer: sgd(0.01), steps: 600, batchSize: 4 },
    'batches of four rows: a noisy loss',
  ),
  healthy(
    'whirl_at_once',
    { data: whirl(400, 54), layers: layers(...hidden(3, 32), ...output(4)), loss: LOSS.ce, optimizer: sgd(0.1, { momentum: 0.9 }), steps: 300, batchSize: 240 },
    'all rows in one batch',
  ),
  healthy(
    'switches_residual',
    {
      data: switches(500, 55),
      layers: layers(
        { type: 'dense', units: 32 },
        {
          type: 'repeat',
          times: 8,
          layers: [{ type: 'residual', layers: [{ type: 'layer_norm' }, { type: 'dense', units: 32 }, relu, { type: 'dense', units: 32 }] }],
        },
        ...output(1),
      ),
      loss: LOSS.mse,
      optimizer: adam(0.001),
      steps: 250,
    },
    'eighteen layers, inputs of 0 and 1',
  ),
];
