// The eighth set: what people report on forums, planted in dense networks, convolutions of images and of sequences, and words as one-hot rows through a table (an embedding). Accepted names were
// written before any rule was read, by one who had seen the list of rules with their titles and levels, and the forms of other sets. Run once whole before anything was mended after it.
import type { Experiment } from '../../src/experiment/document.ts';
import { Random, type Rows, short, times } from './data.ts';
import { adam, document, type Healthy, hidden, LOSS, layers, output, type Sick, sgd, type Written } from './network.ts';

type Change = Partial<Written>;

/** How high the water stands, by six readings that are already of deviation 1. */
function tides(count: number, seed: number, noise = 0.1): Rows {
  const random = new Random(seed + 80_000);
  const x = times(count, () => times(6, () => short(random.normal())));
  return { x, y: x.map(([a, b, c, d, e]) => short(Math.sin(1.4 * a!) + 0.6 * b! * c! - 0.5 * d! + 0.4 * Math.tanh(2 * e!) + random.normal(noise))) };
}

/** Which of four fruits it is, by five measures: the quarters of a twisted plane. `wrong` is the share of labels that are chance. */
function orchards(count: number, seed: number, wrong = 0): Rows {
  const random = new Random(seed + 81_000);
  const x = times(count, () => times(5, () => short(random.uniform(-1.7, 1.7))));
  const fruit = ([a, b, c]: number[]): number => [2, 0, 3, 1][2 * Number(a! + 0.7 * b! * c! > 0) + Number(b! - 0.6 * a! * a! > -0.5)]!;
  return { x, y: x.map((row) => (random.uniform() < wrong ? Math.floor(random.uniform(0, 4)) : fruit(row))), classes: 4 };
}

/** Who cancels, seldom: far out in the sum of two of five figures. */
function quitters(count: number, seed: number, from = 2.5, noise = 0.2): Rows {
  const random = new Random(seed + 82_000);
  const x = times(count, () => times(5, () => short(random.normal())));
  return { x, y: x.map(([a, b]) => Number(a! + b! + random.normal(noise) > from)), classes: 2 };
}

/** Gratings of 8 x 8 in one of three directions, of any phase. */
function gratings(count: number, seed: number, noise = 0.3): Rows {
  const random = new Random(seed + 83_000);
  const made = times(count, (at) => {
    const phase = random.uniform(0, 2 * Math.PI);
    const angle = ((at % 3) * Math.PI) / 3;
    const [u, v] = [1.3 * Math.cos(angle), 1.3 * Math.sin(angle)];
    return times(64, (pixel) => short(Math.sin(u * (pixel >> 3) + v * (pixel & 7) + phase) + random.normal(noise)));
  });
  return { x: made, y: times(count, (at) => at % 3), classes: 3 };
}

/** Sentences of eight words of twelve, one-hot: two verbs decide, and what stands in the first half turns them over. */
function sentences(count: number, seed: number): { words: number[][]; y: number[] } {
  const random = new Random(seed + 85_000);
  const words = times(count, () => times(8, () => Math.floor(random.uniform(0, 12))));
  const score = (sentence: number[]): number => sentence.reduce((sum, word, at) => sum + (word < 4 ? 1 : word < 8 ? -1 : 0) * (at < 4 ? 1 : 0.5), 0);
  return { words, y: words.map((sentence) => (score(sentence) > 0.25 ? 2 : score(sentence) < -0.25 ? 0 : 1)) };
}
const oneHot = ({ words, y }: { words: number[][]; y: number[] }): Rows => ({
  x: words.map((sentence) => sentence.flatMap((word) => times(12, (at) => Number(at === word)))),
  y,
  classes: 3,
});
/** Words as the numbers that a dictionary gives them. */
const numbered = ({ words, y }: { words: number[][]; y: number[] }): Rows => ({
  x: words.map((sentence) => sentence.map((word) => 37 + 411 * ((word * 5) % 12))),
  y,
  classes: 3,
});

/** Beats of a heart in 24 moments: one wave, two, or one upside down. */
function beats(count: number, seed: number, noise = 0.2): Rows {
  const random = new Random(seed + 86_000);
  const made = times(count, (at) => {
    const middle = random.uniform(5, 14);
    const bump = (t: number, m: number): number => Math.exp(-(((t - m) / 1.4) ** 2));
    return times(24, (t) => short((at % 3 === 2 ? -1 : 1) * bump(t, middle) + (at % 3 === 1 ? bump(t, middle + 5) : 0) + random.normal(noise)));
  });
  return { x: made, y: times(count, (at) => at % 3), classes: 3 };
}

const changed = ({ x, ...rest }: Rows, change: (row: number[], random: Random) => number[]): Rows => {
  const random = new Random(87_000);
  return { ...rest, x: x.map((row) => change(row, random).map(short)) };
};
const answers = (rows: Rows, change: (y: number) => number): Rows => ({ ...rows, y: (rows.y as number[]).map((y) => short(change(y))) });
/** Labels turned by some places against their rows, in an order of chance. */
function torn({ y, ...rest }: Rows): Rows {
  const random = new Random(88_000);
  const order = (y as number[]).map((value) => ({ value, at: random.uniform() })).sort((a, b) => a.at - b.at);
  return { ...rest, y: order.map(({ value }) => value) };
}

const IMAGE = { type: 'reshape', shape: [8, 8, 1] };
const SERIES = { type: 'reshape', shape: [24, 1] };
const WORDS = { type: 'reshape', shape: [8, 12] };
const FLAT = { type: 'flatten' };
const POOL = { type: 'max_pool2d', kernelSize: 2 };
const BATCH = { type: 'batch_norm' };
const RELU = { type: 'activation', name: 'relu' };
const conv = (filters: number, more: object = {}): object => ({ type: 'conv2d', filters, kernelSize: 3, padding: 1, ...more });
const along = (filters: number, more: object = {}): object => ({ type: 'conv1d', filters, kernelSize: 5, padding: 2, ...more });
const digits = (more: object = {}): Experiment['data'] => ({ source: 'digits', split: { validation: 0.2 }, ...more }) as Experiment['data'];
const postNorm = (units: number): object[] => [
  { type: 'residual', layers: [{ type: 'dense', units }, RELU, { type: 'dense', units }] },
  { type: 'layer_norm' },
];

const tide: Written = { data: tides(600, 1), layers: layers(...hidden(2, 32), ...output(1)), loss: LOSS.mse, optimizer: adam(0.01), steps: 300 };
const orchard: Written = { data: orchards(700, 2), layers: layers(...hidden(2, 32), ...output(4)), loss: LOSS.ce, optimizer: adam(0.01), steps: 300 };
const grating: Written = {
  data: gratings(600, 3),
  layers: layers(IMAGE, conv(8), RELU, POOL, FLAT, ...hidden(1, 16), ...output(3)),
  loss: LOSS.ce,
  optimizer: adam(0.005),
  steps: 200,
};
const beat: Written = {
  data: beats(600, 4),
  layers: layers(SERIES, along(12), RELU, FLAT, ...hidden(1, 24), ...output(3)),
  loss: LOSS.ce,
  optimizer: adam(0.005),
  steps: 250,
};
const text: Written = {
  data: oneHot(sentences(900, 5)),
  layers: layers(WORDS, along(6, { kernelSize: 1, padding: 0, bias: false }), FLAT, ...hidden(1, 32), ...output(3)),
  loss: LOSS.ce,
  optimizer: adam(0.01),
  steps: 250,
};
const read: Written = {
  data: digits(),
  layers: layers(IMAGE, conv(8), RELU, POOL, FLAT, ...hidden(1, 32), ...output(10)),
  loss: LOSS.ce,
  optimizer: adam(0.005),
  steps: 250,
};
const quitter: Written = {
  data: quitters(1200, 6),
  layers: layers(...hidden(2, 16), ...output(2)),
  loss: { name: 'softmax_cross_entropy', classWeights: [0.55, 8] } as never,
  optimizer: adam(0.005),
  steps: 200,
  batchSize: 64,
};

const planted = (name: string, cause: string, accepted: string[], score: Sick['score'], twin: Written, change: Change): Sick => ({
  name,
  cause,
  accepted,
  score,
  document: document({ ...twin, ...change }),
  twin: document(twin),
});

const SLOW = ['learning_rate_too_low', 'update_size'];
const FAST = ['learning_rate_too_high', 'loss_oscillating', 'loss_diverges'];

export const EIGHTH_SICK: readonly Sick[] = [
  planted(
    'digits through ten sigmoids',
    'gradient vanishes: ten sigmoids of usual weights, by descent',
    ['vanishing_with_depth'],
    'accuracy',
    { ...read, layers: layers(...hidden(3, 32), ...output(10)), optimizer: sgd(0.1) },
    { layers: layers(...hidden(10, 32, 'sigmoid', { weights: { initializer: { scheme: 'glorot_uniform' } } }), ...output(10)) },
  ),
  planted(
    'fruits at a rate of 30',
    'the first steps of descent at 30 leave ReLUs that never answer',
    ['learning_rate_too_high', 'dead_units', 'non_finite'],
    'accuracy',
    { ...orchard, optimizer: sgd(0.1) },
    { optimizer: sgd(30) },
  ),
  planted('fruits as numbers', 'four classes without an order are trained as 0 to 3 by squares', ['labels_do_not_fit_loss'], 'accuracy', orchard, {
    data: { x: orchards(700, 2).x, y: orchards(700, 2).y },
    layers: layers(...hidden(2, 32), ...output(1)),
    loss: LOSS.mse,
  }),
  planted(
    'gratings from 0 to 255',
    'pixels from 0 to 255 before convolutions, by descent',
    ['inputs_not_scaled'],
    'accuracy',
    { ...grating, optimizer: sgd(0.05, { momentum: 0.9 }) },
    { data: changed(gratings(600, 3), (row) => row.map((value) => 128 + 60 * value)) },
  ),
  planted('gratings torn from their names', 'labels shuffled against their images', ['random_targets', 'overfitting'], 'accuracy', grating, {
    data: torn(gratings(600, 3)),
  }),
  planted('quitters unweighted', 'class imbalance: 4 of 100, without weights, and a small rate', ['class_imbalance', 'one_class_only'], 'f1', quitter, {
    data: quitters(1200, 6, 2.5, 1.3),
    loss: LOSS.ce,
    optimizer: adam(0.002),
  }),
  planted('digits by Adam at 0.7', 'learning rate too high in a convolutional network', FAST, 'accuracy', read, { optimizer: adam(0.7) }),
  planted(
    'digits by descent at 0.00002',
    'learning rate too low in a convolutional network',
    SLOW,
    'accuracy',
    { ...read, optimizer: sgd(0.2) },
    { optimizer: sgd(0.00002) },
  ),
  planted(
    'tides through fourteen at 2.2',
    'gradient explodes: 2.2 times the gain in fourteen layers',
    ['exploding_with_depth', 'forward_scale', 'non_finite', 'absolutely_huge'],
    'r2',
    { ...tide, layers: layers(...hidden(3, 24), ...output(1)), optimizer: adam(0.003) },
    { layers: layers(...hidden(14, 24, 'relu', { weights: { initializer: { scheme: 'he_normal', gain: 2.2 } } }), ...output(1)) },
  ),
  planted(
    'tides under a decay of 8',
    'weight decay too strong, with AdamW',
    ['weight_decay_too_strong', 'rate_times_penalty'],
    'r2',
    { ...tide, optimizer: { name: 'adamw', learningRate: 0.01, weightDecay: 0.01 } as never },
    { optimizer: { name: 'adamw', learningRate: 0.01, weightDecay: 8 } as never },
  ),
  planted('beats with 0.93 dropped twice', 'dropout too strong between convolutions', ['dropout_too_strong'], 'accuracy', beat, {
    layers: layers(
      SERIES,
      along(12),
      RELU,
      { type: 'dropout', rate: 0.93 },
      FLAT,
      ...hidden(1, 24, 'relu', { behind: [{ type: 'dropout', rate: 0.93 }] as never }),
      ...output(3),
    ),
  }),
  planted(
    'digits with ReLU before the loss',
    'ReLU behind the output, before cross entropy, with a bias far below 0',
    ['output_cannot_answer'],
    'accuracy',
    read,
    {
      layers: layers(
        IMAGE,
        conv(8),
        RELU,
        POOL,
        FLAT,
        ...hidden(1, 32),
        ...output(10, { activation: 'relu', weights: { biasInitializer: { scheme: 'constant', value: -6 } } }),
      ),
    },
  ),
  planted('tides in millimetres', 'targets in thousands around 40,000, by Adam at 0.01', ['targets_not_scaled'], 'r2', tide, {
    data: answers(tides(600, 1), (y) => 40_000 + 3000 * y),
  }),
  planted('tides through a sigmoid', 'sigmoid at the output, targets from -3 to 3', ['output_cannot_answer'], 'r2', tide, {
    data: answers(tides(600, 1), (y) => 2 * y - 1),
    layers: layers(...hidden(2, 32), ...output(1, { activation: 'sigmoid' })),
  }),
  planted(
    'fruits two by two',
    'batch norm over vectors with two rows a batch',
    ['batch_too_small'],
    'accuracy',
    { ...orchard, layers: layers(...output(32), BATCH, RELU, ...output(4)) },
    { batchSize: 2, steps: 300 },
  ),
  planted(
    'fruits with momentum 0.999',
    'momentum 0.999 at a rate of 0.1',
    FAST,
    'accuracy',
    { ...orchard, optimizer: sgd(0.05, { momentum: 0.9 }) },
    { optimizer: sgd(0.1, { momentum: 0.999 }) },
  ),
  planted(
    'twelve post-norm blocks at once',
    'post-norm residual blocks with no warm-up, Adam at 0.05',
    ['learning_rate_too_high', 'loss_oscillating', 'loss_stuck'],
    'accuracy',
    {
      ...orchard,
      layers: layers(...output(32), ...times(12, () => postNorm(32)).flat(), ...output(4)),
      optimizer: adam(0.001, { schedule: { name: 'warmup', steps: 60, startFactor: 0 } }),
    },
    { optimizer: adam(0.05) },
  ),
  planted(
    'gratings at four places',
    'a convolution of 1 x 1 with stride 4: four pixels of 64 are seen',
    ['random_targets', 'input_thrown_away', 'overfitting'],
    'accuracy',
    grating,
    { layers: layers(IMAGE, conv(8, { kernelSize: 1, padding: 0, stride: 4 }), RELU, FLAT, ...hidden(1, 16), ...output(3)) },
  ),
  planted(
    'beats whose norm forgets nothing',
    'momentum of batch norm 0.0001, on signals around 5: running statistics never arrive',
    ['running_statistics'],
    'accuracy',
    { ...beat, data: changed(beats(600, 4), (row) => row.map((value) => 3 * value + 5)), layers: layers(...output(32), BATCH, RELU, ...output(3)) },
    { layers: layers(...output(32), { type: 'batch_norm', momentum: 0.0001 }, RELU, ...output(3)) },
  ),
  planted('tides with 999 for nothing', 'readings that failed are 999, in a sixteenth of the cells', ['missing_value_codes', 'inputs_not_scaled'], 'r2', tide, {
    data: changed(tides(600, 1), (row, random) => row.map((value) => (random.uniform() < 0.06 ? 999 : value))),
  }),
  planted(
    'digits turned anyhow',
    'images are turned by up to 180 degrees and shifted by up to 5 of 8 pixels',
    ['augmentation', 'random_targets'],
    'accuracy',
    read,
    {
      data: digits({
        augment: [
          { type: 'rotate', degrees: 180 },
          { type: 'shift', pixels: 5 },
        ],
      }),
    },
  ),
  planted(
    'a table of words of 0.000001',
    'an embedding that begins at 0.000001, by descent',
    ['initial_weights_too_small', ...SLOW],
    'accuracy',
    { ...text, optimizer: sgd(0.2), steps: 500 },
    {
      layers: layers(
        WORDS,
        along(6, { kernelSize: 1, padding: 0, bias: false, initializer: { scheme: 'normal', std: 1e-6 } }),
        FLAT,
        ...hidden(1, 32, 'relu', { weights: { initializer: { scheme: 'normal', std: 1e-6 } } }),
        ...output(3),
      ),
      optimizer: sgd(0.2),
    },
  ),
  planted('words by their numbers', 'numbers of words in a dictionary as inputs, in place of one-hot rows', ['inputs_not_scaled'], 'accuracy', text, {
    data: numbered(sentences(900, 5)),
    layers: layers(...hidden(2, 32), ...output(3)),
    optimizer: sgd(0.05),
  }),
  planted('fruits in a straight line', 'four dense layers and no activation between them', ['no_activation'], 'accuracy', orchard, {
    data: orchards(700, 2),
    layers: layers(...times(4, () => output(32)).flat(), ...output(4)),
  }),
];

const well = (name: string, awkward: string, written: Written): Healthy => ({ name, awkward, document: document(written) });

export const EIGHTH_HEALTHY: readonly Healthy[] = [
  well('digits by few filters', 'four filters and one pass', { ...read, layers: layers(IMAGE, conv(4), RELU, POOL, FLAT, ...output(10)), steps: 150 }),
  well('beats through three convolutions', 'a stack along time with a stride', {
    ...beat,
    layers: layers(SERIES, along(8), RELU, along(8, { stride: 2 }), RELU, along(8, { stride: 2 }), RELU, FLAT, ...output(3)),
  }),
  well('words through a table', 'one-hot rows through an embedding', { ...text, steps: 300 }),
  well('post-norm, warm', 'twelve post-norm blocks with a warm-up', {
    ...orchard,
    layers: layers(...output(32), ...times(12, () => postNorm(32)).flat(), ...output(4)),
    optimizer: adam(0.001, { schedule: { name: 'warmup', steps: 60, startFactor: 0 } }),
    steps: 400,
  }),
  well('five sigmoids with batch norm', 'sigmoids, deep, behind norms', {
    ...orchard,
    layers: layers(...times(5, () => [...output(32), BATCH, { type: 'activation', name: 'sigmoid' }]).flat(), ...output(4)),
    batchSize: 64,
    steps: 400,
  }),
  well('fruits a third wrong', 'a third of the labels is chance', {
    ...orchard,
    data: orchards(1200, 12, 0.33),
    layers: layers(...hidden(1, 12), ...output(4)),
    steps: 200,
    optimizer: adam(0.005),
  }),
  well('quitters weighted', 'a rare class with weights', quitter),
  well('tides by descent at 0.2', 'a large rate for a small network, without harm', {
    ...tide,
    layers: layers(...hidden(1, 32, 'tanh'), ...output(1)),
    optimizer: sgd(0.2),
    steps: 500,
  }),
  well('tides under a decay of 0.1', 'AdamW with a decay of 0.1', { ...tide, optimizer: { name: 'adamw', learningRate: 0.01, weightDecay: 0.1 } as never }),
  well('gratings with a third dropped', 'dropout 0.3 in a small convolutional network', {
    ...grating,
    layers: layers(IMAGE, conv(8), RELU, POOL, { type: 'dropout', rate: 0.3 }, FLAT, ...hidden(1, 32), ...output(3)),
    steps: 250,
  }),
  well('slow statistics', 'momentum of batch norm 0.02 over 500 steps', {
    ...orchard,
    layers: layers(...output(32), { type: 'batch_norm', momentum: 0.02 }, RELU, ...output(4)),
    steps: 500,
  }),
  well('an average of 100 steps', 'an average of weights with decay 0.99', { ...orchard, training: { average: { decay: 0.99 } }, steps: 500 }),
  well('digits a little turned', 'turned by up to 10 degrees and shifted by a pixel', {
    ...read,
    data: digits({
      augment: [
        { type: 'rotate', degrees: 10 },
        { type: 'shift', pixels: 1 },
      ],
    }),
    steps: 400,
  }),
  well('digits smoothed', 'label smoothing 0.2', { ...read, loss: { name: 'softmax_cross_entropy', labelSmoothing: 0.2 } as never }),
  well('a sensor that counts to 9', 'a column of whole numbers to 9, of which a third is 9', {
    ...tide,
    data: changed(tides(600, 14), (row, random) => [...row, (random.uniform() < 0.33 ? 9 : Math.floor(random.uniform(0, 9))) / 3 - 2]),
  }),
  well('a pinch of two', 'two tanh in the middle, for four classes of a plane', {
    ...orchard,
    layers: layers(...hidden(1, 32), ...hidden(1, 2, 'tanh'), ...hidden(1, 32), ...output(4)),
    steps: 700,
  }),
];
