// The fourth set's healthy networks: each learns what its rows can teach. `awkward` says what may look odd in it all the same.
import {
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
  onion,
  payments,
  pendulum,
  reviews,
  roles,
  roulette,
  squares,
  steel,
  targetsCentred,
  throws,
  truthTable,
  viscosity,
} from './fourth_data.ts';
import { adam, document, type Healthy, hidden, LOSS, output, sgd, type Written } from './network.ts';

type Layers = Written['layers'];

const GLOROT = { initializer: { scheme: 'glorot_uniform' } };
const dropout = (rate: number) => ({ type: 'dropout', rate }) as const;

/** A network as Keras makes it: Glorot's weights. */
const keras = (widths: readonly number[], activation: string, outputs: number): Layers => [
  ...widths.flatMap((units) => hidden(1, units, activation, { weights: GLOROT })),
  ...output(outputs, { weights: GLOROT }),
];

const healthy = (name: string, written: Written, awkward?: string): Healthy => ({ name, ...(awkward ? { awkward } : {}), document: document(written) });

export const FOURTH_HEALTHY: readonly Healthy[] = [
  healthy('exclusive or', { data: truthTable(400, 101), layers: keras([8], 'tanh', 1), loss: LOSS.bce, optimizer: adam(0.03), batchSize: 16, steps: 300 }),
  healthy('three blossoms', { data: blossoms(150, 102), standardise: true, layers: keras([10, 10], 'relu', 3), loss: LOSS.ce, batchSize: 10 }),
  healthy('price of a boat', {
    data: boats(500, 103),
    standardise: true,
    layers: keras([32, 16], 'relu', 1),
    loss: LOSS.mse,
    optimizer: adam(0.005),
    steps: 300,
  }),
  healthy('glyphs by convolution', {
    data: glyphs(800, 104, { sorts: 5 }),
    layers: [
      { type: 'reshape', shape: [8, 8, 1] },
      { type: 'conv2d', filters: 8, kernelSize: 3 },
      { type: 'batch_norm' },
      { type: 'activation', name: 'relu' },
      { type: 'max_pool2d', kernelSize: 2 },
      { type: 'flatten' },
      ...hidden(1, 24),
      ...output(5),
    ] as Layers,
    loss: LOSS.ce,
    optimizer: adam(0.005),
  }),
  healthy('pendulum', {
    data: centred(targetsCentred(pendulum(500, 105))),
    layers: keras([32, 32], 'relu', 1),
    loss: LOSS.mse,
    optimizer: adam(0.01),
    steps: 300,
  }),
  healthy('forecast of a series', { data: forecast(600, 106), layers: keras([24], 'relu', 1), loss: LOSS.mse, optimizer: adam(0.005) }),
  healthy('a ball thrown', {
    data: throws(600, 107),
    layers: keras([24, 24], 'silu', 2),
    loss: { name: 'huber', delta: 0.5 },
    optimizer: adam(0.005),
    steps: 300,
  }),
  healthy('pitch of a motor', { data: hum(700, 108), layers: keras([32, 16], 'gelu', 3), loss: LOSS.ce, optimizer: { name: 'nadam', learningRate: 0.005 } }),
  healthy('party by hinge', {
    data: ballots(400, 109),
    layers: keras([12], 'relu', 1),
    loss: 'hinge',
    optimizer: { name: 'adagrad', learningRate: 0.05 },
  }),
  healthy('hardness of steel', {
    data: steel(600, 110),
    standardise: true,
    layers: keras([32, 32], 'elu', 1),
    loss: LOSS.mse,
    optimizer: { name: 'rmsprop', learningRate: 0.002 },
    steps: 300,
  }),
  healthy('echoes over time', {
    data: echoes(700, 111),
    layers: [
      { type: 'reshape', shape: [24, 1] },
      { type: 'conv1d', filters: 8, kernelSize: 5 },
      { type: 'activation', name: 'relu' },
      { type: 'flatten' },
      ...output(3),
    ] as Layers,
    loss: LOSS.ce,
    optimizer: adam(0.01),
  }),

  healthy(
    'thirty blossoms',
    { data: blossoms(45, 121, { spread: 0.8 }), standardise: true, layers: keras([6], 'tanh', 3), loss: LOSS.ce, batchSize: 8, steps: 120 },
    'few rows: 27 to train on, 9 to validate on',
  ),
  healthy(
    'a fifth of the answers wrong',
    { data: truthTable(800, 122, { wrong: 0.2 }), layers: keras([8], 'relu', 1), loss: LOSS.bce, optimizer: adam(0.02), steps: 300 },
    'noisy labels: 80 % is all that can be had',
  ),
  healthy(
    'stolen cards found',
    { data: payments(1200, 123, 1 / 16, 3), layers: keras([12], 'relu', 1), loss: LOSS.bce, optimizer: adam(0.01) },
    'rare class: one row in sixteen, and told apart',
  ),
  healthy(
    'bottles found',
    { data: bottles(900, 124, 1 / 15, 3.5), layers: keras([16], 'relu', 3), loss: LOSS.ce, optimizer: adam(0.02) },
    'two rare classes of 7 % each',
  ),
  healthy(
    'twelve layers of eight',
    {
      data: onion(700, 125),
      layers: [
        ...hidden(1, 8, 'tanh', { weights: GLOROT }),
        {
          type: 'repeat',
          times: 10,
          layers: [
            {
              type: 'residual',
              layers: [
                { type: 'dense', units: 8, initializer: { scheme: 'glorot_uniform' } },
                { type: 'activation', name: 'tanh' },
              ],
            },
          ],
        },
        ...output(3, { weights: GLOROT }),
      ] as Layers,
      loss: LOSS.ce,
      optimizer: adam(0.005),
      steps: 250,
    },
    'deep and narrow: eleven hidden layers of 8 units, with ways around',
  ),
  healthy(
    'eight layers of twelve',
    { data: centred(targetsCentred(cars(500, 126))), layers: [...hidden(8, 12, 'relu'), ...output(1)], loss: LOSS.mse, optimizer: adam(0.003), steps: 250 },
    'deep and narrow: eight ReLU layers of 12 units without ways around',
  ),
  healthy(
    'a long way to go',
    {
      data: centred(targetsCentred(boats(600, 127))),
      layers: keras([32], 'tanh', 1),
      loss: LOSS.mse,
      optimizer: sgd(0.02),
      steps: 250,
    },
    'still falling at the end: looked at long before it has converged',
  ),
  healthy(
    'rain by pascals standardised',
    { data: barometer(600, 128), standardise: true, layers: keras([16], 'relu', 2), loss: LOSS.ce },
    'a constant of 101,325 in two columns, taken off by `standardise`',
  ),
  healthy(
    'megawatts standardised',
    { data: grid(800, 129), standardise: true, layers: keras([32, 16], 'relu', 1), loss: LOSS.mse, optimizer: adam(0.01), steps: 300 },
    'targets near 40,000, which `standardise` scales',
  ),
  healthy(
    'squares by four units',
    { data: targetsCentred(squares(300, 130)), layers: [...hidden(1, 4, 'tanh'), ...output(1)], loss: LOSS.mse, optimizer: adam(0.05), steps: 300 },
    'tiny: one column, four units',
  ),
  healthy(
    'half of the words dropped',
    {
      data: reviews(900, 131, { wrong: 0.1 }),
      layers: [...hidden(2, 32, 'relu', { weights: { l2: 0.005 }, behind: [dropout(0.5)] }), ...output(2, { weights: { l2: 0.005 } })],
      loss: LOSS.ce,
      optimizer: adam(0.005),
      steps: 120,
    },
    'heavy regularisation that is right: half dropped and L2, for a tenth of the labels is wrong',
  ),
  healthy(
    'miles not scaled',
    { data: centred(cars(400, 132)), layers: [...hidden(1, 32), ...output(1)], loss: LOSS.mse, optimizer: adam(0.05), steps: 300 },
    'the loss begins far above that of the mean, and ends at a ninth of it',
  ),
  healthy(
    'eighty rare words',
    { data: reviews(1500, 133, { words: 80 }), layers: keras([8], 'relu', 1), loss: LOSS.bce, optimizer: adam(0.003), steps: 90 },
    'sparse: nine in ten numbers are 0, and most columns say nothing',
  ),
  healthy(
    'what flows mostly noise',
    {
      data: viscosity(1200, 134, 0.8),
      layers: [...hidden(1, 12, 'tanh', { weights: { l2: 0.003 } }), ...output(1)],
      loss: LOSS.mse,
      optimizer: adam(0.01),
      steps: 250,
    },
    'noise is about half of the variance of the targets',
  ),
  healthy(
    'patients in a straight line',
    { data: clinic(700, 135), standardise: true, layers: output(1), loss: LOSS.bce, optimizer: sgd(0.3) },
    'no hidden layer: logistic regression on answers of which a tenth is chance',
  ),
  healthy(
    'sigmoids at a rate of 1',
    { data: loans(600, 136), standardise: true, layers: keras([12], 'sigmoid', 2), loss: LOSS.ce, optimizer: sgd(1), batchSize: 64 },
    'a rate of 1, which sigmoids of an old tutorial need',
  ),
  healthy(
    'roles of a player',
    { data: roles(600, 137), layers: keras([24], 'relu', 3), loss: 'kl_div', optimizer: adam(0.01) },
    'the loss is near 0 where answers are right: targets are shares',
  ),
  healthy(
    'a wheel in whole batches',
    { data: roulette(600, 138), layers: keras([48, 24], 'relu', 3), loss: LOSS.ce, optimizer: adam(0.02), batchSize: 360, steps: 250 },
    'one batch is the whole training part',
  ),
];
