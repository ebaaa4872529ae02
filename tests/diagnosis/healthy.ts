// Healthy networks: they learn what can be learned, and at least half of them look odd somewhere. None may get a warning.
import { clouds, friedman, inUnits, plane, quarters, rare, ring, saddle, scaled, wave, withColumns } from './data.ts';
import { adam, document, type Healthy, hidden, LOSS, layers, output, sgd, type Written } from './network.ts';

const networks: Healthy[] = [];
function healthy(name: string, written: Written, awkward?: string): void {
  networks.push({ name, document: document(written), ...(awkward ? { awkward } : {}) });
}

const two = [...hidden(2, 24), ...output(2)];
const one = [...hidden(2, 24), ...output(1)];
const digits: Written['data'] = { source: 'digits', rows: 800, split: { validation: 0.2 } };

healthy('ring', { data: ring(500, 101), layers: two, loss: LOSS.ce });
healthy('quarters-tanh', { data: quarters(500, 102), layers: [...hidden(2, 24, 'tanh'), ...output(2)], loss: LOSS.ce, steps: 300 });
healthy('friedman', { data: friedman(500, 103), layers: one, loss: LOSS.mse, steps: 300 });
healthy('saddle-gelu', { data: saddle(500, 104), layers: [...hidden(2, 24, 'gelu'), ...output(1)], loss: LOSS.mse, steps: 300 });
healthy('clouds-of-6', { data: clouds(600, 105, 6, 5, 0.4), layers: [...hidden(2, 32), ...output(6)], loss: LOSS.ce });
healthy('digits', { data: digits, layers: [...hidden(2, 48), ...output(10)], loss: LOSS.ce, optimizer: adam(0.003), steps: 250 });
healthy('plane-sgd', { data: plane(500, 106, 6), layers: output(1), loss: LOSS.mse, optimizer: sgd(0.05), steps: 200 });
healthy('wave-huber', { data: wave(400, 107), layers: [...hidden(2, 32, 'tanh'), ...output(1)], loss: { name: 'huber' }, steps: 400 });
healthy('ring-bce', { data: ring(500, 108), layers: one, loss: LOSS.bce, steps: 250 });
healthy('digits-batch-norm', {
  data: digits,
  layers: layers(
    { type: 'repeat', times: 4, layers: [{ type: 'dense', units: 32 }, { type: 'batch_norm' }, { type: 'activation', name: 'relu' }] },
    { type: 'dense', units: 10 },
  ),
  loss: LOSS.ce,
  optimizer: adam(0.005),
  steps: 200,
});
healthy('residual-12', {
  data: ring(500, 109),
  layers: layers(
    { type: 'dense', units: 16 },
    {
      type: 'repeat',
      times: 12,
      layers: [
        {
          type: 'residual',
          scale: '1/sqrt(L)',
          layers: [
            { type: 'dense', units: 16 },
            { type: 'activation', name: 'relu' },
            { type: 'dense', units: 16 },
          ],
        },
      ],
    },
    { type: 'dense', units: 2 },
  ),
  loss: LOSS.ce,
  optimizer: adam(0.003),
  steps: 300,
});
healthy('layer-norm-tanh', {
  data: friedman(500, 110),
  layers: layers(
    { type: 'repeat', times: 3, layers: [{ type: 'dense', units: 24 }, { type: 'layer_norm' }, { type: 'activation', name: 'tanh' }] },
    { type: 'dense', units: 1 },
  ),
  loss: LOSS.mse,
  steps: 300,
});

healthy(
  'few-rows',
  { data: clouds(60, 111, 2, 3, 0.4), layers: [...hidden(1, 8), ...output(2)], loss: LOSS.ce, batchSize: 12, steps: 120 },
  '36 rows to train on',
);
healthy(
  'noisy-labels',
  { data: quarters(600, 112, 0.2), layers: [...hidden(2, 12, 'tanh'), ...output(2)], loss: LOSS.ce, steps: 200 },
  'a fifth of the labels is wrong',
);
healthy(
  'noisy-targets',
  { data: plane(600, 113, 4, 1), layers: [...hidden(1, 8), ...output(1)], loss: LOSS.mse, optimizer: sgd(0.05), steps: 200 },
  'half of the variance is noise',
);
healthy(
  'rare-class-learned',
  { data: rare(1000, 114, 0.1), layers: [...hidden(1, 16), ...output(2)], loss: LOSS.ce, optimizer: adam(0.02), steps: 300 },
  'one row in ten is of the second class',
);
healthy(
  'deep-narrow',
  { data: ring(500, 115), layers: [...hidden(8, 10), ...output(2)], loss: LOSS.ce, optimizer: adam(0.005), steps: 350 },
  'eight layers of ten units',
);
healthy(
  'long-before-convergence',
  { data: digits, layers: [...hidden(2, 48), ...output(10)], loss: LOSS.ce, optimizer: sgd(0.05), steps: 120 },
  'stopped while the loss falls',
);
healthy(
  'large-inputs-batch-norm',
  { data: inUnits(ring(500, 116), [40]), layers: layers({ type: 'batch_norm' }, ...two), loss: LOSS.ce, steps: 250 },
  'inputs of 40, and a norm before the first weights',
);
healthy(
  'standardised-units',
  { data: inUnits(friedman(500, 117), [15, 40000, 9], [1985, 120000]), layers: one, loss: LOSS.mse, steps: 300, standardise: true },
  'years and prices, standardised by the document',
);
healthy('targets-of-5', { data: scaled(friedman(500, 118), 2, 5), layers: one, loss: LOSS.mse, optimizer: adam(0.02), steps: 400 }, 'targets around 5');
healthy(
  'weak-decay',
  {
    data: quarters(500, 119),
    layers: [...hidden(2, 24), ...output(2)],
    loss: LOSS.ce,
    optimizer: { name: 'adamw', learningRate: 0.01, weightDecay: 0.05 },
    steps: 250,
  },
  'weight decay',
);
healthy(
  'mild-dropout',
  { data: ring(500, 120), layers: [...hidden(2, 48, 'relu', { behind: [{ type: 'dropout', rate: 0.2 }] }), ...output(2)], loss: LOSS.ce, steps: 250 },
  'dropout of 0.2',
);
healthy(
  'small-l2',
  { data: friedman(500, 121), layers: [...hidden(2, 24, 'relu', { weights: { l2: 1e-4 } }), ...output(1)], loss: LOSS.mse, steps: 300 },
  'an L2 penalty',
);
healthy(
  'sparse-relu',
  {
    data: digits,
    layers: [...hidden(1, 96, 'relu', { weights: { biasInitializer: { scheme: 'constant', value: -0.3 } } }), ...output(10)],
    loss: LOSS.ce,
    optimizer: adam(0.003),
    steps: 250,
  },
  'many units off at first',
);
healthy(
  'bounded-output-that-fits',
  { data: scaled(ring(500, 122), 1), layers: [...hidden(2, 24), ...output(1)], loss: LOSS.bce, optimizer: adam(0.02), steps: 200 },
  'logits of one unit',
);
healthy(
  'zero-last-layer',
  { data: ring(500, 123), layers: [...hidden(2, 24), ...output(2, { weights: { initializer: { scheme: 'constant', value: 0 } } })], loss: LOSS.ce, steps: 250 },
  'the last weights start at zero',
);
healthy('a-useless-column', { data: withColumns(ring(500, 124), () => [0]), layers: two, loss: LOSS.ce, steps: 250 }, 'a column is always zero');
healthy('one-copy', { data: withColumns(friedman(500, 125), (row) => [row[0]!]), layers: one, loss: LOSS.mse, steps: 300 }, 'a column stands there twice');
healthy(
  'warm-up',
  {
    data: quarters(500, 126),
    layers: [...hidden(3, 24), ...output(2)],
    loss: LOSS.ce,
    optimizer: adam(0.02, { schedule: { name: 'warmup', steps: 40, then: { name: 'cosine', tMax: 260 } } }),
    steps: 300,
  },
  'rates from 0 up and down again',
);
healthy('small-batches', { data: ring(500, 127), layers: two, loss: LOSS.ce, batchSize: 4, optimizer: adam(0.003), steps: 500 }, 'a noisy loss');
healthy(
  'early-stopping',
  {
    data: plane(300, 128, 8, 0.7),
    layers: [...hidden(2, 32), ...output(1)],
    loss: LOSS.mse,
    steps: 600,
    training: { validateEvery: 10, earlyStopping: { patience: 6 } },
  },
  'early stopping ends it',
);

export const HEALTHY: readonly Healthy[] = networks;
