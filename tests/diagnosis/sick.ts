// Sick networks, each with a twin that has all but the planted cause. It counts only if, over three seeds, the twin beats the best constant answer and the sick one
// wins at most half as much over it: `npm run scoreboard -- --proof` shows that. New ones go behind: accepted names are written down before the first diagnosis.
import { clouds, friedman, inUnits, plane, quarters, type Rows, rare, relabelled, ring, saddle, scaled, shuffled, wave, withColumns } from './data.ts';
import { adam, hidden, LOSS, output, planted, type Sick, sgd, type Written } from './network.ts';

const networks: Sick[] = [];

const sick = (...network: Parameters<typeof planted>): void => void networks.push(planted(...network));

const two = [...hidden(2, 24), ...output(2)];
const one = [...hidden(2, 24), ...output(1)];
const digits = (rows: number): Written['data'] => ({ source: 'digits', rows, split: { validation: 0.2 } });

// Inputs not centred or scaled.
const UNITS = ['inputs_not_scaled'];
const years = (rows: Rows): Rows => inUnits(rows, [15, 40000, 9], [1985, 120000, 30]);
sick(
  'years-prices-softmax',
  'inputs not scaled',
  UNITS,
  'accuracy',
  { layers: two, loss: LOSS.ce, optimizer: sgd(0.05) },
  { data: years(ring(400, 3)) },
  { data: ring(400, 3) },
);
sick(
  'years-prices-saddle',
  'inputs not scaled',
  UNITS,
  'r2',
  { layers: one, loss: LOSS.mse, optimizer: adam(0.005), steps: 300 },
  { data: years(saddle(400, 4)) },
  { data: saddle(400, 4) },
);
sick(
  'far-from-zero',
  'inputs not centred',
  UNITS,
  'accuracy',
  { layers: [...hidden(3, 16, 'tanh'), ...output(2)], loss: LOSS.ce, optimizer: adam(0.005), steps: 250 },
  { data: inUnits(quarters(400, 5), [1], [300]) },
  { data: quarters(400, 5) },
);
sick(
  'one-huge-column',
  'inputs not scaled',
  UNITS,
  'accuracy',
  { layers: [...hidden(2, 32), ...output(3)], loss: LOSS.ce, optimizer: sgd(0.05) },
  { data: inUnits(clouds(450, 6, 3, 4), [1, 1, 1, 5000]) },
  { data: clouds(450, 6, 3, 4) },
);
sick(
  'tiny-inputs',
  'inputs not scaled',
  UNITS,
  'accuracy',
  { layers: two, loss: LOSS.ce, optimizer: sgd(0.1), steps: 300 },
  { data: inUnits(ring(400, 7), [1e-4]) },
  { data: ring(400, 7) },
);

// Constant or duplicated columns.
sick(
  'constant-column',
  'a constant column',
  ['constant_columns', ...UNITS],
  'r2',
  { layers: one, loss: LOSS.mse, optimizer: sgd(0.02), steps: 250 },
  { data: withColumns(friedman(400, 8), () => [4000]) },
  { data: friedman(400, 8) },
);
sick(
  'forty-copies',
  'duplicated columns',
  ['duplicate_columns', 'learning_rate_too_high'],
  'r2',
  { layers: one, loss: LOSS.mse, optimizer: sgd(0.1), steps: 200 },
  { data: withColumns(plane(400, 9, 3), (row) => Array.from({ length: 45 }, () => row[0]! * 3)) },
  { data: plane(400, 9, 3) },
);

// Targets not scaled.
const TARGETS = ['targets_not_scaled'];
sick(
  'house-prices-adam',
  'targets not scaled',
  TARGETS,
  'r2',
  { layers: one, loss: LOSS.mse, optimizer: adam(0.005), steps: 250 },
  { data: scaled(friedman(400, 10), 90000, 400000) },
  { data: friedman(400, 10) },
);
sick(
  'incomes-sgd',
  'targets not scaled',
  TARGETS,
  'r2',
  { layers: one, loss: LOSS.mse, optimizer: sgd(0.03), steps: 250 },
  { data: scaled(saddle(400, 11), 12000, 30000) },
  { data: saddle(400, 11) },
);
sick(
  'far-targets-mae',
  'targets not scaled',
  TARGETS,
  'r2',
  { layers: [...hidden(2, 16, 'tanh'), ...output(1)], loss: 'mae', optimizer: adam(0.01), steps: 300 },
  { data: scaled(wave(300, 12), 1, 2000) },
  { data: wave(300, 12) },
);
sick(
  'tiny-targets',
  'targets not scaled',
  TARGETS,
  'r2',
  { layers: [...hidden(2, 16), ...output(1)], loss: LOSS.mse, optimizer: adam(0.01), steps: 200 },
  { data: scaled(friedman(400, 13), 1e-5) },
  { data: friedman(400, 13) },
);

// An output layer that cannot answer.
const OUTPUT = ['output_cannot_answer'];
sick(
  'relu-before-loss',
  'ReLU before the loss',
  OUTPUT,
  'r2',
  { data: saddle(400, 14), loss: LOSS.mse, optimizer: adam(0.01), steps: 250 },
  { layers: [...hidden(2, 24), ...output(1, { activation: 'relu' })] },
  { layers: one },
);
sick(
  'sigmoid-before-mse',
  'sigmoid below the targets',
  [...OUTPUT, ...TARGETS],
  'r2',
  { data: scaled(friedman(400, 15), 3, 12), loss: LOSS.mse, optimizer: adam(0.03), steps: 300 },
  { layers: [...hidden(2, 24), ...output(1, { activation: 'sigmoid' })] },
  { layers: one },
);
sick(
  'sigmoid-before-bce',
  'a sigmoid before a loss of logits',
  OUTPUT,
  'accuracy',
  { data: relabelled(ring(400, 16), (y) => y), loss: LOSS.bce, optimizer: adam(0.01), steps: 200 },
  { layers: [...hidden(2, 24), ...output(1, { activation: 'sigmoid' })] },
  { layers: one },
);
sick(
  'tanh-below-targets',
  'tanh below the targets',
  [...OUTPUT, ...TARGETS],
  'r2',
  { data: scaled(wave(300, 17), 4, 3), loss: LOSS.mse, optimizer: adam(0.02), steps: 300 },
  { layers: [...hidden(2, 24), ...output(1, { activation: 'tanh' })] },
  { layers: [...hidden(2, 24), ...output(1)] },
);
sick(
  'relu-before-softmax',
  'ReLU before the loss',
  [...OUTPUT, 'dead_units'],
  'accuracy',
  { data: clouds(450, 18, 3, 3, 0.5), loss: LOSS.ce, optimizer: sgd(0.3), steps: 150 },
  { layers: [...hidden(2, 12), ...output(3, { activation: 'relu', weights: { biasInitializer: { scheme: 'constant', value: -3 } } })] },
  { layers: [...hidden(2, 12), ...output(3)] },
);

// No activation between dense layers.
const LINEAR = ['no_activation'];
sick(
  'linear-ring',
  'no activation',
  LINEAR,
  'accuracy',
  { data: ring(400, 19), loss: LOSS.ce, optimizer: adam(0.01) },
  { layers: [...hidden(3, 24, 'linear'), ...output(2)] },
  { layers: [...hidden(3, 24), ...output(2)] },
);
sick(
  'linear-saddle',
  'no activation',
  LINEAR,
  'r2',
  { data: saddle(400, 20), loss: LOSS.mse, optimizer: adam(0.01), steps: 250 },
  { layers: [{ type: 'dense', units: 32 }, { type: 'dense', units: 32 }, ...output(1)] as Written['layers'] },
  { layers: [...hidden(2, 32), ...output(1)] },
);

// Regularisers that dominate.
sick(
  'dropout-0.95',
  'dropout too strong',
  ['dropout_too_strong'],
  'r2',
  { data: friedman(400, 21), loss: LOSS.mse, optimizer: adam(0.01) },
  { layers: [...hidden(3, 20, 'relu', { behind: [{ type: 'dropout', rate: 0.95 }] }), ...output(1)] },
  { layers: [...hidden(3, 20), ...output(1)] },
);
sick(
  'dropout-0.9-tanh',
  'dropout too strong',
  ['dropout_too_strong'],
  'accuracy',
  { data: quarters(400, 22), loss: LOSS.ce, optimizer: adam(0.01) },
  { layers: [...hidden(3, 16, 'tanh', { behind: [{ type: 'dropout', rate: 0.9 }] }), ...output(2)] },
  { layers: [...hidden(3, 16, 'tanh'), ...output(2)] },
);
sick(
  'adamw-decay',
  'weight decay too strong',
  ['weight_decay_too_strong'],
  'accuracy',
  { data: ring(400, 23), layers: two, loss: LOSS.ce, steps: 250 },
  { optimizer: { name: 'adamw', learningRate: 0.01, weightDecay: 20 } },
  { optimizer: { name: 'adamw', learningRate: 0.01, weightDecay: 0.01 } },
);
sick(
  'sgd-decay',
  'weight decay too strong',
  ['weight_decay_too_strong'],
  'r2',
  { data: saddle(400, 24), layers: one, loss: LOSS.mse, steps: 250 },
  { optimizer: sgd(0.05, { weightDecay: 0.5 }) },
  { optimizer: sgd(0.05) },
);
sick(
  'l2-one',
  'L2 too strong',
  ['l2_too_strong'],
  'accuracy',
  { data: digits(600), loss: LOSS.ce, optimizer: adam(0.003), steps: 200 },
  { layers: [...hidden(2, 32, 'relu', { weights: { l2: 1 } }), ...output(10)] },
  { layers: [...hidden(2, 32), ...output(10)] },
);
sick(
  'l2-saddle',
  'L2 too strong',
  ['l2_too_strong'],
  'r2',
  { data: saddle(400, 25), loss: LOSS.mse, optimizer: sgd(0.05), steps: 250 },
  { layers: [...hidden(2, 24, 'relu', { weights: { l2: 0.5 } }), ...output(1)] },
  { layers: one },
);
sick(
  'l1-ring',
  'L1 too strong',
  ['l1_too_strong'],
  'accuracy',
  { data: ring(400, 26), loss: LOSS.ce, optimizer: adam(0.01), steps: 250 },
  { layers: [...hidden(2, 24, 'relu', { weights: { l1: 0.1 } }), ...output(2)] },
  { layers: two },
);
sick(
  'l1-friedman',
  'L1 too strong',
  ['l1_too_strong'],
  'r2',
  { data: friedman(400, 27), loss: LOSS.mse, optimizer: adam(0.01), steps: 250 },
  { layers: [...hidden(2, 24, 'tanh', { weights: { l1: 0.8 } }), ...output(1)] },
  { layers: [...hidden(2, 24, 'tanh'), ...output(1)] },
);

// A rare class that is never answered: judged by F1. The twin weighs the classes.
const RARE = ['class_imbalance', 'one_class_only'];
const weighed = (weight: number): Written['loss'] => ({ name: 'bce_with_logits', posWeight: weight }) as Written['loss'];
sick(
  'rare-3-percent',
  'class imbalance',
  RARE,
  'f1',
  { data: rare(900, 28, 0.04), layers: [...hidden(1, 12), ...output(1)], optimizer: sgd(0.05), steps: 150 },
  { loss: LOSS.bce },
  { loss: weighed(12) },
);
sick(
  'rare-5-percent',
  'class imbalance',
  RARE,
  'f1',
  { data: rare(800, 29, 0.05), layers: [...hidden(2, 12, 'tanh'), ...output(1)], optimizer: sgd(0.02), steps: 250 },
  { loss: LOSS.bce },
  { loss: weighed(10) },
);

// Too small a batch for batch norm.
const norm = (units: number, depth: number, activation: string): Written['layers'] =>
  [{ type: 'repeat', times: depth, layers: [{ type: 'dense', units }, { type: 'batch_norm' }, { type: 'activation', name: activation }] }] as Written['layers'];
sick(
  'batch-of-2',
  'a batch too small for batch norm',
  ['batch_too_small'],
  'accuracy',
  { data: quarters(400, 30), layers: [...norm(16, 3, 'relu'), ...output(2)], loss: LOSS.ce, optimizer: adam(0.01), steps: 250 },
  { batchSize: 2 },
  { batchSize: 32 },
);
sick(
  'batch-of-2-deep',
  'a batch too small for batch norm',
  ['batch_too_small'],
  'r2',
  { data: saddle(400, 31), layers: [...norm(24, 4, 'tanh'), ...output(1)], loss: LOSS.mse, optimizer: adam(0.005), steps: 250 },
  { batchSize: 2 },
  { batchSize: 40 },
);

// Units of a layer all alike.
const ALIKE = ['symmetric_units'];
const same = (value: number): object => ({ weights: { initializer: { scheme: 'constant', value } } });
sick(
  'constant-weights',
  'units all alike',
  ALIKE,
  'accuracy',
  { data: digits(600), loss: LOSS.ce, optimizer: adam(0.005), steps: 200 },
  { layers: [...hidden(2, 32, 'tanh', same(0.03)), ...output(10, same(0.03))] },
  { layers: [...hidden(2, 32, 'tanh'), ...output(10)] },
);
sick(
  'zero-weights',
  'units all alike',
  ALIKE,
  'accuracy',
  { data: ring(400, 32), loss: LOSS.ce, optimizer: sgd(0.1), steps: 250 },
  { layers: [...hidden(2, 24, 'relu', same(0)), ...output(2, same(0))] },
  { layers: two },
);

// Learning rates.
const HIGH = ['learning_rate_too_high'];
const LOW = ['learning_rate_too_low'];
sick(
  'adam-rate-1',
  'learning rate too high',
  HIGH,
  'accuracy',
  { data: digits(600), layers: [...hidden(3, 32), ...output(10)], loss: LOSS.ce, steps: 200 },
  { optimizer: adam(1) },
  { optimizer: adam(0.003) },
);
sick(
  'sgd-rate-3',
  'learning rate too high',
  HIGH,
  'r2',
  { data: friedman(400, 33), layers: one, loss: LOSS.mse },
  { optimizer: sgd(3) },
  { optimizer: sgd(0.03) },
);
sick(
  'momentum-rate',
  'learning rate too high',
  HIGH,
  'accuracy',
  { data: clouds(500, 34, 5, 6, 1), layers: [...hidden(2, 32), ...output(5)], loss: LOSS.ce },
  { optimizer: sgd(2, { momentum: 0.95 }) },
  { optimizer: sgd(0.02, { momentum: 0.9 }) },
);
sick(
  'rmsprop-rate',
  'learning rate too high',
  HIGH,
  'r2',
  { data: saddle(400, 35), layers: [...hidden(2, 24, 'tanh'), ...output(1)], loss: LOSS.mse },
  { optimizer: { name: 'rmsprop', learningRate: 1 } },
  { optimizer: { name: 'rmsprop', learningRate: 0.005 } },
);
sick(
  'adam-rate-1e-6',
  'learning rate too low',
  LOW,
  'accuracy',
  { data: digits(600), layers: [...hidden(2, 32), ...output(10)], loss: LOSS.ce },
  { optimizer: adam(1e-6) },
  { optimizer: adam(0.003) },
);
sick(
  'sgd-rate-1e-5',
  'learning rate too low',
  LOW,
  'r2',
  { data: saddle(400, 36), layers: one, loss: LOSS.mse, steps: 250 },
  { optimizer: sgd(1e-5) },
  { optimizer: sgd(0.05) },
);
sick(
  'sgd-rate-2e-4',
  'learning rate too low',
  LOW,
  'accuracy',
  { data: ring(400, 37), layers: [...hidden(2, 24, 'tanh'), ...output(2)], loss: LOSS.ce, steps: 300 },
  { optimizer: sgd(2e-4) },
  { optimizer: sgd(0.3) },
);
sick(
  'rate-times-l2',
  'rate times penalty above 2',
  ['rate_times_penalty', 'l2_too_strong', 'learning_rate_too_high'],
  'r2',
  { data: plane(300, 38, 4), loss: LOSS.mse, steps: 150 },
  { layers: [...hidden(2, 16, 'relu', { weights: { l2: 30 } }), ...output(1)], optimizer: sgd(0.1) },
  { layers: [...hidden(2, 16), ...output(1)], optimizer: sgd(0.1) },
);
sick(
  'rate-times-decay',
  'rate times penalty above 2',
  ['rate_times_penalty', 'weight_decay_too_strong', 'learning_rate_too_high'],
  'accuracy',
  { data: ring(300, 39), layers: two, loss: LOSS.ce, steps: 150 },
  { optimizer: { name: 'adamw', learningRate: 0.02, weightDecay: 110 } },
  { optimizer: { name: 'adamw', learningRate: 0.02, weightDecay: 0.01 } },
);

// Targets that tell nothing.
sick(
  'random-labels',
  'random targets',
  ['random_targets', 'overfitting'],
  'accuracy',
  { layers: [...hidden(2, 32), ...output(3)], loss: LOSS.ce, steps: 300 },
  { data: shuffled(clouds(300, 40, 3, 4), 1) },
  { data: clouds(300, 40, 3, 4) },
);
sick(
  'constant-targets',
  'constant targets',
  ['constant_targets'],
  'r2',
  { layers: one, loss: LOSS.mse, steps: 100 },
  { data: scaled(friedman(300, 41), 0, 2) },
  { data: friedman(300, 41) },
);

// What the first rules were written for.
sick(
  'sigmoid-30',
  'the gradient vanishes',
  ['vanishing_with_depth'],
  'accuracy',
  { data: ring(400, 42), loss: LOSS.ce, optimizer: adam(0.005), steps: 250 },
  { layers: [...hidden(20, 16, 'sigmoid'), ...output(2)] },
  { layers: [...hidden(3, 16, 'tanh'), ...output(2)] },
);
sick(
  'tanh-small-weights',
  'the gradient vanishes',
  ['vanishing_with_depth', 'forward_scale'],
  'r2',
  { data: saddle(400, 43), loss: LOSS.mse, optimizer: sgd(0.05), steps: 250 },
  { layers: [...hidden(12, 20, 'tanh', { weights: { initializer: { scheme: 'normal', std: 0.03 } } }), ...output(1)] },
  { layers: [...hidden(3, 20, 'tanh'), ...output(1)] },
);
sick(
  'relu-large-weights',
  'the gradient explodes',
  ['exploding_with_depth', 'forward_scale', 'non_finite'],
  'accuracy',
  { data: clouds(400, 44, 4, 5), loss: LOSS.ce, optimizer: sgd(0.01), steps: 200 },
  { layers: [...hidden(14, 24, 'relu', { weights: { initializer: { scheme: 'normal', std: 0.9 } } }), ...output(4)] },
  { layers: [...hidden(4, 24), ...output(4)] },
);
sick(
  'relu-explodes-to-nan',
  'the gradient explodes',
  ['exploding_with_depth', 'forward_scale', 'non_finite'],
  'r2',
  { data: friedman(300, 45), loss: LOSS.mse, optimizer: sgd(0.01), steps: 150 },
  { layers: [...hidden(20, 24, 'relu', { weights: { initializer: { scheme: 'normal', std: 1.2 } } }), ...output(1)] },
  { layers: [...hidden(3, 24), ...output(1)] },
);
sick(
  'dead-by-bias',
  'dead units',
  ['dead_units'],
  'accuracy',
  { data: quarters(400, 46), loss: LOSS.ce, optimizer: sgd(0.1), steps: 250 },
  { layers: [...hidden(3, 20, 'relu', { weights: { biasInitializer: { scheme: 'constant', value: -4 } } }), ...output(2)] },
  { layers: [...hidden(3, 20), ...output(2)] },
);
sick(
  'saturated-tanh',
  'saturated units',
  ['saturated', 'forward_scale', 'exploding_with_depth'],
  'accuracy',
  { data: quarters(400, 47), loss: LOSS.ce, optimizer: sgd(0.02), steps: 250 },
  { layers: [...hidden(4, 24, 'tanh', { weights: { initializer: { scheme: 'normal', std: 8 } } }), ...output(2)] },
  { layers: [...hidden(4, 24, 'tanh'), ...output(2)], optimizer: sgd(0.2) },
);
sick(
  'forty-rows',
  'overfitting',
  ['overfitting', 'overtraining'],
  'r2',
  { loss: LOSS.mse, optimizer: adam(0.01), steps: 500 },
  { data: plane(60, 48, 12, 1), layers: [...hidden(2, 64), ...output(1)] },
  { data: plane(600, 48, 12, 1), layers: output(1) },
);
sick(
  'memorised',
  'overfitting',
  ['overfitting', 'overtraining'],
  'r2',
  { loss: LOSS.mse, optimizer: adam(0.01), steps: 600 },
  { data: wave(40, 49, 1), layers: [...hidden(3, 64), ...output(1)] },
  { data: wave(400, 49, 1), layers: [...hidden(2, 16), ...output(1)], steps: 200 },
);

export const SICK: readonly Sick[] = networks;
