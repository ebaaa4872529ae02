// Half of the tenth set, made without a look at the rules: one-hot letters and cards, short series, small images, and tables with one target or several, from the generators
// of this file alone. Networks after public reports of people whose training failed, where a source stands beside them. Accepted names were written before anything was diagnosed.
import { type Rows, rows, short, times } from './data.ts';
import { adam, document, type Healthy, hidden, LOSS, layers, planted, type Sick, sgd, type Written } from './network.ts';

type Optimizer = Written['optimizer'];

// ---- Rows

const oneHot = (values: readonly number[], of: number): number[] => values.flatMap((value) => times(of, (i) => Number(i === value)));

/** Strands of 16 letters of four, one-hot: which of three words of four letters was written somewhere into them. */
const motifs = (count: number, seed: number, words = 3): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const strand = times(16, () => random.below(4));
      const at = random.below(13);
      const word = [
        [0, 0, 3, 2],
        [1, 3, 1, 2],
        [2, 0, 2, 3],
      ][row % words]!;
      word.forEach((letter, i) => {
        strand[at + i] = letter;
      });
      return [oneHot(strand, 4), row % words];
    },
    words,
  );

/** Three cards of five ranks, one-hot: all different, the first two alike, or the last two alike. */
const hands = (count: number, seed: number, wrong = 0): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const kind = row % 3;
      const middle = random.below(5);
      const other = (): number => (middle + 1 + random.below(4)) % 5;
      const [left, right] = [kind === 1 ? middle : other(), kind === 2 ? middle : other()];
      return [oneHot([left, middle, right], 5).map((value) => 2 * value - 0.4), random.uniform() < wrong ? random.below(3) : kind];
    },
    3,
  );

/** A filter of two stages: from three logarithms, about -1 to 1, to how much comes through and how late. */
const filters = (count: number, seed: number, noise = 0.03): Rows =>
  rows(count, seed, (random) => {
    const [pitch, resistance, damping] = times(3, () => random.uniform(-1, 1)) as [number, number, number];
    const ratio = 2 ** (1.6 * (pitch + resistance));
    const width = 0.6 + 0.4 * damping;
    const gain = 1 / Math.hypot(1 - ratio * ratio, 2 * width * ratio);
    const lag = Math.atan2(2 * width * ratio, 1 - ratio * ratio);
    return [[pitch, resistance, damping], [Math.log(gain) / 1.4 + 0.5, lag - 1.5].map((value) => value + random.normal(noise))];
  });

/** Where a comet is in its plane, from the time since it was nearest and how long its ellipse is; both about -1 to 1. */
const comets = (count: number, seed: number, noise = 0.02): Rows =>
  rows(count, seed, (random) => {
    const [time, long] = [random.uniform(-1, 1), random.uniform(-1, 1)];
    const e = 0.4 + 0.35 * long;
    const mean = Math.PI * time;
    let angle = mean;
    for (let i = 0; i < 20; i++) angle = mean + e * Math.sin(angle);
    return [[time, long], [Math.cos(angle) - e, Math.sqrt(1 - e * e) * Math.sin(angle)].map((value) => 1.2 * value + random.normal(noise))];
  });

/** Images of 8 by 8: lying, standing or slanted stripes, or a chequered cloth, at any phase. */
const cloths = (count: number, seed: number, noise = 0.4): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const [kind, a, b] = [row % 4, random.uniform(0, 6.28), random.uniform(0, 6.28)];
      const thread = (r: number, c: number): number => {
        if (kind === 0) return Math.sin(1.6 * r + a);
        if (kind === 1) return Math.sin(1.6 * c + a);
        if (kind === 2) return Math.sin(1.2 * (r + c) + a);
        return 1.4 * Math.sin(1.6 * r + a) * Math.sin(1.6 * c + b);
      };
      return [times(64, (i) => thread(Math.floor(i / 8), i % 8) + random.normal(noise)), kind];
    },
    4,
  );

/** Images of 8 by 8 with one round spot; the targets are how wide and how bright it is, from -1 to 1. */
const spots = (count: number, seed: number, noise = 0.05): Rows =>
  rows(count, seed, (random) => {
    const [wide, bright] = [random.uniform(-1, 1), random.uniform(-1, 1)];
    const [top, left] = [random.uniform(2, 5), random.uniform(2, 5)];
    const [spread, height] = [1.3 + 0.7 * wide, 1.2 + 0.8 * bright];
    const pixel = (r: number, c: number): number => height * Math.exp(-((r - top) ** 2 + (c - left) ** 2) / (2 * spread * spread));
    return [times(64, (i) => pixel(Math.floor(i / 8), i % 8) + random.normal(noise)), [wide, bright]];
  });

/** Series of 24 steps with a peak somewhere: one that comes fast and goes slowly, one that comes slowly and goes fast, or two small ones. */
const peaks = (count: number, seed: number, noise = 0.15, kinds = 3): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const kind = row % kinds;
      const at = random.uniform(6, 17);
      const slope = (t: number, up: number, down: number): number => 2 * Math.exp(t < 0 ? t / up : -t / down);
      const value = (t: number): number => {
        if (kind === 0) return slope(t - at, 0.4, 4);
        if (kind === 1) return slope(t - at, 4, 0.4);
        return 0.8 * (slope(t - at + 4, 0.8, 0.8) + slope(t - at - 4, 0.8, 0.8));
      };
      return [times(24, (t) => value(t) - 0.5 + random.normal(noise)), kind];
    },
    kinds,
  );

/** The class is the shell that a point of four columns lies in. */
const shells = (count: number, seed: number, noise = 0.08): Rows =>
  rows(
    count,
    seed,
    (random, row) => {
      const direction = times(4, () => random.normal());
      const radius = [0.5, 1.4, 2.3][row % 3]! + random.normal(noise);
      return [direction.map((value) => (1.3 * value * radius) / Math.hypot(...direction)), row % 3];
    },
    3,
  );

/** Two classes: the dark and the light fields of a board of three by three. */
const board = (count: number, seed: number, noise = 0): Rows =>
  rows(
    count,
    seed,
    (random) => {
      const [a, b] = [random.uniform(-1.5, 1.5), random.uniform(-1.5, 1.5)];
      return [[a, b], Number(((Math.floor(a + 1.5) + Math.floor(b + 1.5)) % 2 === 0) !== random.uniform() < noise)];
    },
    2,
  );

/** Two classes: whether a loan is paid back, by income, debt, years, and one of three kinds of work; `late` is the share of those that are not. */
const loans = (count: number, seed: number, late = 0.5, overlap = 0.3): Rows =>
  rows(
    count,
    seed,
    (random) => {
      const unpaid = random.uniform() < late ? 1 : 0;
      for (;;) {
        const [income, debt, years] = times(3, () => random.normal()) as [number, number, number];
        const work = random.below(3);
        const risk = debt * [1, 0, -1][work]! - 0.7 * income + 0.4 * years * years - 0.4 + random.normal(overlap);
        if (risk > 0 === (unpaid === 1)) return [[income, debt, years, ...oneHot([work], 3)], unpaid];
      }
    },
    2,
  );

/** Regression: what a painting brings, by its width, age, wear, and how known the painter is; about -2 to 2. */
const auctions = (count: number, seed: number, noise = 0.1): Rows =>
  rows(count, seed, (random) => {
    const [width, age, wear, known] = times(4, () => random.uniform(-1.7, 1.7)) as [number, number, number, number];
    return [[width, age, wear, known], 0.6 * known + 0.5 * known * width + 0.4 * Math.cos(2 * age) - 0.3 * wear + random.normal(noise)];
  });

/** Three dyes and how long they steep; the targets are the three colours of the wool. */
const dyes = (count: number, seed: number, noise = 0.04): Rows =>
  rows(count, seed, (random) => {
    const [madder, weld, woad, hours] = times(4, () => random.uniform(-1, 1)) as [number, number, number, number];
    const soak = 1 + 0.5 * hours;
    const left = (a: number, b: number): number => 4 * Math.exp(-0.5 * soak * (a + 1) - 0.35 * soak * (b + 1)) - 1.7;
    return [[madder, weld, woad, hours], [left(woad, weld), left(madder, woad), left(weld, madder)].map((value) => value + random.normal(noise))];
  });

const mapX = (rows: Rows, change: (x: number[]) => number[]): Rows => ({ ...rows, x: rows.x.map((x) => change(x).map(short)) });
const mapY = (rows: Rows, change: (y: number, row: number) => number): Rows => ({ ...rows, y: (rows.y as number[]).map(change) });
const mapTargets = (rows: Rows, change: (y: number, at: number) => number): Rows => ({
  ...rows,
  y: (rows.y as number[][]).map((y) => y.map((value, at) => short(change(value, at)))),
});
/** Class indices as numbers, one for each of two classes. */
const numbers = ({ x, y }: Rows, low: number, high: number): Rows => ({ x, y: (y as number[]).map((value) => (value ? high : low)) });

// ---- Layers

const act = (name = 'relu'): object => ({ type: 'activation', name });
const dense = (units: number, more: object = {}): object => ({ type: 'dense', units, ...more });
const conv = (filters: number, more: object = {}): object => ({ type: 'conv2d', filters, kernelSize: 3, padding: 'same', ...more });
const along = (filters: number, kernelSize: number, more: object = {}): object => ({ type: 'conv1d', filters, kernelSize, padding: 'same', ...more });
const repeat = (count: number, ...inside: object[]): object => ({ type: 'repeat', times: count, layers: inside });
const residual = (...inside: object[]): object => ({ type: 'residual', layers: inside });
const dropout = (rate: number): object => ({ type: 'dropout', rate });
const image = { type: 'reshape', shape: [8, 8, 1] };
const series = { type: 'reshape', shape: [24, 1] };
const strand = { type: 'reshape', shape: [16, 4] };
const flat = { type: 'flatten' };
const pool = { type: 'max_pool2d', kernelSize: 2 };
const batchNorm = { type: 'batch_norm' };
const layerNorm = { type: 'layer_norm' };
const normal = (std: number): object => ({ initializer: { scheme: 'normal', std } });
const constant = (value: number): object => ({ initializer: { scheme: 'constant', value } });
const biased = (value: number): object => ({ biasInitializer: { scheme: 'constant', value } });
const momentum = (learningRate: number, more: object = {}): Optimizer => sgd(learningRate, { momentum: 0.9, ...more });
const rmsprop = (learningRate: number): Optimizer => ({ name: 'rmsprop', learningRate }) as Optimizer;
const adamw = (learningRate: number, weightDecay: number): Optimizer => ({ name: 'adamw', learningRate, weightDecay }) as Optimizer;

/** Small convolutions of images, of series and of strands; `more` goes to the weights. */
const eye = (units: number, more: object = {}, behind: object[] = []): Written['layers'] =>
  layers(image, conv(8, more), act(), pool, flat, dense(24, more), act(), dense(units, more), ...behind);
const ear = (units: number, more: object = {}): Written['layers'] =>
  layers(series, along(8, 5, { stride: 2, padding: 2, ...more }), act(), along(8, 5, { stride: 2, padding: 2, ...more }), act(), flat, dense(units, more));
const reader = (units: number, more: object = {}): Written['layers'] =>
  layers(strand, along(16, 5, more), act(), flat, dense(24, more), act(), dense(units, more));

// ---- Sick

const SICK: Sick[] = [];
const sick = (...network: Parameters<typeof planted>): void => void SICK.push(planted(...network));

// After https://discuss.pytorch.org/t/neural-network-could-not-learn-on-this-type-of-data-why/96648: numbers up to thousands go in as they are.
sick(
  'filters-hertz-and-ohms',
  'inputs not scaled: hertz and ohms in thousands beside a small column',
  ['inputs_not_scaled'],
  'r2',
  { layers: layers(...hidden(2, 32, 'tanh'), dense(2)), loss: LOSS.mse, optimizer: adam(0.005), steps: 300 },
  { data: mapX(filters(400, 1001), ([pitch, resistance, damping]) => [2600 + 1400 * pitch!, 15000 + 5000 * resistance!, damping!]) },
  { data: filters(400, 1001) },
);
sick(
  'loans-year-column',
  'a constant column of a large number: the year',
  ['constant_columns', 'inputs_not_scaled'],
  'accuracy',
  { layers: layers(...hidden(2, 24), dense(2)), loss: LOSS.ce, optimizer: sgd(0.1), steps: 300 },
  { data: mapX(loans(400, 1002), (x) => [...x, 2019]) },
  { data: loans(400, 1002) },
);
sick(
  'auctions-column-120-times',
  'one column 120 times among the inputs',
  ['duplicate_columns'],
  'r2',
  { layers: layers(...hidden(2, 24), dense(1)), loss: LOSS.mse, optimizer: sgd(0.05), steps: 300 },
  { data: mapX(auctions(400, 1003), (x) => [...x, ...times(120, () => x[2]!)]) },
  { data: auctions(400, 1003) },
);
// After https://stats.stackexchange.com/questions/409000: prices of about 250,000, and Adam, which after 2000 epochs is still on its way to their mean.
sick(
  'auctions-in-dollars',
  'targets not scaled: prices of about 250,000',
  ['targets_not_scaled'],
  'r2',
  { layers: layers(...hidden(2, 32), dense(1)), loss: LOSS.mse, optimizer: adam(0.005), steps: 300 },
  { data: mapY(auctions(400, 1004), (y) => Math.round(250000 + 60000 * y)) },
  { data: auctions(400, 1004) },
);

// After https://www.machinecurve.com/index.php/2019/10/15/how-to-use-hinge-squared-hinge-loss-with-keras/: what the hinge loss wants of its labels.
sick(
  'board-hinge-zero-one',
  'labels 0 and 1 with the hinge loss, which wants -1 and 1',
  ['labels_do_not_fit_loss'],
  'accuracy',
  { layers: layers(...hidden(3, 32), dense(1)), loss: 'hinge', optimizer: adam(0.01), steps: 400 },
  { data: numbers(board(500, 1005), 0, 1) },
  { data: numbers(board(500, 1005), -1, 1) },
);
// After https://imathworks.com/cv/solved-sigmoid-vs-softmax-accuracy-difference: strands of DNA, two classes, and a softmax over a single unit.
sick(
  'motifs-one-unit',
  'an output layer with too few units: one for softmax cross entropy of two classes',
  ['output_cannot_answer'],
  'accuracy',
  { data: motifs(400, 1008, 2), loss: LOSS.ce, optimizer: adam(0.005), steps: 200 },
  { layers: reader(1) },
  { layers: reader(2) },
);
// After https://community.deeplearning.ai/t/loss-values-do-not-change/324182: a ReLU on the last layer too, and targets of both signs.
sick(
  'comets-relu-output',
  'an output layer that cannot answer: a ReLU before the loss, with targets of both signs',
  ['output_cannot_answer'],
  'r2',
  { data: mapTargets(comets(400, 1009), (y) => y - 0.9), loss: LOSS.mse, optimizer: adam(0.005), steps: 300 },
  { layers: layers(...hidden(2, 32), dense(2), act()) },
  { layers: layers(...hidden(2, 32), dense(2)) },
);
// After https://stackoverflow.com/questions/60306255: the answers stay within bounds that the targets do not have.
sick(
  'spots-tanh-output',
  'an output that is bounded below its targets: tanh for sizes from 2 to 12',
  ['output_cannot_answer'],
  'r2',
  { data: mapTargets(spots(400, 1010), (y) => 7 + 5 * y), loss: 'mae', optimizer: adam(0.01), steps: 300 },
  { layers: eye(2, {}, [act('tanh')]) },
  { layers: eye(2) },
);
// After https://stats.stackexchange.com/questions/267024: no activation anywhere but on the last layer.
sick(
  'shells-without-activations',
  'no activation between five dense layers',
  ['no_activation'],
  'accuracy',
  { data: shells(450, 1011), loss: LOSS.ce, optimizer: adam(0.005), steps: 250 },
  { layers: layers(repeat(4, dense(24)), dense(3)) },
  { layers: layers(repeat(4, dense(24), act('elu')), dense(3)) },
);

// After https://datascience.stackexchange.com/questions/16840: a multilayer perceptron with dropout that ends at the share of one class.
sick(
  'hands-dropout',
  'dropout of 95 % behind each of three layers',
  ['dropout_too_strong'],
  'accuracy',
  { data: hands(450, 1012), loss: LOSS.ce, optimizer: adam(0.005), steps: 300 },
  { layers: layers(...hidden(3, 24, 'relu', { behind: [dropout(0.95) as never] }), dense(3)) },
  { layers: layers(...hidden(3, 24), dense(3)) },
);
// After https://github.com/tflearn/tflearn/issues/772: a weight decay of 10 and more for Adam.
sick(
  'dyes-adamw-decay',
  'a decoupled weight decay that shrinks every weight by 10 % a step',
  ['weight_decay_too_strong'],
  'r2',
  { data: dyes(400, 1013), layers: layers(...hidden(2, 32, 'gelu'), dense(3)), loss: LOSS.mse, steps: 300 },
  { optimizer: adamw(0.005, 20) },
  { optimizer: adamw(0.005, 0.01) },
);
sick(
  'cloths-l2',
  'L2 penalties of 0.8 on every weight of a convolution',
  ['l2_too_strong'],
  'accuracy',
  { data: cloths(400, 1014), loss: LOSS.ce, optimizer: adam(0.005), steps: 200 },
  { layers: eye(4, { l2: 0.8 }) },
  { layers: eye(4, { l2: 1e-4 }) },
);
sick(
  'motifs-l1',
  'L1 penalties that leave no weight',
  ['l1_too_strong'],
  'accuracy',
  { data: motifs(450, 1015), loss: LOSS.ce, optimizer: adam(0.005), steps: 200 },
  { layers: reader(3, { l1: 0.05 }) },
  { layers: reader(3) },
);
sick(
  'filters-rate-times-l2',
  'rate times L2 penalty is above 2: the penalty alone makes the weights grow',
  ['rate_times_penalty'],
  'r2',
  { data: filters(400, 1016), loss: { name: 'huber', delta: 1 }, optimizer: sgd(0.1), steps: 300 },
  { layers: layers(...hidden(2, 32, 'tanh', { weights: { l2: 25 } }), dense(2, { l2: 25 })) },
  { layers: layers(...hidden(2, 32, 'tanh', { weights: { l2: 0.0002 } }), dense(2, { l2: 0.0002 })) },
);

// After https://datascience.stackexchange.com/questions/19283: a small network for two classes, one of them rare, learns the bias alone.
sick(
  'loans-three-of-a-hundred',
  'class imbalance: three rows of a hundred are of the second class',
  ['class_imbalance'],
  'f1',
  { layers: layers(...hidden(3, 8), dense(2)), loss: LOSS.ce, optimizer: momentum(0.02), steps: 300 },
  { data: loans(700, 1017, 0.03, 0.7) },
  { data: loans(700, 1017, 0.5, 0.7) },
);
// After https://github.com/microsoft/CNTK/issues/905: batch norm with minibatches of 1 gives no useful result.
sick(
  'peaks-batch-norm-of-1',
  'batches of one row for batch norm behind dense layers',
  ['batch_too_small', 'running_statistics'],
  'accuracy',
  { data: peaks(450, 1018), layers: layers(repeat(2, dense(32), batchNorm, act()), dense(3)), loss: LOSS.ce, optimizer: momentum(0.01), steps: 300 },
  { batchSize: 1 },
  { batchSize: 32 },
);
// After https://stats.stackexchange.com/questions/294332: every weight starts at zero.
sick(
  'shells-zero-weights',
  'units of a layer all alike: every weight starts at zero',
  ['symmetric_units'],
  'accuracy',
  { data: shells(450, 1019), loss: LOSS.ce, optimizer: adam(0.01), steps: 250 },
  { layers: layers(...hidden(2, 24, 'tanh', { weights: constant(0) }), dense(3, constant(0))) },
  { layers: layers(...hidden(2, 24, 'tanh'), dense(3)) },
);
// After https://ai.stackexchange.com/questions/39853: what starts very negative lets nothing through a ReLU.
sick(
  'spots-dead-layer',
  'dead units: the biases of a dense layer start so low that its ReLU never lets anything through',
  ['dead_units'],
  'r2',
  { data: spots(400, 1020), loss: LOSS.mse, optimizer: adam(0.005), steps: 250 },
  { layers: layers(image, conv(8), act(), pool, flat, dense(24, biased(-12)), act(), dense(2)) },
  { layers: layers(image, conv(8), act(), pool, flat, dense(24), act(), dense(2)) },
);
sick(
  'comets-tanh-of-std-8',
  'saturating activations behind weights of standard deviation 8',
  ['saturated'],
  'r2',
  { data: comets(400, 1021), loss: LOSS.mse, optimizer: adam(0.003), steps: 300 },
  { layers: layers(...hidden(4, 32, 'tanh', { weights: normal(8) }), dense(2)) },
  { layers: layers(...hidden(4, 32, 'tanh'), dense(2)) },
);
sick(
  'comets-deep-gain',
  'gradients that explode through fourteen layers, by the gain of their weights',
  ['exploding_with_depth', 'forward_scale'],
  'r2',
  { data: comets(400, 1022), loss: LOSS.mse, optimizer: adam(0.003), steps: 300 },
  { layers: layers(...hidden(14, 24, 'relu', { weights: { initializer: { scheme: 'he_normal', gain: 3 } } }), dense(2)) },
  { layers: layers(...hidden(14, 24, 'relu', { weights: { initializer: { scheme: 'he_normal', gain: 1 } } }), dense(2)) },
);
// After https://stackoverflow.com/questions/20009078: a deep network of logistic units whose outputs hardly depend on its inputs.
sick(
  'shells-deep-sigmoid',
  'gradients that vanish through nine layers of sigmoids',
  ['vanishing_with_depth'],
  'accuracy',
  { data: shells(450, 1023), loss: LOSS.ce, optimizer: momentum(0.02), steps: 400 },
  { layers: layers(...hidden(9, 24, 'sigmoid'), dense(3)) },
  { layers: layers(...hidden(9, 24, 'relu'), dense(3)) },
);

// After https://github.com/BVLC/caffe/issues/1255: the loss jumps to where softmax is cut off, and stays.
sick(
  'peaks-rate-too-high',
  'a learning rate too high for SGD with momentum',
  ['learning_rate_too_high'],
  'accuracy',
  { data: peaks(450, 1024), layers: ear(3), loss: LOSS.ce, steps: 200 },
  { optimizer: momentum(3) },
  { optimizer: momentum(0.02) },
);
// After https://chenzhang.org/notes/developer/loss-and-accuracy-get-stuck-in-keras/: a rate of 0.00001, which 0.1 mended.
sick(
  'motifs-rate-too-low',
  'a learning rate too low: 0.00001 for SGD with momentum',
  ['learning_rate_too_low'],
  'accuracy',
  { data: motifs(450, 1025), layers: reader(3), loss: LOSS.ce, steps: 300 },
  { optimizer: momentum(0.00001) },
  { optimizer: momentum(0.03) },
);
sick(
  'dyes-random-targets',
  'targets that have nothing to do with their rows',
  ['random_targets'],
  'r2',
  { layers: layers(...hidden(2, 32), dense(3)), loss: LOSS.mse, optimizer: adam(0.005), steps: 250 },
  { data: { ...dyes(400, 1026), y: dyes(400, 2026).y } },
  { data: dyes(400, 1026) },
);
sick(
  'auctions-overfit',
  'overfitting: a wide network without a penalty learns by heart 150 prices of which more than half is noise',
  ['overfitting', 'overtraining'],
  'loss',
  { data: auctions(250, 1027, 1), loss: LOSS.mse, optimizer: adam(0.005), steps: 400 },
  { layers: layers(...hidden(2, 128), dense(1)) },
  { layers: layers(...hidden(2, 128, 'relu', { weights: { l2: 0.03 } }), dense(1, { l2: 0.03 })) },
);

export const TENTH_A_SICK: readonly Sick[] = SICK;

// ---- Healthy

const HEALTHY: Healthy[] = [];
function healthy(name: string, written: Written, awkward?: string): void {
  HEALTHY.push({ name, document: document(written), ...(awkward ? { awkward } : {}) });
}

healthy('cloths', { data: cloths(400, 1051), layers: eye(4), loss: LOSS.ce, optimizer: adam(0.005), steps: 200 });
healthy('motifs-adamw', { data: motifs(450, 1052), layers: reader(3), loss: LOSS.ce, optimizer: adamw(0.005, 0.05), steps: 150 });
healthy('peaks-momentum', { data: peaks(450, 1053), layers: ear(3), loss: LOSS.ce, optimizer: momentum(0.02), steps: 200 });
healthy('dyes-three-targets', {
  data: dyes(450, 1054),
  layers: layers(...hidden(2, 32, 'gelu'), dense(3)),
  loss: LOSS.mse,
  optimizer: adam(0.005),
  steps: 300,
});
healthy('comets-mae', { data: comets(450, 1055), layers: layers(...hidden(3, 32), dense(2)), loss: 'mae', optimizer: adam(0.005), steps: 300 });
healthy('board-hinge', {
  data: numbers(board(600, 1056), -1, 1),
  layers: layers(...hidden(3, 32), dense(1)),
  loss: 'hinge',
  optimizer: adam(0.01),
  steps: 400,
});
healthy('filters-rmsprop', {
  data: filters(450, 1057),
  layers: layers(...hidden(2, 32, 'tanh'), dense(2)),
  loss: LOSS.mse,
  optimizer: rmsprop(0.003),
  steps: 300,
});
healthy(
  'shells-slow-start',
  {
    data: shells(450, 1058),
    layers: layers(...hidden(3, 24, 'tanh', { weights: { initializer: { scheme: 'lecun_normal', gain: 0.4 } } }), dense(3)),
    loss: LOSS.ce,
    optimizer: momentum(0.03),
    steps: 400,
  },
  'small initial weights: the loss stays where it began for a good while',
);
healthy(
  'hands-noisy-labels',
  { data: hands(600, 1059, 0.25), layers: layers(...hidden(1, 16), dense(3)), loss: LOSS.ce, optimizer: adam(0.01), steps: 150 },
  'every fourth label is any: the loss stays high',
);
healthy(
  'auctions-batches-of-4',
  { data: auctions(400, 1060), layers: layers(...hidden(2, 24), dense(1)), loss: LOSS.mse, optimizer: sgd(0.01), steps: 500, batchSize: 4 },
  'batches of four rows: a loss that jumps from step to step',
);
healthy(
  'loans-one-in-seven',
  { data: loans(700, 1061, 0.14, 0.15), layers: layers(...hidden(2, 24), dense(1)), loss: LOSS.bce, optimizer: adam(0.01), steps: 250 },
  'one row of seven is of the second class, and learned',
);
healthy(
  'shells-narrow-blocks',
  {
    data: shells(450, 1062),
    layers: layers(dense(6), repeat(8, residual(layerNorm, dense(6), act('silu'), dense(6, { initializer: { scheme: 'he_normal', gain: 0.3 } }))), dense(3)),
    loss: LOSS.ce,
    optimizer: adam(0.01),
    steps: 250,
  },
  'deep and narrow: blocks of 6 units',
);
healthy(
  'spots-batch-norm-and-biases',
  {
    data: spots(450, 1063),
    layers: layers(image, conv(8), batchNorm, act(), pool, flat, dense(24, biased(0.5)), act('leaky_relu'), dense(2, constant(0))),
    loss: { name: 'huber', delta: 0.5 },
    optimizer: adam(0.005),
    steps: 250,
  },
  'the last weights start at zero, biases at a half',
);
healthy(
  'auctions-mean-of-3',
  { data: mapY(auctions(400, 1064, 0.3), (y) => short(3 + y)), layers: layers(...hidden(1, 40), dense(1)), loss: LOSS.mse, optimizer: adam(0.01), steps: 300 },
  'noisy targets about 3',
);
healthy(
  'peaks-dropout-and-l2',
  {
    data: peaks(450, 1065),
    layers: layers(
      series,
      along(16, 5, { stride: 2, padding: 2, l2: 0.001 }),
      act(),
      flat,
      dropout(0.5),
      dense(32, { l2: 0.001 }),
      act(),
      dropout(0.3),
      dense(3),
    ),
    loss: LOSS.ce,
    optimizer: adam(0.005),
    steps: 250,
  },
  'dropout twice and penalties: the training loss is above that of validation',
);

export const TENTH_A_HEALTHY: readonly Healthy[] = HEALTHY;
