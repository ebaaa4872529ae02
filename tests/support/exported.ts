// Documents that are trained here and, exported, in PyTorch: those of the gallery, and small ones for what they have not.
import digitsTest from '../../demo/data/digits-test.csv?raw';
import digitsTrain from '../../demo/data/digits-train.csv?raw';
import type { Experiment, LayerDocument, OptimizerDocument } from '../../src/experiment/document.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';

/** Steps that are compared. */
export const STEPS = 10;

/** The digits, for documents that need them. */
export const readDigits = async (name: string): Promise<string> => (name === 'digits-test.csv' ? digitsTest : digitsTrain);

/** A document of ten steps, all of which are looked at. Dropout draws other numbers there: it is left out. */
function short(json: object): Experiment {
  const text = JSON.stringify(json, (key, value) => (key === 'rate' ? 0 : value));
  const { training, ...document } = parseExperiment(JSON.parse(text));
  const { epochs: _, ...rest } = training;
  return { ...document, training: { ...rest, steps: STEPS }, probes: { every: 1, tensors: ['weight_gradient'] } };
}

const gallery = import.meta.glob<object>('../../demo/experiments/*.json', { import: 'default', eager: true });
const GALLERY = Object.fromEntries(Object.keys(gallery).map((path) => [path.replace(/^.*\/|\.json$/g, ''), short(gallery[path]!)]));

/** Images of few layers, whole; the deep ones in batches of 8 out of 60 rows, which a processor can compute: every layer stays. */
const WHOLE = ['batch-norm-batch-2', 'batch-norm-batch-32', 'dead-channels', 'layer-norm-batch-2', 'residual-20'];
const images = import.meta.glob<object>('../../demo/experiments/images/*.json', { import: 'default', eager: true });
const IMAGES = Object.fromEntries(
  Object.entries(images).map(([path, json]) => {
    const name = path.replace(/^.*\/|\.json$/g, '');
    const document = short(json);
    if (WHOLE.includes(name)) return [`images/${name}`, document];
    const data = { ...document.data, params: { rows: 60, size: 14 } } as Experiment['data'];
    return [`images/${name}`, { ...document, data, training: { ...document.training, batchSize: 8 } }];
  }),
);

/** Deep images are beside PyTorch in torch_exported.md; here they take minutes each, and most are chaotic. */
export const DEEP: ReadonlySet<string> = new Set(Object.keys(IMAGES).filter((name) => !WHOLE.includes(name.replace('images/', ''))));

const dense = (units: number, more: object = {}): LayerDocument => ({ type: 'dense', units, ...more }) as LayerDocument;
const act = (name: string): LayerDocument => ({ type: 'activation', name }) as LayerDocument;
const MLP = [dense(8), act('tanh'), dense(2)];

/** 50 rows in batches of 16: the last has 2, and of three processes one would have none. */
function small(optimizer: OptimizerDocument, layers: LayerDocument[] = MLP, more: Partial<Experiment> = {}): Experiment {
  const { training, ...rest } = more;
  return short({
    data: { source: 'generator', name: 'moons', params: { rows: 62, noise: 0.1 }, split: { validation: 0.2 } },
    model: { layers },
    loss: 'softmax_cross_entropy',
    optimizer,
    training: { steps: STEPS, batchSize: 16, validateEvery: 3, ...training },
    ...rest,
  });
}

const sgd = { name: 'sgd', learningRate: 0.1 } as const;
const image: LayerDocument = { type: 'reshape', shape: [8, 8, 1] };
const digits = { data: { source: 'digits', rows: 50 } } as const;
const conv = (filters: number, more: object = {}): LayerDocument => ({ type: 'conv2d', filters, kernelSize: 3, padding: 1, ...more }) as LayerDocument;

const OPTIMIZERS: Record<string, OptimizerDocument> = {
  'sgd, nesterov, decay': { ...sgd, momentum: 0.9, nesterov: true, weightDecay: 0.01 },
  'adam, amsgrad': { name: 'adam', learningRate: 0.01, amsgrad: true, weightDecay: 0.01 },
  adamw: { name: 'adamw', learningRate: 0.01, weightDecay: 0.1 },
  nadam: { name: 'nadam', learningRate: 0.01 },
  radam: { name: 'radam', learningRate: 0.01 },
  adamax: { name: 'adamax', learningRate: 0.01 },
  adagrad: { name: 'adagrad', learningRate: 0.05, lrDecay: 0.1, initialAccumulatorValue: 0.1 },
  adadelta: { name: 'adadelta', learningRate: 1 },
  'rmsprop, centered': { name: 'rmsprop', learningRate: 0.01, momentum: 0.5, centered: true },
};

const OTHERS: Record<string, Experiment> = {
  'groups, clipping by value, penalties': small(
    {
      ...sgd,
      clip: { value: 0.01 },
      groups: [
        { match: 'dense_2', learningRateFactor: 3 },
        { match: 'dense_1', frozen: true },
      ],
    },
    [dense(8), { type: 'batch_norm' }, act('relu'), dense(6, { l1: 0.01, l2: 0.1 }), act('tanh'), dense(2)],
  ),
  'a frozen norm': small({ ...sgd, groups: [{ match: 'batch_norm_1', frozen: true }] }, [dense(8), { type: 'batch_norm' }, act('relu'), dense(2)]),
  'accumulated batches, an average': small({ ...sgd, momentum: 0.9 }, MLP, { training: { batchSize: 8, accumulate: 3, average: { decay: 0.8, from: 2 } } }),
  'warm-up and plateau': small({ ...sgd, schedule: { name: 'warmup', steps: 3, then: { name: 'plateau', patience: 0, factor: 0.5, threshold: 0.3 } } }, MLP),
  'schedules in a row': small({
    ...sgd,
    schedule: {
      name: 'sequential',
      schedules: [
        { name: 'linear', totalIters: 2 },
        { name: 'cosine_restarts', t0: 2, tMult: 2 },
        { name: 'one_cycle', totalSteps: 4, maxLr: 0.3 },
      ],
      milestones: [2, 6],
    },
  }),
  'class weights, smoothing': small(sgd, MLP, { loss: { name: 'softmax_cross_entropy', classWeights: [1, 4], labelSmoothing: 0.1 } }),
  'yes or no, weighed': small(sgd, [dense(8), act('gelu'), dense(1)], { loss: { name: 'bce_with_logits', posWeight: 3 } }),
  'squared hinge': small(sgd, MLP, { loss: 'squared_hinge' }),
  'kl divergence': small(sgd, MLP, { loss: 'kl_div' }),
  'a regression, standardised': small(sgd, [dense(8), act('silu'), dense(1)], {
    loss: { name: 'huber', delta: 0.5 },
    data: { source: 'generator', name: 'plane', params: { rows: 50 }, standardise: true, split: { validation: 0.2 } },
  }),
  'norms of rows': small(sgd, [dense(8), { type: 'layer_norm' }, act('relu'), dense(8), { type: 'group_norm', groups: 2 }, act('mish'), dense(2)]),
  'branches of maps': small(
    { name: 'adam', learningRate: 0.01 },
    [
      image,
      conv(4, { bias: false }),
      { type: 'batch_norm' },
      act('relu'),
      { type: 'residual', layers: [conv(6), { type: 'group_norm', groups: 3 }, act('silu')] },
      { type: 'max_pool2d', kernelSize: 2 },
      { type: 'concat', branches: [[{ type: 'conv2d', filters: 3, kernelSize: 1 }], [{ type: 'layer_norm' }, dense(5)]] },
      { type: 'conv_transpose2d', filters: 4, kernelSize: 2, stride: 2, groups: 2 },
      { type: 'instance_norm', affine: true },
      { type: 'upsample2d', scaleFactor: 2, mode: 'bilinear' },
      { type: 'zero_pad2d', padding: [1, 0, 0, 1] },
      { type: 'avg_pool2d', kernelSize: 3, stride: 2 },
      { type: 'flatten' },
      dense(10),
    ] as LayerDocument[],
    { ...digits, training: { batchSize: 7 } } as unknown as Partial<Experiment>,
  ),
  'a graph, sequences': small(
    sgd,
    [
      { type: 'reshape', shape: [16, 4] },
      { type: 'conv1d', filters: 6, kernelSize: 3, stride: 2 },
      { type: 'batch_norm' },
      act('relu'),
      { type: 'sequential', name: 'block', layers: [{ type: 'conv1d', filters: 6, kernelSize: 3, padding: 'same' }, act('elu')] },
      { type: 'flatten' },
      {
        type: 'graph',
        nodes: { a: { from: 'x', layers: [dense(8), act('relu')] }, b: { from: ['a', 'x'], join: 'concat' }, c: { from: 'b', layers: [dense(10)] } },
        output: 'c',
      },
    ] as LayerDocument[],
    digits as unknown as Partial<Experiment>,
  ),
  'pooled over all pixels': small(
    sgd,
    [
      image,
      conv(5),
      act('relu'),
      { type: 'global_avg_pool2d' },
      { type: 'add', branches: [[dense(6)], [dense(4), act('tanh'), dense(6)]] },
      dense(10),
    ] as LayerDocument[],
    digits as unknown as Partial<Experiment>,
  ),
};

/** All by their names. */
export const EXPORTED: Readonly<Record<string, Experiment>> = {
  ...GALLERY,
  ...Object.fromEntries(Object.entries(OPTIMIZERS).map(([name, optimizer]) => [name, small(optimizer)])),
  ...OTHERS,
  ...IMAGES,
};
