// The healthy networks of the third set, frozen with the sick ones before any of them was diagnosed. `awkward` says what of them may look odd, though nothing is wrong.
import { adam, document, type Healthy, hidden, LOSS, output, sgd, type Written } from './network.ts';
import * as data from './third_data.ts';

type Layer = Written['layers'][number];

const { ce, bce, mse } = LOSS;
const image = (size: number): Layer => ({ type: 'reshape', shape: [size, size, 1] });
const pool: Layer = { type: 'max_pool2d', kernelSize: 2 };
const flatten: Layer = { type: 'flatten' };
const activation = (name: string): Layer => ({ type: 'activation', name }) as Layer;
const conv = (filters: number, name = 'relu'): Layer[] => [{ type: 'conv2d', filters, kernelSize: 3, padding: 'same' }, activation(name)] as Layer[];
const dense = (units: number, name = 'relu', weights: object = {}): Layer[] => [{ type: 'dense', units, ...weights }, activation(name)] as Layer[];
const lecun = { weights: { initializer: { scheme: 'lecun_normal' } } };
const glorot = { weights: { initializer: { scheme: 'glorot_uniform' } } };
const sequence = (...layers: Layer[]): Layer[] => [{ type: 'reshape', shape: [32, 1] } as Layer, ...layers];
const conv1d = (filters: number, kernelSize: number): Layer[] => [{ type: 'conv1d', filters, kernelSize, stride: 2 } as Layer, activation('relu')];

const healthy = (name: string, written: Written, awkward?: string): Healthy => ({ name, ...(awkward ? { awkward } : {}), document: document(written) });

const PLAIN: Healthy[] = [
  healthy('grains', { data: data.neat(data.grains(360, 101)), layers: [...hidden(1, 16), ...output(3)], loss: ce, optimizer: adam(0.01), steps: 150 }),
  healthy('packets-hinge', {
    data: data.answers(data.neat(data.packets(400, 102)), (y) => 2 * y - 1),
    layers: [...hidden(2, 16), ...output(1)],
    loss: 'hinge',
    optimizer: sgd(0.1),
    steps: 100,
  }),
  healthy('passengers', { data: data.neat(data.passengers(800, 103)), layers: [...hidden(2, 16), ...output(2)], loss: ce, optimizer: adam(0.003), steps: 120 }),
  healthy('station', {
    data: data.station(500, 104),
    standardise: true,
    layers: [...hidden(2, 16, 'tanh', glorot), ...output(1)],
    loss: mse,
    optimizer: adam(0.01),
  }),
  healthy('shapes-conv', {
    data: data.shapes(600, 105, 10, 0.1),
    layers: [image(10), ...conv(8), pool, ...conv(16), pool, flatten, ...output(3)],
    loss: ce,
    optimizer: adam(0.005),
    steps: 150,
  }),
  healthy('weaves-average', {
    data: data.weaves(500, 106, 0.3),
    layers: [image(8), ...conv(12), ...conv(12), { type: 'global_avg_pool2d' }, ...output(3)],
    loss: ce,
    optimizer: adam(0.01),
    steps: 150,
  }),
  healthy('spots', {
    data: data.spots(500, 107),
    layers: [image(10), ...conv(6), pool, flatten, ...dense(24), ...output(1)],
    loss: { name: 'huber', delta: 1 },
    optimizer: adam(0.003),
    steps: 200,
  }),
  healthy('beats', {
    data: data.beats(600, 108),
    layers: [...sequence(...conv1d(8, 5), ...conv1d(12, 3), flatten), ...output(3)],
    loss: ce,
    optimizer: { name: 'rmsprop', learningRate: 0.003 },
    steps: 200,
  }),
  healthy('hills-wide', { data: data.hills(800, 109), layers: [...hidden(1, 256), ...output(1)], loss: mse, optimizer: adam(0.01), steps: 300 }),
  healthy('arm-momentum', {
    data: data.arm(500, 110),
    layers: [...hidden(2, 24, 'tanh', lecun), ...output(1)],
    loss: mse,
    optimizer: sgd(0.05, { momentum: 0.9 }),
    steps: 300,
  }),
  healthy('waveforms-adagrad', {
    data: data.waveforms(700, 111),
    layers: [...hidden(1, 16), ...output(3)],
    loss: ce,
    optimizer: { name: 'adagrad', learningRate: 0.05 },
    steps: 150,
  }),
  healthy('displays', { data: data.displays(800, 112, 0.03), layers: [...hidden(1, 32), ...output(10)], loss: ce, optimizer: adam(0.01), steps: 150 }),
];

const AWKWARD: Healthy[] = [
  healthy(
    'grains-sixty-rows',
    { data: data.neat(data.grains(60, 120, 0.8)), layers: [...hidden(1, 8), ...output(3)], loss: ce, optimizer: adam(0.01), steps: 120, batchSize: 12 },
    'few rows: 12 for validation',
  ),
  healthy(
    'slope-fifty-rows',
    { data: data.slope(50, 121, 3, 0.2), layers: output(1), loss: mse, optimizer: sgd(0.1), steps: 60, batchSize: 10 },
    'few rows, and no hidden layer at all',
  ),
  healthy(
    'petals-noisy',
    { data: data.petals(1200, 122, 0.12), layers: [...hidden(2, 32), ...output(2)], loss: ce, optimizer: adam(0.01), steps: 250 },
    'every eighth label is wrong',
  ),
  healthy(
    'clouded-noisy',
    {
      data: flipped(data.clouded(800, 123), 7),
      layers: [...hidden(1, 12), ...output(2)],
      loss: ce,
      optimizer: { name: 'adamw', learningRate: 0.005 },
      steps: 120,
    },
    'every seventh label is wrong',
  ),
  healthy(
    'station-noisy',
    {
      data: noisy(data.neat(data.neatTargets(data.station(800, 124)))),
      layers: [...hidden(1, 16, 'tanh'), ...output(1)],
      loss: mse,
      optimizer: adam(0.005),
      steps: 120,
    },
    'half of the variance of the targets is noise',
  ),
  healthy(
    'applicants-tenth',
    { data: data.applicants(900, 125, 0.1, 2.2), layers: [...hidden(1, 16), ...output(2)], loss: ce, optimizer: adam(0.01), steps: 200 },
    'one row of ten is of the second class, which is learnt',
  ),
  healthy(
    'applicants-twentieth',
    { data: data.applicants(1000, 126, 0.05, 3), layers: [...hidden(1, 12, 'tanh'), ...output(1)], loss: bce, optimizer: adam(0.02), steps: 200 },
    'one row of twenty is of the second class, which is learnt',
  ),
  healthy(
    'station-deep-narrow',
    {
      data: data.neat(data.neatTargets(data.station(500, 127))),
      layers: [...hidden(12, 6, 'tanh', lecun), ...output(1)],
      loss: mse,
      optimizer: adam(0.005),
      steps: 300,
    },
    'twelve layers of six units',
  ),
  healthy(
    'grains-thirty-layers',
    {
      data: data.neat(data.grains(450, 128)),
      layers: [...dense(24), { type: 'repeat', times: 28, layers: [{ type: 'residual', scale: 0.2, layers: [...dense(24)] }] } as Layer, ...output(3)],
      loss: ce,
      optimizer: adam(0.002),
      steps: 120,
    },
    'thirty layers, all but two in shortcuts',
  ),
  healthy(
    'arm-normed-deep',
    {
      data: data.arm(700, 129),
      layers: [{ type: 'repeat', times: 8, layers: [{ type: 'dense', units: 16 }, { type: 'batch_norm' }, activation('relu')] } as Layer, ...output(1)],
      loss: mse,
      optimizer: adam(0.005),
      steps: 200,
    },
    'eight narrow layers with batch norm',
  ),
  healthy(
    'hills-first-look',
    { data: data.hills(700, 130), layers: [...hidden(2, 32), ...output(1)], loss: mse, optimizer: adam(0.003), steps: 100 },
    'looked at long before it has converged, with much learnt',
  ),
  healthy(
    'displays-first-look',
    { data: data.displays(700, 131, 0.02), layers: [...hidden(2, 32), ...output(10)], loss: ce, optimizer: sgd(0.1), steps: 60 },
    'looked at long before it has converged',
  ),
  healthy(
    'messages-first-look',
    { data: data.messages(500, 132, 3, 40), layers: [...hidden(1, 24), ...output(3)], loss: ce, optimizer: adam(0.003), steps: 40 },
    'looked at after two passes; counts that are mostly 0',
  ),
  healthy(
    'waveforms-dropout',
    {
      data: data.waveforms(700, 133),
      layers: [...hidden(2, 48, 'relu', { behind: [{ type: 'dropout', rate: 0.4 }] }), ...output(3)],
      loss: ce,
      optimizer: adam(0.005),
      steps: 200,
    },
    'the loss of training is above that of validation, by dropout',
  ),
  healthy(
    'arm-small-batches',
    { data: data.arm(500, 134), layers: [...hidden(2, 32), ...output(1)], loss: mse, optimizer: sgd(0.02), steps: 500, batchSize: 4 },
    'batches of four: a noisy loss',
  ),
  healthy(
    'shapes-decayed',
    {
      data: data.shapes(600, 135, 10, 0.1),
      layers: [image(10), ...conv(8), pool, flatten, ...dense(24), ...output(3)],
      loss: ce,
      optimizer: adam(0.005, { schedule: { name: 'cosine', tMax: 200, etaMin: 0 } }),
      steps: 200,
    },
    'the rate ends at 0',
  ),
  healthy(
    'octants-plateau',
    {
      data: data.octants(1200, 136),
      layers: [...hidden(2, 64, 'tanh'), ...output(2)],
      loss: ce,
      optimizer: sgd(0.05, { momentum: 0.9 }),
      steps: 200,
      batchSize: 64,
    },
    'one column alone says nothing, nor do two: hard to begin with',
  ),
  healthy(
    'beats-early-stopping',
    {
      data: data.beats(400, 137),
      layers: [...sequence(...conv1d(8, 5), ...conv1d(12, 3), flatten), ...dense(24), ...output(3)],
      loss: ce,
      optimizer: adam(0.005),
      steps: 300,
      training: { validateEvery: 15, earlyStopping: { patience: 4 } },
    },
    'stopped early, the best weights kept',
  ),
];

/** Every so many labels of two classes turned over. */
function flipped({ y, ...rest }: ReturnType<typeof data.clouded>, every: number): ReturnType<typeof data.clouded> {
  return { ...rest, y: (y as number[]).map((label, row) => (row % every === 0 ? 1 - label : label)) };
}

/** Targets of which half of the variance is a noise that follows from nothing. */
function noisy(rows: ReturnType<typeof data.station>): ReturnType<typeof data.station> {
  const noise = data.slope((rows.y as number[]).length, 999, 1, 0.1).y as number[];
  return { ...rows, y: (rows.y as number[]).map((value, row) => Number((0.7 * value + 0.7 * noise[row]!).toPrecision(6))) };
}

export const THIRD_HEALTHY: readonly Healthy[] = [...PLAIN, ...AWKWARD];
