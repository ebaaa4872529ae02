// Half of the ninth set: small images, sequences, and tables with several targets, by one who did not know the rules. Networks after public reports of people whose
// training failed, where a source stands beside them; data from the generators of this file alone. Accepted names were written before anything was diagnosed.
import type { Experiment } from '../../src/experiment/document.ts';
import { Random, type Rows, rows, short, times } from './data.ts';
import { adam, document, type Healthy, hidden, LOSS, layers, output, planted, type Sick, sgd, type Written } from './network.ts';

type Optimizer = Experiment['optimizer'];

/** Images of `size` squared: one stroke, across, down, along a diagonal or along the other, somewhere in the noise. */
const strokes = (count: number, seed: number, noise = 0.15, size = 8): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const kind = row % 4;
      const [top, left] = [1 + random.below(size - 5), 1 + random.below(size - 5)];
      const image = times(size * size, () => random.normal(noise));
      for (let i = 0; i < 4; i++) {
        const [down, right] = [
          [0, i],
          [i, 0],
          [i, i],
          [i, 3 - i],
        ][kind]!;
        image[(top + down!) * size + left + right!]! += 1;
      }
      return [image, kind];
    },
    4,
  );

/** Images of 10 by 10 with a bright square of 3 by 3; the targets are the row and the column of its middle, from -1 to 1. */
const squares = (count: number, seed: number, noise = 0.1): Rows =>
  rows(count, seed, (random) => {
    const [top, left] = [random.below(8), random.below(8)];
    const image = times(100, () => random.normal(noise));
    for (let i = 0; i < 9; i++) image[(top + Math.floor(i / 3)) * 10 + left + (i % 3)]! += 1;
    return [image, [(top - 3.5) / 3.5, (left - 3.5) / 3.5]];
  });

/** Sequences of 32 steps at any phase: a slow wave, a fast one, a square one, and one that speeds up. `share` says how often each comes. */
const pulses = (count: number, seed: number, noise = 0.2, share: readonly number[] = [1, 1, 1, 1]): Rows =>
  rows(
    count,
    seed,
    (random) => {
      let draw = random.uniform(
        0,
        share.reduce((sum, part) => sum + part, 0),
      );
      let kind = 0;
      while (kind < share.length - 1 && draw >= share[kind]!) draw -= share[kind++]!;
      const phase = random.uniform(0, 2 * Math.PI);
      const wave = (t: number): number => {
        if (kind === 0) return Math.sin(0.4 * t + phase);
        if (kind === 1) return Math.sin(1.6 * t + phase);
        if (kind === 2) return Math.sign(Math.sin(0.8 * t + phase));
        return Math.sin(0.05 * t * t + phase);
      };
      return [times(32, (t) => wave(t) + random.normal(noise)), kind];
    },
    share.length,
  );

/** A bell rung once, 24 samples of its sound; the targets say how fast it dies away and how high it rings. */
const bells = (count: number, seed: number, noise = 0.03): Rows =>
  rows(count, seed, (random) => {
    const [fade, pitch] = [random.uniform(-1, 1), random.uniform(-1, 1)];
    return [times(24, (t) => Math.exp(-(0.11 + 0.09 * fade) * t) * Math.cos((0.6 + 0.3 * pitch) * t) + random.normal(noise)), [fade, pitch]];
  });

/** An arm of three joints: from its angles to where the hand is, and to how far that is from the shoulder. */
const arm = (count: number, seed: number, noise = 0.02): Rows =>
  rows(count, seed, (random) => {
    const [a, b, c] = times(3, () => random.uniform(-1.5, 1.5)) as [number, number, number];
    const across = Math.cos(a) + 0.8 * Math.cos(a + b) + 0.5 * Math.cos(a + b + c);
    const up = Math.sin(a) + 0.8 * Math.sin(a + b) + 0.5 * Math.sin(a + b + c);
    return [[a, b, c], [across - 1, up, Math.hypot(across, up) - 1.7].map((value) => value + random.normal(noise))];
  });

/** Leaves of four kinds by length, width, edge and area, about 0 and 1 each: what tells them apart is how the four go together. */
const leaves = (count: number, seed: number, spread = 0.15, classes = 4): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const kind = row % classes;
      const size = random.normal();
      const slim = Math.cos(kind * 1.7) * size + random.normal(spread);
      const edge = Math.sin(kind * 1.7) * size + random.normal(spread);
      return [[size, slim, edge, (size * slim) / 1.5 + random.normal(spread)], kind];
    },
    classes,
  );

/** A windmill: `arms` bent arms around the middle of a plane, alternately of one class and the other. */
const windmill = (count: number, seed: number, arms = 4, bend = 1.2, noise = 0.1): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const radius = random.uniform(0.25, 1.5);
      const angle = ((row % arms) * 2 * Math.PI) / arms + bend * radius + random.normal(noise);
      return [[radius * Math.cos(angle), radius * Math.sin(angle)], (row % arms) % 2];
    },
    2,
  );

/** A tide at a pier, from the hours since new moon and noon and the wind: one smooth target of about -2 to 2. */
const tides = (count: number, seed: number, noise = 0.1, more = 0): Rows =>
  rows(count, seed, (random) => {
    const [moon, sun, wind] = times(3, () => random.uniform(-1, 1)) as [number, number, number];
    const level = Math.cos(3 * moon) + 0.5 * Math.cos(3 * (moon - sun)) + 0.6 * wind * Math.abs(wind);
    return [[moon, sun, wind, ...times(more, () => random.normal())], level + random.normal(noise)];
  });

const mapX = (rows: Rows, change: (x: number[]) => number[]): Rows => ({ ...rows, x: rows.x.map((x) => change(x).map(short)) });
const mapY = (rows: Rows, change: (y: number, row: number) => number): Rows => ({ ...rows, y: (rows.y as number[]).map(change) });
const mapTargets = (rows: Rows, change: (y: number[]) => number[]): Rows => ({ ...rows, y: (rows.y as number[][]).map((y) => change(y).map(short)) });
/** Class indices as numbers, one for each of two classes. */
const signs = ({ x, y }: Rows, low: number, high: number): Rows => ({ x, y: (y as number[]).map((value) => (value ? high : low)) });
/** Some labels are turned into the next class. */
const mislabelled = (rows: Rows, every: number): Rows => mapY(rows, (y, row) => (row % every === 0 ? (y + 1) % rows.classes! : y));
const first = (rows: Rows, count: number): Rows => ({ ...rows, x: rows.x.slice(0, count), y: rows.y.slice(0, count) as Rows['y'] });

const act = (name = 'relu'): object => ({ type: 'activation', name });
const dense = (units: number, more: object = {}): object => ({ type: 'dense', units, ...more });
const conv = (filters: number, more: object = {}): object => ({ type: 'conv2d', filters, kernelSize: 3, padding: 'same', ...more });
const along = (filters: number, more: object = {}): object => ({ type: 'conv1d', filters, kernelSize: 5, stride: 2, padding: 2, ...more });
const repeat = (count: number, ...inside: object[]): object => ({ type: 'repeat', times: count, layers: inside });
const residual = (...inside: object[]): object => ({ type: 'residual', layers: inside });
const image = (size: number): object => ({ type: 'reshape', shape: [size, size, 1] });
const sequence = (steps: number): object => ({ type: 'reshape', shape: [steps, 1] });
const flat = { type: 'flatten' };
const pool = { type: 'max_pool2d', kernelSize: 2 };
const batchNorm = { type: 'batch_norm' };
const layerNorm = { type: 'layer_norm' };
const momentum = (learningRate: number, more: object = {}): Optimizer => sgd(learningRate, { momentum: 0.9, ...more });
const rmsprop = (learningRate: number): Optimizer => ({ name: 'rmsprop', learningRate }) as Optimizer;
const adamw = (learningRate: number, weightDecay: number): Optimizer => ({ name: 'adamw', learningRate, weightDecay }) as Optimizer;

/** A small convolution of strokes; `more` goes to the weights. */
const eye = (more: object = {}): Written['layers'] => layers(image(8), conv(8, more), act(), pool, conv(12, more), act(), pool, flat, dense(4, more));
/** A small convolution of pulses. */
const ear = (behind: object[] = [], activation = 'relu', more: object = {}): Written['layers'] =>
  layers(sequence(32), along(12, more), act(activation), along(16, more), act(activation), flat, ...behind, dense(4, more));

const SICK: Sick[] = [];

const sick = (...network: Parameters<typeof planted>): void => void SICK.push(planted(...network));

// Inputs and targets.

// After a question that http://pullrequest.ru/10248037 has copied: a convolution in Keras answers the same whatever it sees, for pixels from 0 to 255.
const shades = (rows: Rows): Rows => mapX(rows, (x) => x.map((value) => 255 * Math.min(1, Math.max(0, value))));
sick(
  'strokes-0-to-255',
  'inputs not scaled: pixels from 0 to 255',
  ['inputs_not_scaled'],
  'accuracy',
  { layers: eye(), loss: LOSS.ce, optimizer: momentum(0.02), steps: 200 },
  { data: shades(strokes(400, 901)) },
  { data: strokes(400, 901) },
);
sick(
  'tides-julian-days',
  'inputs not centred: days since 1858 beside small columns',
  ['inputs_not_scaled'],
  'r2',
  { layers: layers(...hidden(2, 32, 'tanh'), dense(1)), loss: LOSS.mse, optimizer: adam(0.01), steps: 300 },
  { data: mapX(tides(400, 902), ([moon, sun, wind]) => [59000 + 15 * moon!, 1200 + 700 * sun!, 12 * wind!]) },
  { data: tides(400, 902) },
);
sick(
  'leaves-constant-column',
  'a constant column of a large number',
  ['constant_columns'],
  'accuracy',
  { layers: layers(...hidden(2, 24), dense(4)), loss: LOSS.ce, optimizer: sgd(0.1), steps: 300 },
  { data: mapX(leaves(400, 903), (x) => [...x, 300]) },
  { data: leaves(400, 903) },
);
// After https://discuss.pytorch.org/t/two-dimensional-mse-loss-in-mlp-training/180059: two targets of very different sizes, and only one of them is learned.
sick(
  'arm-in-millimetres',
  'targets not scaled: two in metres, one in millimetres',
  ['targets_not_scaled'],
  'r2',
  { layers: layers(...hidden(2, 32), dense(3)), loss: LOSS.mse, optimizer: adam(0.01), steps: 300 },
  { data: mapTargets(arm(400, 904), ([across, up, far]) => [across!, up!, 1000 * (far! + 1.7)]) },
  { data: arm(400, 904) },
);

// Labels, losses and output layers.

sick(
  'windmill-hinge-zero-one',
  'labels 0 and 1 with the hinge loss, which wants -1 and 1',
  ['labels_do_not_fit_loss'],
  'accuracy',
  { layers: layers(...hidden(3, 24), dense(1)), loss: 'hinge', optimizer: adam(0.01), steps: 300 },
  { data: signs(windmill(400, 905), 0, 1) },
  { data: signs(windmill(400, 905), -1, 1) },
);
sick(
  'pulses-bce-minus-one',
  'labels -1 and 1 with binary cross entropy, which wants 0 and 1',
  ['labels_do_not_fit_loss'],
  'accuracy',
  { layers: layers(sequence(32), along(8), act(), along(8), act(), flat, dense(1)), loss: LOSS.bce, optimizer: adam(0.01), steps: 200 },
  { data: signs(pulses(400, 906, 0.2, [1, 1]), -1, 1) },
  { data: signs(pulses(400, 906, 0.2, [1, 1]), 0, 1) },
);
// After https://stats.stackexchange.com/questions/261704: a convolution that is to say where a box is in an image answers with the middle of it.
sick(
  'square-position-sigmoid',
  'an output that is bounded below its targets: a sigmoid for pixels from 1 to 8',
  ['output_cannot_answer'],
  'r2',
  { data: mapTargets(squares(400, 907), (y) => y.map((value) => 4.5 + 3.5 * value)), loss: LOSS.mse, optimizer: adam(0.005), steps: 250 },
  { layers: layers(image(10), conv(8, { stride: 2, padding: 1 }), act(), flat, dense(32), act(), dense(2), act('sigmoid')) },
  { layers: layers(image(10), conv(8, { stride: 2, padding: 1 }), act(), flat, dense(32), act(), dense(2)) },
);
sick(
  'bells-relu-output',
  'an output layer that cannot answer: a ReLU before the loss, with targets of both signs',
  ['output_cannot_answer'],
  'r2',
  { data: mapTargets(bells(400, 908), (y) => y.map((value) => value - 0.8)), loss: LOSS.mse, optimizer: rmsprop(0.003), steps: 300 },
  { layers: layers(sequence(24), along(8), act('tanh'), flat, dense(24), act('tanh'), dense(2), act()) },
  { layers: layers(sequence(24), along(8), act('tanh'), flat, dense(24), act('tanh'), dense(2)) },
);
sick(
  'arm-without-activations',
  'no activation between seven dense layers',
  ['no_activation'],
  'r2',
  {
    data: mapX(
      mapTargets(arm(500, 909), ([across, , far]) => [across!, far!]),
      (x) => x,
    ),
    loss: LOSS.mse,
    optimizer: adam(0.003),
    steps: 300,
  },
  { layers: layers(repeat(6, dense(24, { initializer: { scheme: 'lecun_normal' } })), dense(2)) },
  { layers: layers(repeat(6, dense(24, { initializer: { scheme: 'lecun_normal' } }), act('gelu')), dense(2)) },
);

// Regularisation that dominates.

// After https://ai.stackexchange.com/questions/32634: convolutions of sequences of positions with dropout behind, which end at the share of the largest classes.
sick(
  'pulses-dropout',
  'dropout of 97 %, twice',
  ['dropout_too_strong'],
  'accuracy',
  { data: pulses(400, 910), loss: LOSS.ce, optimizer: adam(0.005), steps: 200 },
  { layers: ear([{ type: 'dropout', rate: 0.97 }, dense(24), act(), { type: 'dropout', rate: 0.97 }]) },
  { layers: ear([dense(24), act()]) },
);
sick(
  'windmill-adamw-decay',
  'a decoupled weight decay that shrinks every weight by 5 % a step',
  ['weight_decay_too_strong'],
  'accuracy',
  { data: windmill(400, 911), layers: layers(...hidden(3, 32), dense(2)), loss: LOSS.ce, steps: 300 },
  { optimizer: adamw(0.01, 12) },
  { optimizer: adamw(0.01, 0.01) },
);
// After https://stackoverflow.com/questions/58606582: penalties on every layer of a convolution of signals.
sick(
  'strokes-l2',
  'L2 penalties of 1 on every weight of a convolution',
  ['l2_too_strong'],
  'accuracy',
  { data: strokes(400, 912), loss: LOSS.ce, optimizer: adam(0.005), steps: 200 },
  { layers: eye({ l2: 1 }) },
  { layers: eye({ l2: 1e-4 }) },
);
sick(
  'bells-l1',
  'L1 penalties that leave no weight',
  ['l1_too_strong'],
  'r2',
  { data: bells(400, 913), loss: LOSS.mse, optimizer: adam(0.005), steps: 300 },
  { layers: layers(...hidden(2, 32, 'tanh', { weights: { l1: 0.05 } }), dense(2, { l1: 0.05 })) },
  { layers: layers(...hidden(2, 32, 'tanh'), dense(2)) },
);
sick(
  'leaves-rate-times-l2',
  'rate times L2 penalty is above 2: the penalty alone makes the weights grow',
  ['rate_times_penalty'],
  'accuracy',
  { data: leaves(400, 914), loss: LOSS.ce, optimizer: sgd(0.3), steps: 250 },
  { layers: layers(...hidden(2, 24, 'tanh', { weights: { l2: 8 } }), dense(4, { l2: 8 })) },
  { layers: layers(...hidden(2, 24, 'tanh', { weights: { l2: 0.0005 } }), dense(4, { l2: 0.0005 })) },
);

// Rows and batches.

const rareMill = (seed: number, others: number): Rows => {
  const all = windmill(1200, seed, 4, 1.2, 0.25);
  const kept = times(1200, (row) => row).filter((row) => (all.y as number[])[row] === 0 || row % (2 * others) === 1);
  return first({ ...all, x: kept.map((row) => all.x[row]!), y: kept.map((row) => (all.y as number[])[row]!) }, 600);
};
sick(
  'windmill-one-in-thirty',
  'class imbalance: one row of thirty is of the second class',
  ['class_imbalance'],
  'f1',
  { layers: layers(...hidden(2, 16), dense(2)), loss: LOSS.ce, optimizer: sgd(0.1), steps: 300 },
  { data: rareMill(915, 29) },
  { data: rareMill(915, 1) },
);
// After https://github.com/Stick-To/Object-Detection-Tensorflow/issues/6: batch norm, and a batch too small for it.
sick(
  'strokes-batch-norm-of-2',
  'batches of 2 rows for batch norm behind flat layers',
  ['batch_too_small'],
  'accuracy',
  {
    data: strokes(400, 916),
    layers: layers(repeat(3, dense(32), batchNorm, act()), dense(4)),
    loss: LOSS.ce,
    optimizer: momentum(0.02),
    steps: 300,
  },
  { batchSize: 2 },
  { batchSize: 32 },
);

// Initial values.

sick(
  'squares-constant-filters',
  'filters and units of a layer all alike: weights start at a constant',
  ['symmetric_units'],
  'r2',
  { data: squares(400, 917), loss: LOSS.mse, optimizer: adam(0.005), steps: 250 },
  {
    layers: layers(
      image(10),
      ...[8, 8].flatMap((filters) => [conv(filters, { stride: 2, padding: 1, initializer: { scheme: 'constant', value: 0.05 } }), act()]),
      flat,
      dense(24, { initializer: { scheme: 'constant', value: 0.05 } }),
      act(),
      dense(2, { initializer: { scheme: 'constant', value: 0.05 } }),
    ),
  },
  { layers: layers(image(10), ...[8, 8].flatMap((filters) => [conv(filters, { stride: 2, padding: 1 }), act()]), flat, dense(24), act(), dense(2)) },
);
// After https://stackoverflow.com/a/35452790: the weights of a filter become so negative that its ReLU gives a black image.
sick(
  'strokes-black-filters',
  'dead units: biases start so low that no ReLU ever lets anything through',
  ['dead_units'],
  'accuracy',
  { data: strokes(400, 918), loss: LOSS.ce, optimizer: adam(0.003), steps: 200 },
  { layers: eye({ biasInitializer: { scheme: 'constant', value: -8 } }) },
  { layers: eye() },
);
sick(
  'tides-tanh-of-std-6',
  'saturating activations behind weights of standard deviation 6',
  ['saturated'],
  'r2',
  { data: tides(400, 919), loss: LOSS.mse, optimizer: sgd(0.02), steps: 300 },
  { layers: layers(...hidden(3, 48, 'tanh', { weights: { initializer: { scheme: 'normal', std: 6 } } }), dense(1)) },
  { layers: layers(...hidden(3, 48, 'tanh'), dense(1)) },
);
// After https://github.com/KaimingHe/deep-residual-networks/issues/6 and https://github.com/jay-mahadeokar/pynetbuilder/issues/8: blocks with a shortcut and no norm.
const blocks = (gain: number): Written['layers'] =>
  layers(
    dense(24),
    repeat(14, residual(dense(24, { initializer: { scheme: 'he_normal', gain } }), act(), dense(24, { initializer: { scheme: 'he_normal', gain } }))),
    dense(2),
  );
sick(
  'windmill-blocks-explode',
  'gradients that explode through 14 residual blocks without a norm, by the gain of their weights',
  ['exploding_with_depth', 'forward_scale'],
  'accuracy',
  { data: windmill(400, 920), loss: LOSS.ce, optimizer: sgd(0.01), steps: 300 },
  { layers: blocks(2) },
  { layers: blocks(0.3) },
);
sick(
  'pulses-deep-sigmoid',
  'gradients that vanish through eight layers of sigmoids',
  ['vanishing_with_depth'],
  'accuracy',
  { data: pulses(400, 921), loss: LOSS.ce, optimizer: momentum(0.05), steps: 300 },
  { layers: layers(sequence(32), along(12), act('sigmoid'), along(12), act('sigmoid'), flat, ...hidden(6, 24, 'sigmoid'), dense(4)) },
  { layers: layers(sequence(32), along(12), act(), along(12), act(), flat, ...hidden(6, 24), dense(4)) },
);

// The learning rate.

// After https://github.com/gcr/torch-residual-networks/issues/10: with the default rate the loss explodes within the first steps.
sick(
  'pulses-momentum-rate',
  'a learning rate too high for SGD with momentum',
  ['learning_rate_too_high'],
  'accuracy',
  { data: pulses(400, 922), layers: ear([{ type: 'layer_norm' }]), loss: LOSS.ce, steps: 200 },
  { optimizer: momentum(5) },
  { optimizer: momentum(0.02) },
);
sick(
  'squares-rate-too-low',
  'a learning rate too low: 0.00001 for SGD',
  ['learning_rate_too_low'],
  'r2',
  { data: squares(400, 923), layers: layers(image(10), conv(8), { type: 'group_norm', groups: 2 }, act(), pool, flat, dense(2)), loss: LOSS.mse, steps: 200 },
  { optimizer: sgd(0.00001) },
  { optimizer: sgd(0.03) },
);

// The data themselves.

sick(
  'leaves-random-labels',
  'targets that have nothing to do with their rows',
  ['random_targets'],
  'accuracy',
  { layers: layers(...hidden(2, 24), dense(4)), loss: LOSS.ce, optimizer: adam(0.005), steps: 250 },
  { data: ((rows: Rows) => ({ ...rows, y: (rows.y as number[]).map((_, row) => Math.floor(new Random(9240 + row).uniform(0, 4))) }))(leaves(400, 924)) },
  { data: leaves(400, 924) },
);
sick(
  'leaves-overfit',
  'overfitting: a wide network learns 72 leaves by heart, every third with a wrong name',
  ['overfitting', 'overtraining'],
  'loss',
  { data: mislabelled(leaves(120, 925, 0.1), 3), layers: layers(...hidden(2, 128), dense(4)), loss: LOSS.ce, optimizer: adam(0.005) },
  { steps: 400 },
  { steps: 25 },
);

export const NINTH_B_SICK: readonly Sick[] = SICK;

const HEALTHY: Healthy[] = [];
function healthy(name: string, written: Written, awkward?: string): void {
  HEALTHY.push({ name, document: document(written), ...(awkward ? { awkward } : {}) });
}

healthy('strokes', { data: strokes(400, 951), layers: eye(), loss: LOSS.ce, optimizer: adam(0.005), steps: 200 });
healthy('pulses-layer-norm', { data: pulses(400, 952), layers: ear([layerNorm]), loss: LOSS.ce, optimizer: momentum(0.02), steps: 200 });
healthy('squares-group-norm', {
  data: squares(400, 953),
  layers: layers(image(10), conv(8, { stride: 2, padding: 1 }), { type: 'group_norm', groups: 4 }, act(), flat, dense(2)),
  loss: LOSS.mse,
  optimizer: adam(0.01),
  steps: 250,
});
healthy('arm-three-targets', { data: arm(500, 954), layers: layers(...hidden(2, 48), ...output(3)), loss: LOSS.mse, optimizer: adam(0.01), steps: 300 });
healthy('leaves-rmsprop', { data: leaves(400, 955), layers: layers(...hidden(2, 24), dense(4)), loss: LOSS.ce, optimizer: rmsprop(0.003), steps: 200 });
healthy('bells-tanh', {
  data: bells(400, 956),
  layers: layers(sequence(24), along(8), act('tanh'), flat, dense(24), act('tanh'), dense(2)),
  loss: LOSS.mse,
  optimizer: adam(0.005),
  steps: 300,
});
healthy(
  'strokes-of-100',
  { data: strokes(140, 957, 0.1), layers: eye(), loss: LOSS.ce, optimizer: adam(0.01), steps: 150, batchSize: 16 },
  'few rows: 84 images to train on',
);
healthy(
  'leaves-wrong-labels',
  { data: mislabelled(leaves(600, 958, 0.1), 5), layers: layers(...hidden(1, 24), dense(4)), loss: LOSS.ce, optimizer: adam(0.01), steps: 200 },
  'every fifth label is wrong: the loss stays high',
);
healthy(
  'pulses-rare-class',
  { data: pulses(500, 959, 0.15, [10, 10, 10, 1.5]), layers: ear(), loss: LOSS.ce, optimizer: adam(0.005), steps: 250 },
  'one class is of 5 % of the rows, and learned',
);
healthy(
  'windmill-narrow-blocks',
  {
    data: windmill(500, 960),
    layers: layers(dense(8), repeat(14, residual(layerNorm, dense(8), act('gelu'), dense(8, { initializer: { scheme: 'he_normal', gain: 0.3 } }))), dense(2)),
    loss: LOSS.ce,
    optimizer: adam(0.01),
    steps: 200,
  },
  'deep and narrow: 30 dense layers of 8 units',
);
healthy(
  'windmill-slow-start',
  {
    data: windmill(500, 961, 6, 1, 0.05),
    layers: layers(...hidden(3, 32, 'tanh', { weights: { initializer: { scheme: 'lecun_normal', gain: 0.4 } } }), dense(2)),
    loss: LOSS.ce,
    optimizer: momentum(0.05),
    steps: 400,
  },
  'the loss stays where it began for a quarter of the run and more',
);
healthy(
  'tides-first-look',
  { data: tides(500, 962, 0.05), layers: layers(...hidden(2, 32), dense(1)), loss: LOSS.mse, optimizer: adam(0.003), steps: 120 },
  'a first look, long before it has converged',
);
healthy(
  'arm-big-rate',
  {
    data: arm(500, 963),
    layers: layers(dense(48), layerNorm, act('tanh'), dense(48), layerNorm, act('tanh'), dense(3, { initializer: { scheme: 'lecun_normal', gain: 0.3 } })),
    loss: LOSS.mse,
    optimizer: sgd(0.2),
    steps: 300,
  },
  'a rate of 0.2, which layer norm makes harmless',
);
healthy(
  'strokes-dropout-and-decay',
  {
    data: strokes(500, 964),
    layers: layers(
      image(8),
      conv(16),
      batchNorm,
      act(),
      pool,
      flat,
      { type: 'dropout', rate: 0.5 },
      dense(48, { l2: 0.002 }),
      act(),
      { type: 'dropout', rate: 0.4 },
      dense(4),
    ),
    loss: LOSS.ce,
    optimizer: adamw(0.005, 0.1),
    steps: 250,
  },
  'heavy regularisation that is of use: dropout twice, L2 and weight decay; the training loss is above that of validation',
);
healthy(
  'tides-idle-columns',
  { data: tides(400, 965, 0.2, 4), layers: layers(...hidden(2, 24, 'silu'), dense(1)), loss: { name: 'huber', delta: 0.5 }, optimizer: adam(0.01), steps: 150 },
  'noisy targets, and four columns that say nothing',
);

export const NINTH_B_HEALTHY: readonly Healthy[] = HEALTHY;
