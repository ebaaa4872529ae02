// The fourth set: networks as tutorials and public reports have them, whose cause and accepted rule names were written down before anybody diagnosed them,
// without sight of the rules. Two for each of 23 causes. What a network has that is planted stands beside its twin, which has all but that.
import {
  answered,
  ballots,
  barometer,
  blossoms,
  boats,
  bottles,
  cars,
  centred,
  clinic,
  echoes,
  forecast,
  glyphs,
  grid,
  hum,
  loans,
  measuredIn,
  numbered,
  onion,
  payments,
  pendulum,
  reviews,
  roulette,
  squares,
  steel,
  targetsCentred,
  targetsIn,
  throws,
  tornApart,
  truthTable,
  widened,
} from './fourth_data.ts';
import { adam, document, hidden, LOSS, output, type Score, type Sick, sgd, type Written } from './network.ts';

type Layers = Written['layers'];

/** A sick network, as its twin and what was planted there. */
const planted = (name: string, cause: string, accepted: readonly string[], score: Score, twin: Written, sick: Partial<Written>): Sick => ({
  name,
  cause,
  accepted,
  score,
  document: document({ ...twin, ...sick }),
  twin: document(twin),
});

const normal = (std: number): object => ({ initializer: { scheme: 'normal', std } });
const constant = (value: number): object => ({ initializer: { scheme: 'constant', value } });
const bias = (value: number): object => ({ biasInitializer: { scheme: 'constant', value } });
const gain = (factor: number, scheme = 'he_normal'): object => ({ initializer: { scheme, gain: factor } });
const GLOROT = { initializer: { scheme: 'glorot_uniform' } };
const BATCH_NORM = { type: 'batch_norm' } as const;
const dropout = (rate: number) => ({ type: 'dropout', rate }) as const;

/** Two convolutions in steps of two over pictures of 8 x 8. */
const cnn = (sorts: number, weights: object = {}): Layers =>
  [
    { type: 'reshape', shape: [8, 8, 1] },
    { type: 'conv2d', filters: 8, kernelSize: 3, stride: 2, padding: 1, ...weights },
    { type: 'activation', name: 'relu' },
    { type: 'conv2d', filters: 8, kernelSize: 3, stride: 2, padding: 1, ...weights },
    { type: 'activation', name: 'relu' },
    { type: 'flatten' },
    { type: 'dense', units: sorts, ...weights },
  ] as Layers;

/** One convolution over a series, and a layer behind it. */
const overTime = (length: number, classes: number, weights: object = {}): Layers =>
  [
    { type: 'reshape', shape: [length, 1] },
    { type: 'conv1d', filters: 8, kernelSize: 5, ...weights },
    { type: 'activation', name: 'relu' },
    { type: 'flatten' },
    ...hidden(1, 24, 'relu', { weights }),
    ...output(classes),
  ] as Layers;

/** Dense layers with batch norm between weights and ReLU. */
const normed = (depth: number, units: number): Layers =>
  [{ type: 'repeat', times: depth, layers: [{ type: 'dense', units }, BATCH_NORM, { type: 'activation', name: 'relu' }] }] as Layers;

export const FOURTH_SICK: readonly Sick[] = [
  // Inputs as they stand in the table.
  planted(
    'loans in dollars',
    'inputs not scaled: dollars beside years',
    ['inputs_not_scaled'],
    'accuracy',
    { data: loans(700, 1), standardise: true, layers: [...hidden(1, 16), ...hidden(1, 8), ...output(1)], loss: LOSS.bce, optimizer: sgd(0.1) },
    { standardise: false },
  ),
  planted(
    'pressure in pascals',
    'inputs not centred: 101,325 and a little',
    ['inputs_not_scaled'],
    'accuracy',
    { data: barometer(500, 2), standardise: true, layers: [...hidden(2, 12, 'tanh', { weights: GLOROT }), ...output(2)], loss: LOSS.ce, batchSize: 16 },
    { standardise: false },
  ),

  // Columns that never change.
  planted(
    'worn-out channels',
    'constant columns: channels that stand at 4095',
    ['constant_columns', 'inputs_not_scaled'],
    'accuracy',
    { data: hum(600, 3), layers: [...hidden(2, 32), ...output(3)], loss: LOSS.ce, optimizer: adam(0.005) },
    { data: widened(hum(600, 3), () => [4095, 4095, 4095, 4095]) },
  ),
  planted(
    'pixels divided as integers',
    'constant columns: all pixels became 0',
    ['constant_columns'],
    'accuracy',
    { data: glyphs(600, 4), layers: cnn(4), loss: LOSS.ce, optimizer: adam(0.01) },
    { data: measuredIn(glyphs(600, 4), 0) },
  ),

  // Columns that stand there many times.
  planted(
    'a join that doubled columns',
    'duplicate columns: a join left 120 copies of one',
    ['duplicate_columns'],
    'r2',
    { data: centred(targetsCentred(steel(500, 5))), layers: [...hidden(1, 24), ...output(1)], loss: LOSS.mse, optimizer: sgd(0.05) },
    { data: widened(centred(targetsCentred(steel(500, 5))), ([carbon]) => Array.from({ length: 120 }, () => carbon!)) },
  ),
  planted(
    'one number joined 200 times',
    'duplicate columns: 200 copies of a number that says nothing',
    ['duplicate_columns'],
    'accuracy',
    { data: reviews(400, 6), layers: [...hidden(1, 16), ...output(1)], loss: LOSS.bce, optimizer: sgd(0.1, { momentum: 0.9 }) },
    { data: widened(reviews(400, 6), (_row, random) => new Array(200).fill(random.normal())) },
  ),

  // Targets as they stand in the table.
  planted(
    'prices of boats in euros',
    'targets not scaled: hundred thousands, and Adam at 0.001',
    ['targets_not_scaled'],
    'r2',
    {
      data: centred(targetsCentred(boats(500, 7))),
      layers: [...hidden(1, 64), ...hidden(1, 32), ...output(1)],
      loss: LOSS.mse,
      optimizer: adam(0.001),
      steps: 300,
    },
    { data: centred(boats(500, 7)) },
  ),
  planted(
    'megawatts of a grid',
    'targets not scaled: the error explodes at an ordinary rate',
    ['targets_not_scaled'],
    'r2',
    { data: centred(targetsCentred(grid(700, 8))), layers: [...hidden(1, 32), ...output(1)], loss: LOSS.mse, optimizer: sgd(0.05, { momentum: 0.9 }) },
    { data: centred(grid(700, 8)) },
  ),

  // Labels and loss that do not belong together.
  planted(
    'kinds of blossoms as a number',
    'labels do not fit the loss: six kinds in no order, with MSE',
    ['labels_do_not_fit_loss'],
    'accuracy',
    { data: centred(blossoms(480, 9, { species: 6 })), layers: [...hidden(1, 8), ...output(6)], loss: LOSS.ce },
    { data: numbered(centred(blossoms(480, 9, { species: 6 })), [3, 0, 5, 1, 4, 2]), layers: [...hidden(1, 8), ...output(1)], loss: LOSS.mse },
  ),
  planted(
    'four glyphs as fractions',
    'labels do not fit the loss: classes divided by 3, since binary cross entropy takes nothing above 1',
    ['labels_do_not_fit_loss', 'output_cannot_answer'],
    'accuracy',
    { data: glyphs(600, 10), layers: [...hidden(1, 48), ...output(4)], loss: LOSS.ce, optimizer: adam(0.005) },
    { data: numbered(glyphs(600, 10), [0, 1 / 3, 2 / 3, 1]), layers: [...hidden(1, 48), ...output(1)], loss: LOSS.bce },
  ),

  // Last layers that cannot say what is asked.
  planted(
    'ReLU over frost',
    'output cannot answer: ReLU before targets below 0',
    ['output_cannot_answer'],
    'r2',
    { data: targetsIn(targetsCentred(pendulum(400, 11)), 2, -6), layers: [...hidden(2, 24, 'tanh'), ...output(1)], loss: LOSS.mse, steps: 300 },
    { layers: [...hidden(2, 24, 'tanh'), ...output(1, { activation: 'relu' })] },
  ),
  planted(
    'miles within a sigmoid',
    'output cannot answer: sigmoid before targets from 9 to 46',
    ['output_cannot_answer'],
    'r2',
    { data: centred(cars(400, 12)), layers: [...hidden(1, 32), ...output(1)], loss: LOSS.mse, optimizer: adam(0.02), steps: 300 },
    { layers: [...hidden(1, 32), ...output(1, { activation: 'sigmoid' })] },
  ),

  // Dense layers in a row and nothing between.
  planted(
    'exclusive or in straight lines',
    'no activation: Dense(16), Dense(16), Dense(1) as the call wrote it',
    ['no_activation'],
    'accuracy',
    { data: truthTable(400, 13), layers: [...hidden(2, 16), ...output(1)], loss: LOSS.bce, batchSize: 8 },
    { layers: [...output(16), ...output(16), ...output(1)] },
  ),
  planted(
    'squares by a straight line',
    "no activation: all are 'linear'",
    ['no_activation'],
    'r2',
    {
      data: targetsCentred(squares(300, 14)),
      layers: [...hidden(3, 16, 'elu'), ...output(1)],
      loss: LOSS.mse,
      optimizer: { name: 'rmsprop', learningRate: 0.005 },
    },
    { layers: [...hidden(3, 16, 'linear'), ...output(1)] },
  ),

  // Penalties that win.
  planted(
    'nine in ten dropped',
    'dropout 0.9 behind each of three narrow layers',
    ['dropout_too_strong'],
    'accuracy',
    { data: onion(600, 15), layers: [...hidden(3, 16), ...output(3)], loss: LOSS.ce },
    { layers: [...hidden(3, 16, 'relu', { behind: [dropout(0.9)] }), ...output(3)] },
  ),
  planted(
    'forecast through dropout',
    'dropout 0.9 of the inputs of a window, and 0.9 of 12 units',
    ['dropout_too_strong'],
    'r2',
    { data: forecast(500, 16), layers: [...hidden(1, 12, 'tanh'), ...output(1)], loss: LOSS.mse, optimizer: adam(0.005) },
    { layers: [dropout(0.9), ...hidden(1, 12, 'tanh', { behind: [dropout(0.9)] }), ...output(1)] },
  ),
  planted(
    'AdamW with a decay of 30',
    'weight decay: 30 where 0.01 was meant',
    ['weight_decay_too_strong'],
    'accuracy',
    {
      data: roulette(600, 17),
      layers: [...hidden(2, 32), ...output(3)],
      loss: LOSS.ce,
      optimizer: { name: 'adamw', learningRate: 0.01, weightDecay: 0 },
      steps: 300,
    },
    { optimizer: { name: 'adamw', learningRate: 0.01, weightDecay: 30 } },
  ),
  planted(
    'SGD with a decay of 0.5',
    'weight decay: 0.5 at a rate of 0.1',
    ['weight_decay_too_strong'],
    'r2',
    { data: throws(500, 18), layers: [...hidden(2, 32, 'tanh'), ...output(2)], loss: LOSS.mse, optimizer: sgd(0.1, { momentum: 0.9 }) },
    { optimizer: sgd(0.1, { momentum: 0.9, weightDecay: 0.5 }) },
  ),
  planted(
    'L2 of 1',
    'L2: regularizers.l2(1.0) in each layer',
    ['l2_too_strong'],
    'accuracy',
    { data: centred(clinic(600, 19)), layers: [...hidden(2, 12), ...output(1)], loss: LOSS.bce, optimizer: adam(0.005) },
    { layers: [...hidden(2, 12, 'relu', { weights: { l2: 1 } }), ...output(1, { weights: { l2: 1 } })] },
  ),
  planted(
    'L2 over convolutions',
    'L2: 0.5 in each filter',
    ['l2_too_strong'],
    'accuracy',
    { data: glyphs(600, 20), layers: cnn(4), loss: LOSS.ce, optimizer: sgd(0.1, { momentum: 0.9 }) },
    { layers: cnn(4, { l2: 0.5 }) },
  ),
  planted(
    'L1 for few words',
    'L1: 0.1 to choose words',
    ['l1_too_strong'],
    'accuracy',
    { data: reviews(400, 21), layers: [...hidden(1, 24), ...output(2)], loss: LOSS.ce, optimizer: adam(0.005) },
    { layers: [...hidden(1, 24, 'relu', { weights: { l1: 0.1 } }), ...output(2, { weights: { l1: 0.1 } })] },
  ),
  planted(
    'L1 over a regression',
    'L1: 0.3 on targets of deviation 1',
    ['l1_too_strong'],
    'r2',
    { data: centred(targetsCentred(cars(400, 22))), layers: [...hidden(2, 16, 'elu'), ...output(1)], loss: LOSS.mse, optimizer: sgd(0.03) },
    { layers: [...hidden(2, 16, 'elu', { weights: { l1: 0.3 } }), ...output(1, { weights: { l1: 0.3 } })] },
  ),

  // A class that is hardly there.
  planted(
    'one stolen card in fifty',
    'class imbalance: 98 to 2, and all count alike',
    ['class_imbalance'],
    'f1',
    {
      data: payments(1500, 23, 1 / 50),
      layers: [...hidden(1, 8), ...output(1)],
      loss: { name: 'bce_with_logits', posWeight: 20 },
      optimizer: sgd(0.05),
      batchSize: 64,
    },
    { loss: LOSS.bce },
  ),
  planted(
    'cracked bottles',
    'class imbalance: two faults of 2 % each',
    ['class_imbalance'],
    'f1',
    {
      data: bottles(1500, 24, 1 / 50, 3.5),
      layers: [...hidden(1, 16, 'tanh'), ...output(3)],
      loss: { name: 'softmax_cross_entropy', classWeights: [1, 10, 10] },
      optimizer: sgd(0.02),
      batchSize: 64,
    },
    { loss: LOSS.ce },
  ),

  // Batch norm over almost nothing.
  planted(
    'batch norm over one row',
    'batch too small for batch norm: one row',
    ['batch_too_small'],
    'accuracy',
    { data: onion(500, 25), layers: [...normed(2, 24), ...output(3)], loss: LOSS.ce },
    { batchSize: 1 },
  ),
  planted(
    'batch norm over two throws',
    'batch too small for batch norm: two rows',
    ['batch_too_small'],
    'r2',
    { data: throws(400, 26), layers: [...normed(3, 16), ...output(2)], loss: LOSS.mse, optimizer: adam(0.005) },
    { batchSize: 2 },
  ),

  // Units that begin alike.
  planted(
    'all weights zero',
    'symmetric units: zeros in every layer',
    ['symmetric_units'],
    'accuracy',
    { data: glyphs(500, 27), layers: [...hidden(2, 32), ...output(4)], loss: LOSS.ce, optimizer: adam(0.005) },
    { layers: [...hidden(2, 32, 'relu', { weights: constant(0) }), ...output(4, { weights: constant(0) })] },
  ),
  planted(
    'all weights a half',
    'symmetric units: 0.5 in every layer',
    ['symmetric_units'],
    'accuracy',
    {
      data: truthTable(400, 28, { bits: 3 }),
      layers: [...hidden(2, 12, 'tanh', { weights: GLOROT }), ...output(1, { weights: GLOROT })],
      loss: LOSS.bce,
      optimizer: adam(0.02),
      steps: 300,
    },
    { layers: [...hidden(2, 12, 'tanh', { weights: constant(0.5) }), ...output(1, { weights: constant(0.5) })] },
  ),

  // Rates.
  planted(
    'Adam at 1',
    'learning rate too high: 1 where 0.01 does',
    ['learning_rate_too_high'],
    'accuracy',
    { data: roulette(600, 29), layers: [...hidden(3, 24), ...output(3)], loss: LOSS.ce, steps: 300 },
    { optimizer: adam(1) },
  ),
  planted(
    'SGD at 3 over cars',
    'learning rate too high: the error grows in the first steps',
    ['learning_rate_too_high'],
    'r2',
    { data: centred(targetsCentred(cars(400, 30))), layers: [...hidden(1, 32), ...output(1)], loss: LOSS.mse, optimizer: sgd(0.03) },
    { optimizer: sgd(3) },
  ),
  planted(
    'Adam at a millionth',
    'learning rate too low: 1e-6',
    ['learning_rate_too_low'],
    'accuracy',
    { data: hum(600, 31), layers: [...hidden(2, 32, 'gelu'), ...output(3)], loss: LOSS.ce, optimizer: adam(0.005) },
    { optimizer: adam(1e-6) },
  ),
  planted(
    'SGD at a hundred thousandth',
    'learning rate too low: 1e-5',
    ['learning_rate_too_low'],
    'r2',
    { data: forecast(500, 32), layers: [...hidden(2, 24), ...output(1)], loss: LOSS.mse, optimizer: sgd(0.05) },
    { optimizer: sgd(1e-5) },
  ),

  // Rate times penalty above 2: each step throws the weights beyond zero.
  planted(
    'decay of 25 at a rate of 0.1',
    'rate times decay is 2.5',
    ['rate_times_penalty', 'weight_decay_too_strong'],
    'accuracy',
    {
      data: ballots(400, 33),
      layers: [...hidden(1, 16), ...output(2)],
      loss: LOSS.ce,
      optimizer: { name: 'adamw', learningRate: 0.1, weightDecay: 0 },
    },
    { optimizer: { name: 'adamw', learningRate: 0.1, weightDecay: 25 } },
  ),
  planted(
    'L2 of 10 at a rate of 0.3',
    'rate times L2 is 3',
    ['rate_times_penalty', 'l2_too_strong'],
    'r2',
    { data: forecast(500, 34), layers: [...hidden(1, 16, 'tanh'), ...output(1)], loss: LOSS.mse, optimizer: sgd(0.3) },
    { layers: [...hidden(1, 16, 'tanh', { weights: { l2: 10 } }), ...output(1, { weights: { l2: 10 } })] },
  ),

  // Answers that hold nothing.
  planted(
    'a label column read as 0',
    'constant targets: every class is the first',
    ['constant_targets'],
    'accuracy',
    { data: centred(blossoms(300, 35)), layers: [...hidden(1, 16), ...output(3)], loss: LOSS.ce },
    { data: answered(centred(blossoms(300, 35)), 0) },
  ),
  planted(
    'prices that failed to parse',
    'constant targets: every price is 1',
    ['constant_targets'],
    'r2',
    { data: centred(targetsCentred(boats(400, 36))), layers: [...hidden(2, 16), ...output(1)], loss: 'mae' },
    { data: answered(centred(targetsCentred(boats(400, 36))), 1) },
  ),
  planted(
    'pictures shuffled without labels',
    'random targets: rows and labels were shuffled apart',
    ['random_targets'],
    'accuracy',
    { data: glyphs(600, 37), layers: cnn(4), loss: LOSS.ce, optimizer: adam(0.005) },
    { data: tornApart(glyphs(600, 37), 37) },
  ),
  planted(
    'a table sorted by one column',
    'random targets: the targets were sorted apart from the rows',
    ['random_targets'],
    'r2',
    { data: centred(targetsCentred(steel(600, 38))), layers: [...hidden(2, 24), ...output(1)], loss: { name: 'huber', delta: 1 }, optimizer: adam(0.005) },
    { data: tornApart(centred(targetsCentred(steel(600, 38))), 38) },
  ),

  // Depth.
  planted(
    'eight sigmoid layers',
    'gradient vanishes: a stack of sigmoids',
    ['vanishing_with_depth'],
    'accuracy',
    { data: onion(600, 39), layers: [...hidden(8, 16, 'tanh', { weights: GLOROT }), ...output(3)], loss: LOSS.ce, optimizer: sgd(0.1) },
    { layers: [...hidden(8, 16, 'sigmoid', { weights: GLOROT }), ...output(3)] },
  ),
  planted(
    'ten ReLU layers of small weights',
    'gradient vanishes: weights of deviation 0.02 in layers of 24',
    ['vanishing_with_depth', 'initial_weights_too_small', 'forward_scale'],
    'r2',
    { data: centred(targetsCentred(cars(500, 40))), layers: [...hidden(10, 24), ...output(1)], loss: LOSS.mse, optimizer: adam(0.002) },
    { layers: [...hidden(10, 24, 'relu', { weights: normal(0.02) }), ...output(1, { weights: normal(0.02) })] },
  ),
  planted(
    'twelve ReLU layers of gain 3',
    'gradient explodes: three times the right weights in each of twelve layers',
    ['exploding_with_depth', 'forward_scale'],
    'accuracy',
    { data: centred(clinic(600, 41, 0.05)), layers: [...hidden(12, 20), ...output(1)], loss: LOSS.bce, optimizer: adam(0.002) },
    { layers: [...hidden(12, 20, 'relu', { weights: gain(3) }), ...output(1, { weights: gain(3) })] },
  ),
  planted(
    'weights of deviation 1 in eight layers',
    'gradient explodes: torch.randn for layers of 32',
    ['exploding_with_depth', 'forward_scale'],
    'r2',
    { data: centred(targetsCentred(boats(500, 42))), layers: [...hidden(8, 32, 'leaky_relu'), ...output(1)], loss: LOSS.mse, optimizer: sgd(0.01) },
    { layers: [...hidden(8, 32, 'leaky_relu', { weights: normal(1) }), ...output(1, { weights: normal(1) })] },
  ),

  // Units that say nothing, or always the same.
  planted(
    'biases of -10',
    'dead units: every ReLU begins below 0',
    ['dead_units'],
    'accuracy',
    { data: roulette(600, 43), layers: [...hidden(2, 32), ...output(3)], loss: LOSS.ce, steps: 300 },
    { layers: [...hidden(2, 32, 'relu', { weights: bias(-10) }), ...output(3)] },
  ),
  planted(
    'echoes that no filter hears',
    'dead units: a bias of -4 in filters and hidden layer',
    ['dead_units'],
    'accuracy',
    { data: echoes(600, 44), layers: overTime(24, 3), loss: LOSS.ce, optimizer: sgd(0.1) },
    { layers: overTime(24, 3, bias(-4)) },
  ),
  planted(
    'tanh of weights of deviation 8',
    'saturated: large initial weights under tanh',
    ['saturated'],
    'r2',
    { data: centred(targetsCentred(steel(500, 45))), layers: [...hidden(3, 16, 'tanh'), ...output(1)], loss: LOSS.mse, optimizer: sgd(0.05) },
    { layers: [...hidden(3, 16, 'tanh', { weights: normal(8) }), ...output(1)] },
  ),
  planted(
    'sigmoid of weights of deviation 8',
    'saturated: large initial weights under sigmoid',
    ['saturated'],
    'accuracy',
    {
      data: ballots(500, 46),
      layers: [...hidden(3, 12, 'sigmoid', { weights: GLOROT }), ...output(2)],
      loss: LOSS.ce,
      optimizer: adam(0.02),
      steps: 300,
    },
    { layers: [...hidden(3, 12, 'sigmoid', { weights: normal(8) }), ...output(2)] },
  ),
];
