// The sick networks of the third set, made without sight of the rules or of the other sets' networks, from issue texts and public reports, and frozen before
// any of them was diagnosed. SO is a question of Stack Overflow, DL the benchmark of DeepLocalize (github.com/Wardat-ISU/DeepLocalize), NL the samples of NeuraLint
// (github.com/neuralint/neuralint), AT the demo cases of AutoTrainer (github.com/shiningrain/AUTOTRAINER), FD the subjects of DeepFD (github.com/ArabelaTso/DeepFD).
import { adam, document, hidden, LOSS, output, type Score, type Sick, sgd, type Written } from './network.ts';
import * as data from './third_data.ts';

type Layer = Written['layers'][number];

/** A network of which the twin is given, and what the planted cause changes of it. */
const sick = (name: string, cause: string, accepted: readonly string[], score: Score, twin: Written, planted: Partial<Written>): Sick => ({
  name,
  cause,
  accepted,
  score,
  document: document({ ...twin, ...planted }),
  twin: document(twin),
});

const { ce, bce, mse } = LOSS;
const mae = 'mae' as const;
const image = (size: number): Layer => ({ type: 'reshape', shape: [size, size, 1] });
const activation = (name: string): Layer => ({ type: 'activation', name }) as Layer;
const dropout = (rate: number): Layer => ({ type: 'dropout', rate });
const pool: Layer = { type: 'max_pool2d', kernelSize: 2 };
const flatten: Layer = { type: 'flatten' };
const normal = (std: number): object => ({ initializer: { scheme: 'normal', std } });
const constant = (value: number): object => ({ initializer: { scheme: 'constant', value } });
const he = (gain: number): object => ({ initializer: { scheme: 'he_normal', gain } });
const lecun = (gain = 1): object => ({ initializer: { scheme: 'lecun_normal', gain } });
const glorot: object = { initializer: { scheme: 'glorot_uniform' } };

/** Weights and an activation; convolutions keep the size of their images. */
const conv = (filters: number, name = 'relu', weights: object = {}): Layer[] =>
  [{ type: 'conv2d', filters, kernelSize: 3, padding: 'same', ...weights }, activation(name)] as Layer[];
const dense = (units: number, name = 'relu', weights: object = {}): Layer[] => [{ type: 'dense', units, ...weights }, activation(name)] as Layer[];
/** Hidden layers with a batch norm before each activation. */
const normed = (depth: number, units: number): Layer[] => [
  { type: 'repeat', times: depth, layers: [{ type: 'dense', units }, { type: 'batch_norm' }, activation('relu')] } as Layer,
];

// 1. To be seen in the rows alone, without a network.

const IN_ROWS: Sick[] = [
  // SO 44066044 (DL): eleven columns of network packets as they come, a network of 12 and 12 units, Adam. Strong.
  sick(
    'packets-raw',
    'columns from flags to addresses of millions',
    ['inputs_not_scaled'],
    'accuracy',
    { data: data.neat(data.packets(400, 1)), layers: [...hidden(2, 12), ...output(1)], loss: bce, optimizer: adam(0.003), steps: 200, batchSize: 16 },
    { data: data.packets(400, 1) },
  ),
  // SO 31627380 (DL): Titanic's passengers in years and pounds, one wide layer with dropout. Mild.
  sick(
    'passengers-raw',
    'age and fare as they come beside columns of 0 and 1',
    ['inputs_not_scaled'],
    'accuracy',
    {
      data: data.neat(data.passengers(500, 2)),
      layers: [...dense(128), dropout(0.5), ...output(2)],
      loss: ce,
      optimizer: sgd(0.03),
      steps: 200,
    },
    { data: data.passengers(500, 2) },
  ),
  // AT Data_Issue_case and SO 48594888 (DL): pixels from 0 to 255 into a convolutional network.
  sick(
    'shapes-bytes',
    'pixels of 0 to 255 instead of 0 to 1',
    ['inputs_not_scaled'],
    'accuracy',
    {
      data: data.shapes(360, 3, 10, 0.1),
      layers: [image(10), ...conv(8), pool, ...conv(12), pool, flatten, ...dense(32), ...output(3)],
      loss: ce,
      optimizer: sgd(0.05, { momentum: 0.9 }),
      steps: 150,
    },
    { data: data.inputs(data.shapes(360, 3, 10, 0.1), (row) => row.map((pixel) => 255 * pixel)) },
  ),
  // Air pressure of 1013 +- 6 beside humidity: github.com/keras-team/keras/issues/6447 ("scale your dataset first").
  sick(
    'station-offset',
    'columns far from 0, pressure of 1013 +- 6 among them',
    ['inputs_not_scaled'],
    'r2',
    {
      data: data.neat(data.neatTargets(data.station(400, 4))),
      layers: [...hidden(2, 24, 'tanh', { weights: glorot }), ...output(1)],
      loss: mse,
      optimizer: adam(0.01),
    },
    { data: data.neatTargets(data.station(400, 4)) },
  ),
  // Lengths in metres of things of millimetres.
  sick(
    'grains-in-metres',
    'inputs of thousandths',
    ['inputs_not_scaled'],
    'accuracy',
    { data: data.neat(data.grains(360, 5)), layers: [...hidden(2, 24), ...output(3)], loss: ce, optimizer: sgd(0.05, { momentum: 0.9 }), steps: 150 },
    { data: data.inputs(data.grains(360, 5), (row) => row.map((value) => value / 1000)) },
  ),
  // kaggle-melbourne_properties (DL, GitHub): prices in dollars, two layers of 20 tanh, MAE, Adam.
  sick(
    'impedance-in-milliohms',
    'targets of hundreds of thousands',
    ['targets_not_scaled'],
    'r2',
    {
      data: data.neat(data.neatTargets(data.impedance(400, 7))),
      layers: [...hidden(2, 20, 'tanh', { weights: glorot }), ...output(1)],
      loss: mae,
      optimizer: adam(0.01),
      steps: 300,
    },
    { data: data.neat(data.answers(data.impedance(400, 7), (ohm) => 1000 * ohm)) },
  ),
  // SO 52800582 (DL): x from -100 to 100, y = x^4; sigmoid, then ELU, MSE, Adam.
  sick(
    'quartic',
    'targets up to 100 million, inputs up to 100',
    ['targets_not_scaled', 'inputs_not_scaled'],
    'r2',
    {
      data: data.neat(data.neatTargets(data.power(300, 8, 4))),
      layers: [...dense(50, 'sigmoid'), ...dense(50, 'elu'), ...output(1)],
      loss: mse,
      optimizer: adam(0.005),
      steps: 200,
    },
    {
      data: data.inputs(
        data.answers(data.power(300, 8, 4), (y) => 1e8 * y),
        (row) => row.map((x) => 100 * x),
      ),
    },
  ),
  // Bicycles in an hour, 0 to 800: Adam's steps are too short for them. Mild.
  sick(
    'bicycles-in-hundreds',
    'targets of hundreds',
    ['targets_not_scaled'],
    'r2',
    { data: data.neatTargets(data.bicycles(500, 9)), layers: [...hidden(2, 32), ...output(1)], loss: mse, optimizer: adam(0.002), steps: 150 },
    { data: data.bicycles(500, 9) },
  ),
  // Yields of millionths, which any output misses by more than they differ.
  sick(
    'station-in-millionths',
    'targets of about 0.00001',
    ['targets_not_scaled'],
    'r2',
    { data: data.neat(data.neatTargets(data.station(400, 10))), layers: [...hidden(2, 24), ...output(1)], loss: mse, optimizer: adam(0.01), steps: 200 },
    { data: data.neat(data.answers(data.neatTargets(data.station(400, 10)), (y) => 1e-5 * y)) },
  ),
  // The year of all rows, and codes that never change, beside five columns of deviation 1.
  sick(
    'passengers-one-year',
    'three constant columns of 2015, 100 and 58',
    ['constant_columns', 'inputs_not_scaled'],
    'accuracy',
    { data: data.neat(data.passengers(500, 11)), layers: [...hidden(2, 32), ...output(2)], loss: ce, optimizer: sgd(0.05), steps: 200 },
    { data: data.inputs(data.neat(data.passengers(500, 11)), (row) => [...row, 2015, 100, 58]) },
  ),
  // The same four measures joined in by every merge of tables.
  sick(
    'slope-repeated',
    'every column sixty times over',
    ['duplicate_columns'],
    'r2',
    { data: data.slope(300, 12, 4, 0.2), layers: [...hidden(1, 32), ...output(1)], loss: mse, optimizer: sgd(0.09), steps: 150 },
    { data: data.inputs(data.slope(300, 12, 4, 0.2), (row) => row.flatMap((value) => Array.from({ length: 60 }, () => value))) },
  ),
  // Inputs shuffled without their targets, as SO 39217567 (DL) does with `random.shuffle(y)`.
  sick(
    'waveforms-torn',
    'inputs in another order than targets, classes',
    ['random_targets'],
    'accuracy',
    { data: data.waveforms(450, 13), layers: [...hidden(1, 24), ...output(3)], loss: ce, optimizer: adam(0.005), steps: 150 },
    { data: data.torn(data.waveforms(450, 13), 1) },
  ),
  sick(
    'hills-torn',
    'inputs in another order than targets, numbers',
    ['random_targets'],
    'r2',
    { data: data.hills(500, 14), layers: [...hidden(2, 24, 'tanh'), ...output(1)], loss: mse, optimizer: adam(0.01), steps: 250 },
    { data: data.torn(data.hills(500, 14), 2) },
  ),
  // A column that was read wrongly, so that all targets are its default.
  sick(
    'bicycles-one-answer',
    'all targets alike',
    ['constant_targets'],
    'r2',
    { data: data.neatTargets(data.bicycles(400, 15)), layers: [...hidden(2, 24), ...output(1)], loss: mse, optimizer: adam(0.005), steps: 200 },
    { data: data.answers(data.bicycles(400, 15), () => 1.52) },
  ),
  // github.com/keras-team/keras/issues/10292: 82 % right, and 0 is always the answer.
  sick(
    'applicants-rare',
    'one row of 25 of the class that matters, which counts no more than any other',
    ['class_imbalance'],
    'f1',
    {
      data: data.applicants(600, 16, 0.04, 1.6),
      layers: [...hidden(1, 16), ...output(1)],
      loss: { name: 'bce_with_logits', posWeight: [24] },
      optimizer: adam(0.003),
      steps: 120,
    },
    { loss: bce },
  ),
  sick(
    'applicants-rare-deeper',
    'one row of 12 of the class that matters, which overlap',
    ['class_imbalance'],
    'f1',
    { data: data.applicants(600, 17, 0.5, 0.8), layers: [...hidden(3, 24, 'gelu'), ...output(2)], loss: ce, optimizer: sgd(0.05), steps: 150 },
    { data: data.applicants(600, 17, 0.083, 0.8) },
  ),
];

// 2. To be seen in the document, without a step.

const IN_DOCUMENT: Sick[] = [
  // The sigmoid that the loss has already, written before it once more, as in NL TF_lenet_redundant_activation.
  sick(
    'packets-sigmoid-twice',
    'sigmoid before binary cross entropy with logits: no answer below one half',
    ['output_cannot_answer'],
    'accuracy',
    { data: data.neat(data.packets(400, 20)), layers: [...hidden(2, 12), ...output(1)], loss: bce, optimizer: adam(0.005), steps: 150, batchSize: 16 },
    { layers: [...hidden(2, 12), ...output(1, { activation: 'sigmoid' })] },
  ),
  // SO 51930566 and SO 59278771 (DL): iris with 4 units, weights of 0.05, and sigmoid behind the outputs. Mild.
  sick(
    'displays-sigmoid-last',
    'sigmoid before softmax cross entropy',
    ['output_cannot_answer'],
    'accuracy',
    { data: data.displays(500, 22), layers: [...hidden(1, 24), ...output(10)], loss: ce, optimizer: sgd(0.05), steps: 100, batchSize: 16 },
    { layers: [...hidden(1, 24), ...output(10, { activation: 'sigmoid' })] },
  ),
  // SO 50555434 (NL): ReLU layers, sigmoid behind the output, MAE.
  sick(
    'slope-sigmoid-mae',
    'sigmoid behind the output, targets from -3 to 3, MAE',
    ['output_cannot_answer'],
    'r2',
    {
      data: data.slope(500, 24, 12, 0.1),
      layers: [...dense(20), ...dense(15), ...dense(6), ...output(1)],
      loss: mae,
      optimizer: adam(0.005),
      steps: 250,
    },
    { layers: [...dense(20), ...dense(15), ...dense(6), ...output(1, { activation: 'sigmoid' })] },
  ),
  // SO 48251943 (DL): ReLU behind the output of a regression whose targets are below 0.
  sick(
    'arm-relu-last',
    'ReLU behind the output, targets below 0',
    ['output_cannot_answer'],
    'r2',
    {
      data: data.answers(data.arm(400, 25), (y) => y - 1.5),
      layers: [...hidden(2, 24), ...output(1)],
      loss: mse,
      optimizer: adam(0.01),
      steps: 200,
    },
    { layers: [...hidden(2, 24), ...output(1, { activation: 'relu' })] },
  ),
  // UMLAUT's second study program (github.com/BerkeleyHCI/umlaut, user_eval/eval_b.py): all convolutions and dense layers linear.
  sick(
    'weaves-linear',
    'convolutions and dense layers without an activation',
    ['no_activation'],
    'accuracy',
    {
      data: data.weaves(400, 27),
      layers: [image(8), ...conv(8), ...conv(8), flatten, ...dense(24), ...output(3)],
      loss: ce,
      optimizer: adam(0.003),
      steps: 150,
    },
    { layers: [image(8), ...conv(8, 'linear'), ...conv(8, 'linear'), flatten, ...dense(24, 'linear'), ...output(3)] },
  ),
  // FacialKeypointsDetection (DL, GitHub): dense layers of 50, 100 and 30, and none between them.
  sick(
    'hills-linear',
    'dense layers of 50 and 100 without an activation',
    ['no_activation'],
    'r2',
    { data: data.hills(400, 28), layers: [...dense(50), ...dense(100), ...output(1)], loss: mse, optimizer: adam(0.01), steps: 200 },
    {
      layers: [
        { type: 'dense', units: 50 },
        { type: 'dense', units: 100 },
        { type: 'dense', units: 1 },
      ],
    },
  ),
  // NL TF_lenet_constant_init: every weight of a convolutional network alike.
  sick(
    'weaves-constant',
    'all weights of convolutions and dense layers 0.05',
    ['symmetric_units'],
    'accuracy',
    {
      data: data.weaves(400, 30),
      layers: [image(8), ...conv(8), pool, flatten, ...dense(24), ...output(3)],
      loss: ce,
      optimizer: adam(0.003),
      steps: 150,
    },
    { layers: [image(8), ...conv(8, 'relu', constant(0.05)), pool, flatten, ...dense(24, 'relu', constant(0.05)), ...output(3, { weights: constant(0.05) })] },
  ),
  // NL TF_lenet_zeros_init, and NL GitHub 2 (`kernel_initializer='zero'`).
  sick(
    'waveforms-zeros',
    'all weights 0',
    ['symmetric_units'],
    'accuracy',
    { data: data.waveforms(400, 31), layers: [...hidden(2, 24), ...output(3)], loss: ce, optimizer: sgd(0.1), steps: 150 },
    { layers: [...hidden(2, 24, 'relu', { weights: constant(0) }), ...output(3, { weights: constant(0) })] },
  ),
  // SO 60566498 (NL): dropout of 0.8 behind a convolutional network; here 0.9.
  sick(
    'shapes-dropout',
    'dropout of 0.9 in all layers of a convolutional network',
    ['dropout_too_strong'],
    'accuracy',
    {
      data: data.shapes(360, 33, 10),
      layers: [image(10), ...conv(8), pool, flatten, dropout(0.1), ...dense(32), dropout(0.1), ...output(3)],
      loss: ce,
      optimizer: adam(0.003),
      steps: 150,
    },
    { layers: [image(10), ...conv(8), dropout(0.8), pool, flatten, dropout(0.9), ...dense(32), dropout(0.9), ...output(3)] },
  ),
  // SO 33969059 (DL, NL): dropout of one half behind layers of three and two units. Mild.
  sick(
    'arm-dropout-narrow',
    'dropout of one half behind layers of four units',
    ['dropout_too_strong'],
    'r2',
    { data: data.arm(400, 34), layers: [...hidden(3, 4, 'tanh', { weights: glorot }), ...output(1)], loss: mse, optimizer: adam(0.02), steps: 400 },
    { layers: [...hidden(3, 4, 'tanh', { weights: glorot, behind: [dropout(0.5)] }), ...output(1)] },
  ),
  // github.com/BVLC/caffe/issues/1396: with a weight decay of 0.5 every input gets the same answer.
  sick(
    'clouded-decay',
    'weight decay of 0.5',
    ['weight_decay_too_strong'],
    'accuracy',
    { data: data.clouded(400, 36), layers: [...hidden(2, 32), ...output(2)], loss: ce, optimizer: sgd(0.1), steps: 200 },
    { optimizer: sgd(0.1, { weightDecay: 0.5 }) },
  ),
  // SO 55328966 (DL): an L2 penalty on every layer.
  sick(
    'displays-l2',
    'L2 of 0.3 on both layers',
    ['l2_too_strong'],
    'accuracy',
    { data: data.displays(500, 38), layers: [...hidden(1, 32), ...output(10)], loss: ce, optimizer: sgd(0.2), steps: 200 },
    { layers: [...hidden(1, 32, 'relu', { weights: { l2: 0.3 } }), ...output(10, { weights: { l2: 0.3 } })] },
  ),
  sick(
    'beats-l1',
    'L1 of 0.1 on convolutions along time and dense layers',
    ['l1_too_strong'],
    'accuracy',
    { data: data.beats(360, 40), layers: beatLayers(), loss: ce, optimizer: adam(0.005), steps: 150 },
    { layers: beatLayers({ l1: 0.1 }) },
  ),
  sick(
    'grains-rate-times-l2',
    'L2 of 6 at a rate of 0.4: each step turns the weights over and makes them larger',
    ['rate_times_penalty'],
    'accuracy',
    { data: data.neat(data.grains(360, 42)), layers: [...hidden(2, 16, 'tanh'), ...output(3)], loss: ce, optimizer: sgd(0.4), steps: 150 },
    { layers: [...hidden(2, 16, 'tanh', { weights: { l2: 6 } }), ...output(3, { weights: { l2: 6 } })] },
  ),
  // github.com/pytorch/pytorch/issues/4741: fine on batches, wrong in evaluation; the batches were too small.
  sick(
    'ribbons-batch-of-two',
    'batch norm over two rows',
    ['batch_too_small'],
    'accuracy',
    { data: data.ribbons(500, 44, 3), layers: [...normed(3, 32), ...output(3)], loss: ce, optimizer: sgd(0.05), steps: 250, batchSize: 64 },
    { batchSize: 2 },
  ),
  sick(
    'hills-batch-of-two',
    'batch norm over two rows, five layers, numbers',
    ['batch_too_small'],
    'r2',
    { data: data.hills(500, 45), layers: [...normed(5, 24), ...output(1)], loss: mse, optimizer: adam(0.01), steps: 250, batchSize: 64 },
    { batchSize: 2 },
  ),
];

/** Two convolutions along time and a dense layer. */
function beatLayers(weights: object = {}): Layer[] {
  return [
    { type: 'reshape', shape: [32, 1] },
    { type: 'conv1d', filters: 8, kernelSize: 5, stride: 2, ...weights },
    activation('relu'),
    { type: 'conv1d', filters: 12, kernelSize: 3, stride: 2, ...weights },
    activation('relu'),
    flatten,
    ...dense(24, 'relu', weights),
    ...output(3, { weights }),
  ] as Layer[];
}

// 3. To be seen at the first step, in one pass forward and back.

const IN_FIRST_STEP: Sick[] = [
  // SO 34311586 (DL, NL): sigmoid layers whose weights are drawn from -0.05 to 0.05.
  sick(
    'octants-small-start',
    'weights of 0.005 behind sigmoids',
    ['initial_weights_too_small', 'vanishing_with_depth'],
    'accuracy',
    { data: data.octants(600, 50), layers: [...hidden(2, 32, 'sigmoid', { weights: lecun(4) }), ...output(2)], loss: ce, optimizer: adam(0.02), steps: 400 },
    { layers: [...hidden(2, 32, 'sigmoid', { weights: normal(0.005) }), ...output(2, { weights: normal(0.005) })] },
  ),
  // AT Gradient_Vanish_Case: dense sigmoid layers on two columns.
  sick(
    'grains-sigmoid-deep',
    'ten sigmoid layers',
    ['vanishing_with_depth'],
    'accuracy',
    { data: data.neat(data.grains(360, 52)), layers: [...hidden(10, 24), ...output(3)], loss: ce, optimizer: adam(0.003), steps: 120 },
    { layers: [...hidden(10, 24, 'sigmoid'), ...output(3)] },
  ),
  // SO 58609115 (DL): three sigmoid layers of weights of 0.05, many classes.
  sick(
    'displays-sigmoid-start',
    'four sigmoid layers of weights of 0.05',
    ['vanishing_with_depth', 'initial_weights_too_small'],
    'accuracy',
    { data: data.displays(500, 53), layers: [...hidden(4, 48), ...output(10)], loss: ce, optimizer: adam(0.003), steps: 150 },
    { layers: [...hidden(4, 48, 'sigmoid', { weights: normal(0.05) }), ...output(10, { weights: normal(0.05) })] },
  ),
  sick(
    'station-tanh-deep',
    'thirty tanh layers whose weights are half of what they should be',
    ['vanishing_with_depth', 'initial_weights_too_small', 'forward_scale'],
    'r2',
    {
      data: data.neat(data.neatTargets(data.station(400, 54))),
      layers: [...hidden(30, 16, 'tanh', { weights: lecun() }), ...output(1)],
      loss: mse,
      optimizer: sgd(0.01),
      steps: 200,
    },
    { layers: [...hidden(30, 16, 'tanh', { weights: lecun(0.5) }), ...output(1)] },
  ),
  // RandomNormal(stddev=1), as in SO 48385830 (DL).
  sick(
    'waveforms-weights-of-one',
    'weights of deviation 1 in six ReLU layers of 64',
    ['exploding_with_depth', 'forward_scale'],
    'accuracy',
    { data: data.waveforms(400, 55), layers: [...hidden(6, 64), ...output(3)], loss: ce, optimizer: sgd(0.02), steps: 150 },
    { layers: [...hidden(6, 64, 'relu', { weights: normal(1) }), ...output(3, { weights: normal(1) })] },
  ),
  sick(
    'bicycles-exploding',
    'sixteen ReLU layers whose weights are twice what they should be',
    ['exploding_with_depth', 'forward_scale'],
    'r2',
    { data: data.neatTargets(data.bicycles(400, 56)), layers: [...hidden(16, 24), ...output(1)], loss: mse, optimizer: adam(0.002), steps: 250 },
    { layers: [...hidden(16, 24, 'relu', { weights: he(2) }), ...output(1)] },
  ),
  sick(
    'ribbons-saturated',
    'weights of deviation 3 in four tanh layers of 48',
    ['saturated', 'exploding_with_depth'],
    'accuracy',
    { data: data.ribbons(600, 57, 3), layers: [...hidden(4, 48, 'tanh', { weights: lecun(1.5) }), ...output(3)], loss: ce, optimizer: adam(0.003), steps: 200 },
    { layers: [...hidden(4, 48, 'tanh', { weights: normal(3) }), ...output(3)] },
  ),
  // github.com/facebookresearch/dlrm/pull/358: a large negative bias, and no unit ever answers.
  sick(
    'messages-dead',
    'biases of -12 before ReLU',
    ['dead_units'],
    'accuracy',
    { data: data.messages(400, 59, 4, 30), layers: [...hidden(2, 32), ...output(4)], loss: ce, optimizer: adam(0.003), steps: 150 },
    { layers: [...hidden(2, 32, 'relu', { weights: { biasInitializer: { scheme: 'constant', value: -12 } } }), ...output(4)] },
  ),
];

// 4. To be seen in a run alone.

const IN_RUN: Sick[] = [
  // github.com/keras-team/keras/issues/3040: y = 2 x for x from 0 to 200, SGD at 0.001: "realized my learning rate was too high".
  sick(
    'line-of-keras-3040',
    'a rate of 0.001 for inputs up to 200',
    ['learning_rate_too_high', 'inputs_not_scaled'],
    'r2',
    {
      data: { x: Array.from({ length: 200 }, (_, i) => [i]), y: Array.from({ length: 200 }, (_, i) => 2 * i) },
      layers: output(1),
      loss: mse,
      optimizer: sgd(0.00002),
      steps: 100,
      batchSize: 10,
    },
    { optimizer: sgd(0.001) },
  ),
  // SO 48934338 (DL): a parabola up to 125, 50 and 30 units, SGD at 0.1.
  sick(
    'parabola-rate',
    'a rate of 0.1 for targets up to 125',
    ['learning_rate_too_high', 'targets_not_scaled'],
    'r2',
    {
      data: data.inputs(
        data.answers(data.power(300, 61, 2), (y) => 125 * y),
        ([x]) => [5 * Math.abs(x!)],
      ),
      layers: [...dense(50), ...dense(30), ...output(1)],
      loss: mse,
      optimizer: sgd(0.0003),
      steps: 400,
      batchSize: 32,
    },
    { optimizer: sgd(0.1) },
  ),
  // FacialKeypointsDetection (DL, GitHub): Adam at 0.1.
  sick(
    'spots-rate',
    'Adam at 0.1 in a convolutional network',
    ['learning_rate_too_high'],
    'r2',
    {
      data: data.spots(300, 62),
      layers: [image(10), ...conv(6), pool, ...conv(8), flatten, ...dense(32), ...output(1)],
      loss: mse,
      optimizer: adam(0.003),
      steps: 200,
    },
    { optimizer: adam(0.2) },
  ),
  // AT Oscillating_Loss_Case: small batches, steps that are a little too long. Mild.
  sick(
    'octants-oscillating',
    'a rate that is some times too high, batches of 8',
    ['learning_rate_too_high', 'loss_oscillating'],
    'accuracy',
    { data: data.octants(600, 65), layers: [...hidden(3, 48), ...output(2)], loss: ce, optimizer: adam(0.005), steps: 300, batchSize: 8 },
    { optimizer: adam(0.08) },
  ),
  // TensorFlow 2's default rate of Adadelta, 0.001: github.com/keras-team/keras/issues/13418 and its like.
  sick(
    'displays-adadelta',
    'Adadelta at 0.001',
    ['learning_rate_too_low'],
    'accuracy',
    { data: data.displays(500, 69), layers: [...hidden(2, 32), ...output(10)], loss: ce, optimizer: { name: 'adadelta', learningRate: 1 }, steps: 250 },
    { optimizer: { name: 'adadelta', learningRate: 0.001 } },
  ),
  // A decay meant for epochs, taken at every step.
  sick(
    'waveforms-decayed',
    'a rate that falls to 0.6 of itself at every step',
    ['learning_rate_too_low'],
    'accuracy',
    { data: data.waveforms(400, 70), layers: [...hidden(2, 32), ...output(3)], loss: ce, optimizer: sgd(0.05), steps: 200 },
    { optimizer: sgd(0.05, { schedule: { name: 'exponential', gamma: 0.6 } }) },
  ),
  // FD 31556268, which passes `clipnorm=0.0`: a gradient that is cut to nothing.
  sick(
    'bicycles-clipped',
    'the gradient clipped to a norm of 0.001',
    ['learning_rate_too_low'],
    'r2',
    { data: data.neatTargets(data.bicycles(400, 71)), layers: [...hidden(2, 32), ...output(1)], loss: mse, optimizer: sgd(0.1), steps: 250 },
    { optimizer: sgd(0.1, { clip: { norm: 0.001 } }) },
  ),
  sick(
    'spots-slow',
    'a tenth of the rate that is needed: still on its way at the end',
    ['learning_rate_too_low'],
    'r2',
    {
      data: data.spots(300, 72),
      layers: [image(10), ...conv(6), pool, flatten, ...dense(24), ...output(1)],
      loss: mse,
      optimizer: adam(0.003),
      steps: 120,
    },
    { optimizer: adam(0.00006) },
  ),
  sick(
    'slope-by-heart',
    'forty rows of thirty columns, 64 units, a thousand steps',
    ['overfitting', 'overtraining'],
    'r2',
    {
      data: data.slope(700, 73, 30, 0.5),
      layers: [...hidden(2, 64), ...output(1)],
      loss: mse,
      optimizer: adam(0.005),
      steps: 200,
    },
    { data: data.head(data.slope(700, 73, 30, 0.5), 70), steps: 500 },
  ),
  sick(
    'arm-by-heart',
    'thirty noisy rows for 128 and 128 units',
    ['overfitting', 'overtraining'],
    'r2',
    { data: data.arm(600, 74, 0.7), layers: [...hidden(2, 128), ...output(1)], loss: mse, optimizer: adam(0.003), steps: 150 },
    { data: data.head(data.arm(600, 74, 0.7), 50), steps: 500 },
  ),
];

export const THIRD_SICK: readonly Sick[] = [...IN_ROWS, ...IN_DOCUMENT, ...IN_FIRST_STEP, ...IN_RUN];
