// The second half of the scoreboard's healthy networks, made without sight of the rules; most look odd in some way and learn all the same.
import type { Experiment } from '../../src/experiment/document.ts';
import { adam, document, type Healthy, hidden, LOSS, output, sgd } from './network.ts';
import { bars, board, first, fraud, majority, neatFlats, pinwheel, shells, signals, signs, sparse, swinging } from './second_data.ts';

type Layer = Experiment['model']['layers'][number];
const generated = (name: string, params: Record<string, number>, more: object = {}): Experiment['data'] =>
  ({ source: 'generator', name, params, split: { validation: 0.2, test: 0.2 }, ...more }) as Experiment['data'];
const layers = (...all: object[]): Layer[] => all as Layer[];
const activation = (name: string): object => ({ type: 'activation', name });

export const SECOND_HEALTHY: readonly Healthy[] = [
  {
    name: 'few-rows-blobs',
    awkward: '40 rows, 8 of them for validation',
    document: document({
      data: generated('blobs', { rows: 40, classes: 3, noise: 0.25 }),
      layers: [...hidden(1, 8, 'tanh'), ...output(3)],
      loss: LOSS.ce,
      optimizer: sgd(0.1),
      steps: 120,
      batchSize: 12,
    }),
  },
  {
    name: 'few-rows-line',
    awkward: '60 rows of a noisy line',
    document: document({ data: sparse(60, 101, 3, 0.3), layers: output(1), loss: LOSS.mse, optimizer: sgd(0.05), steps: 100, batchSize: 12 }),
  },
  {
    name: 'noisy-labels-board',
    awkward: 'a sixth of the labels is wrong',
    document: document({
      data: board(1500, 102, 2, 0.16),
      layers: [...hidden(2, 12, 'elu'), ...output(2)],
      loss: LOSS.ce,
      optimizer: { name: 'nadam', learningRate: 0.005 },
      steps: 300,
      batchSize: 50,
    }),
  },
  {
    name: 'noisy-labels-bits',
    awkward: 'a quarter of the labels is wrong',
    document: document({
      data: majority(1800, 103, 9, 5, 0.25),
      layers: [...hidden(1, 8, 'silu'), ...output(1)],
      loss: LOSS.bce,
      optimizer: { name: 'rmsprop', learningRate: 0.003 },
      steps: 200,
      batchSize: 60,
    }),
  },
  {
    name: 'rare-frauds-found',
    awkward: 'one row in sixteen is of the second class, and is found',
    document: document({
      data: fraud(1600, 104, 1 / 16, 3),
      layers: [...hidden(2, 24, 'relu'), ...output(2)],
      loss: LOSS.ce,
      optimizer: adam(0.01),
      steps: 250,
      batchSize: 64,
    }),
  },
  {
    name: 'deep-and-narrow',
    awkward: 'fourteen layers of 10 units',
    document: document({
      data: generated('moons', { rows: 500, noise: 0.12 }),
      layers: [...hidden(14, 10, 'tanh', { weights: { initializer: { scheme: 'orthogonal' } } }), ...output(2)],
      loss: LOSS.ce,
      optimizer: adam(0.003),
      steps: 250,
      batchSize: 30,
    }),
  },
  {
    name: 'looked-at-early',
    awkward: 'forty steps in, long before the end',
    document: document({
      data: pinwheel(800, 105, 4),
      layers: [...hidden(2, 32, 'gelu'), ...output(4)],
      loss: LOSS.ce,
      optimizer: adam(0.003),
      steps: 40,
      batchSize: 40,
    }),
  },
  {
    name: 'small-batches',
    awkward: 'four rows in a batch',
    document: document({
      data: swinging(600, 106),
      layers: [...hidden(2, 24, 'tanh', { weights: { initializer: { scheme: 'glorot_uniform' } } }), ...output(1)],
      loss: { name: 'huber' },
      optimizer: sgd(0.02, { momentum: 0.9 }),
      steps: 900,
      batchSize: 4,
    }),
  },
  {
    name: 'warm-up',
    awkward: 'the rate rises from nothing for a third of the run, then falls',
    document: document({
      data: shells(600, 107, 3, 5),
      layers: [...hidden(3, 32, 'silu'), ...output(3)],
      loss: LOSS.ce,
      optimizer: { name: 'adamw', learningRate: 0.006, schedule: { name: 'warmup', steps: 100, startFactor: 0, then: { name: 'cosine', tMax: 200 } } },
      steps: 300,
      batchSize: 32,
    }),
  },
  {
    name: 'slow-but-well',
    awkward: 'plain descent with a small rate over 2000 steps, still falling',
    document: document({
      data: signals(600, 108),
      layers: [...hidden(2, 24, 'leaky_relu'), ...output(3)],
      loss: LOSS.ce,
      optimizer: sgd(0.01),
      steps: 2000,
      batchSize: 30,
    }),
  },
  {
    name: 'strong-but-fitting',
    awkward: 'dropout of a half and decay of 0.1 in a wide network',
    document: document({
      data: bars(900, 109),
      layers: [...hidden(2, 96, 'relu', { behind: [{ type: 'dropout', rate: 0.5 } as Layer] }), ...output(4)],
      loss: LOSS.ce,
      optimizer: { name: 'adamw', learningRate: 0.003, weightDecay: 0.1 },
      steps: 300,
      batchSize: 36,
    }),
  },
  {
    name: 'l2-that-fits',
    awkward: 'an L2 of 0.01 against 25 columns that mean nothing',
    document: document({
      data: sparse(700, 110, 28, 0.5),
      layers: [...hidden(1, 16, 'relu', { weights: { l2: 0.01 } }), ...output(1, { weights: { l2: 0.01 } })],
      loss: LOSS.mse,
      optimizer: adam(0.003),
      steps: 200,
      batchSize: 32,
    }),
  },
  {
    name: 'residual-net',
    document: document({
      data: generated('two_spirals', { rows: 700, turns: 1 }),
      layers: layers(
        { type: 'dense', units: 24 },
        {
          type: 'repeat',
          times: 6,
          layers: [{ type: 'residual', scale: '1/sqrt(L)', layers: [{ type: 'dense', units: 24 }, activation('relu'), { type: 'dense', units: 24 }] }],
        },
        activation('relu'),
        { type: 'dense', units: 2 },
      ),
      loss: LOSS.ce,
      optimizer: adam(0.003),
      steps: 400,
      batchSize: 35,
    }),
  },
  {
    name: 'conv-digits',
    document: document({
      data: { source: 'digits', rows: 800, split: { validation: 0.2 } },
      layers: layers(
        { type: 'reshape', shape: [8, 8, 1] },
        { type: 'conv2d', filters: 6, kernelSize: 3, padding: 'same' },
        activation('relu'),
        { type: 'max_pool2d', kernelSize: 2 },
        { type: 'conv2d', filters: 12, kernelSize: 3, padding: 'same' },
        activation('relu'),
        { type: 'max_pool2d', kernelSize: 2 },
        { type: 'flatten' },
        { type: 'dense', units: 10 },
      ),
      loss: LOSS.ce,
      optimizer: adam(0.005),
      steps: 300,
      batchSize: 40,
    }),
  },
  {
    name: 'conv-signals-norm',
    document: document({
      data: signals(600, 111),
      layers: layers(
        { type: 'reshape', shape: [24, 1] },
        { type: 'conv1d', filters: 8, kernelSize: 5 },
        { type: 'batch_norm' },
        activation('gelu'),
        { type: 'flatten' },
        { type: 'dense', units: 3 },
      ),
      loss: LOSS.ce,
      optimizer: { name: 'nadam', learningRate: 0.004 },
      steps: 200,
      batchSize: 16,
    }),
  },
  {
    name: 'heavy-noise',
    awkward: 'half of the variance is noise',
    document: document({
      data: swinging(1600, 112, 0.7),
      layers: [...hidden(2, 12, 'tanh'), ...output(1)],
      loss: LOSS.mse,
      optimizer: adam(0.004),
      steps: 300,
      batchSize: 64,
    }),
  },
  {
    name: 'early-stopped',
    awkward: 'ended by early stopping when the noise began to be learned',
    document: document({
      data: generated('moons', { rows: 400, noise: 0.3 }),
      layers: [...hidden(2, 32, 'relu'), ...output(2)],
      loss: LOSS.ce,
      optimizer: adam(0.005),
      steps: 600,
      batchSize: 30,
      training: { validateEvery: 10, earlyStopping: { patience: 5 } },
    }),
  },
  {
    name: 'margins',
    document: document({
      data: signs(first(fraud(900, 113, 0.4, 2.5), 800)),
      layers: [...hidden(2, 16, 'softsign'), ...output(1)],
      loss: 'squared_hinge',
      optimizer: adam(0.005),
      steps: 250,
      batchSize: 32,
    }),
  },
  {
    name: 'flats-mae',
    document: document({
      data: neatFlats(700, 114),
      layers: [...hidden(2, 24, 'selu', { weights: { initializer: { scheme: 'lecun_normal' } } }), ...output(1)],
      loss: 'mae',
      optimizer: { name: 'rmsprop', learningRate: 0.003 },
      steps: 350,
      batchSize: 28,
      standardise: true,
    }),
  },
  {
    name: 'lion-layer-norm',
    document: document({
      data: generated('circles', { rows: 500, noise: 0.1 }),
      layers: [...hidden(3, 20, 'relu', { behind: [{ type: 'layer_norm' } as Layer] }), ...output(1)],
      loss: LOSS.bce,
      optimizer: { name: 'lion', learningRate: 0.0015, schedule: { name: 'cosine', tMax: 250 } },
      steps: 250,
      batchSize: 25,
    }),
  },
];
