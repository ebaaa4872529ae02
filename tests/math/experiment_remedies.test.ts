import { describe, expect, it } from 'vitest';
import type { Experiment, LayerDocument } from '../../src/experiment/document.ts';
import { hiddenBlocks } from '../../src/experiment/layers.ts';
import { predict, predictPlaces } from '../../src/experiment/predict.ts';
import { REMEDIES, REMEDY_IDS, type Remedy, type RemedyId, rulesOffering } from '../../src/experiment/remedies/index.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';
import type { Finding } from '../../src/inspect/diagnose/index.ts';
import type { RunFacts } from '../../src/inspect/facts.ts';

const OUTPUT: LayerDocument = { type: 'dense', units: 10 };
const dense = (units: number, more: object = {}): LayerDocument => ({ type: 'dense', units, initializer: { scheme: 'lecun_normal' }, ...more });
const act = (name: 'relu' | 'sigmoid' | 'tanh' | 'gelu'): LayerDocument => ({ type: 'activation', name });
const deep = (...layers: LayerDocument[]): LayerDocument[] => [{ type: 'repeat', times: 5, layers }, OUTPUT];

const documentOf = (layers: LayerDocument[], more: Partial<Experiment> = {}): Experiment => ({
  data: { source: 'digits' },
  model: { layers },
  loss: 'softmax_cross_entropy',
  optimizer: { name: 'sgd', learningRate: 0.1 },
  training: { steps: 10, batchSize: 32 },
  ...more,
});

/** Applies a remedy; what comes out must be a document that the schema takes, and what went in must be as it was. */
function apply(id: RemedyId, document: Experiment, finding?: Partial<Finding>): { document: Experiment; why: string } | null {
  const before = JSON.stringify(document);
  const remedy: Remedy = REMEDIES[id];
  const proposal = remedy.propose(document, finding as Finding | undefined);
  expect(JSON.stringify(document)).toBe(before);
  // Without `asksWhy` the page keeps one proposal for all findings.
  if (finding && !remedy.asksWhy) expect(remedy.propose(document)).toEqual(proposal);
  if (proposal) {
    expect(parseExperiment(JSON.parse(JSON.stringify(proposal.document)))).toEqual({ format: 'fathom-experiment/2', ...proposal.document });
    expect(proposal.why.length).toBeGreaterThan(20);
  }
  return proposal;
}

const layersAfter = (id: RemedyId, layers: LayerDocument[], finding?: Partial<Finding>): LayerDocument[] | undefined =>
  apply(id, documentOf(layers), finding)?.document.model.layers;

describe('critical_initialisation', () => {
  it('gives each hidden weight the sw2 of its activation and leaves the output alone', () => {
    const layers = layersAfter('critical_initialisation', deep(dense(8), act('relu')))!;
    const [block] = hiddenBlocks(layers);
    expect(block!.weights.initializer).toEqual({ scheme: 'variance_scaling', scale: 2, mode: 'fan_in', distribution: 'normal' });
    expect(layers.at(-1)).toEqual(OUTPUT);
  });
  it('brings down an output layer that starts far too large', () => {
    const huge = { initializer: { scheme: 'variance_scaling', scale: 30, mode: 'fan_in', distribution: 'normal' } };
    expect(layersAfter('critical_initialisation', [...deep(dense(8), act('relu')).slice(0, 1), dense(10, huge)])!.at(-1)).toMatchObject({
      initializer: { scale: 1 },
    });
  });
  it('knows dropout: sw2 = 2 keep for ReLU', () => {
    const [block] = hiddenBlocks(layersAfter('critical_initialisation', deep(dense(8), act('relu'), { type: 'dropout', rate: 0.25 }))!);
    expect(block!.weights.initializer).toMatchObject({ scale: 1.5 });
  });
  it('begins biases at 0 that all began at one number, and says so', () => {
    const far = dense(8, { initializer: { scheme: 'he_normal' }, biasInitializer: { scheme: 'constant', value: -6 } });
    const proposal = apply('critical_initialisation', documentOf(deep(far, act('relu'))))!;
    expect(hiddenBlocks(proposal.document.model.layers)[0]!.weights).not.toHaveProperty('biasInitializer');
    expect(proposal.why).toContain('begin at 0');
    const random = { biasInitializer: { scheme: 'normal', std: 0.1 } };
    expect(hiddenBlocks(layersAfter('critical_initialisation', deep(dense(8, random), act('relu')))!)[0]!.weights).toMatchObject(random);
    expect(apply('activation', documentOf(deep(far, act('relu'))))!.why).toContain('biases at 0');
  });
  it('finds one for GELU, which has no critical point', () => {
    const [block] = hiddenBlocks(layersAfter('critical_initialisation', deep(dense(8), act('gelu')))!);
    const { initializer: initial } = block!.weights;
    expect(initial?.scheme === 'variance_scaling' && initial.scale).toBeGreaterThan(2);
  });
  it.each<[string, LayerDocument[]]>([
    ['sigmoid: its critical sw2 of 103 saturates', deep(dense(8), act('sigmoid'))],
    ['behind batch norm any scale is undone', deep(dense(8), { type: 'batch_norm' }, act('relu'))],
    ['where the scale is critical already', deep(dense(8, { initializer: { scheme: 'he_normal' } }), act('relu'))],
  ])('does not apply: %s', (_why, layers) => {
    expect(layersAfter('critical_initialisation', layers)).toBeUndefined();
  });
  it('makes the predicted gradient survive', () => {
    const sick = documentOf([{ type: 'repeat', times: 30, layers: [dense(64), act('relu')] }, OUTPUT]);
    const fixed = apply('critical_initialisation', sick)!.document;
    expect(predict(sick, 64, 1)![0]!.delta).toBeLessThan(1e-4);
    expect(predict(fixed, 64, 1)![0]!.delta).toBeCloseTo(1, 6);
  });
});

describe('activation', () => {
  it('takes relu with its critical scale for what flattens', () => {
    const [block] = hiddenBlocks(layersAfter('activation', deep(dense(8), act('sigmoid')))!);
    expect(block).toMatchObject({ activation: { name: 'relu' }, weights: { initializer: { scale: 2 } } });
  });
  it('takes leaky_relu for units that die', () => {
    const [block] = hiddenBlocks(layersAfter('activation', deep(dense(8), act('relu')), { rule: 'dead_units' })!);
    expect(block).toMatchObject({ activation: { name: 'leaky_relu', params: { alpha: 0.2 } }, weights: { initializer: { scale: 1.92308 } } });
  });
  it('does not apply to a linear network', () => {
    expect(layersAfter('activation', deep(dense(8)))).toBeUndefined();
  });
});

describe('batch_norm', () => {
  it('goes between the weight matrix and its activation', () => {
    const [repeat] = layersAfter('batch_norm', deep(dense(8), act('sigmoid')))!;
    expect(repeat).toMatchObject({ layers: [{ type: 'dense' }, { type: 'batch_norm' }, { type: 'activation' }] });
  });
  it('does not go in twice', () => {
    expect(layersAfter('batch_norm', deep(dense(8), { type: 'batch_norm' }, act('relu')))).toBeUndefined();
  });
});

describe('residual', () => {
  it('wraps every block that keeps its width; the first, which does not, stays in front', () => {
    expect(layersAfter('residual', deep(dense(8), act('relu')))).toEqual([
      dense(8),
      act('relu'),
      { type: 'repeat', times: 4, layers: [{ type: 'residual', scale: '1/sqrt(L)', layers: [dense(8), act('relu')] }] },
      OUTPUT,
    ]);
  });
  it('scales the shortcuts that are there', () => {
    const layers: LayerDocument[] = [dense(8), { type: 'repeat', times: 3, layers: [{ type: 'residual', layers: [act('relu'), dense(8)] }] }, OUTPUT];
    expect(layersAfter('residual', layers)![1]).toMatchObject({ layers: [{ type: 'residual', scale: '1/sqrt(L)' }] });
  });
  it.each<[string, LayerDocument[]]>([
    ['where no block keeps its width', [dense(8), act('relu'), dense(16), act('relu'), OUTPUT]],
    ['where shortcuts are scaled already', [dense(8), { type: 'residual', scale: '1/sqrt(L)', layers: [dense(8)] }, OUTPUT]],
  ])('does not apply %s', (_where, layers) => {
    expect(layersAfter('residual', layers)).toBeUndefined();
  });
});

describe('the others', () => {
  const plain = documentOf(deep(dense(8), act('relu')));
  it('clip: to norm 1, unless it is as tight', () => {
    expect(apply('clip', plain)!.document.optimizer.clip).toEqual({ norm: 1 });
    expect(apply('clip', { ...plain, optimizer: { name: 'sgd', learningRate: 0.1, clip: { norm: 0.5 } } })).toBeNull();
  });
  it('learning_rate: the rates that a schedule names, however deep, go with it', () => {
    const cosine = { name: 'cosine', tMax: 10, etaMin: 0.03 } as const;
    const schedule = { name: 'sequential', schedules: [{ name: 'constant' }, cosine], milestones: [5] } as never;
    const { optimizer } = apply(
      'learning_rate',
      documentOf(deep(dense(8), act('tanh')), { optimizer: { name: 'sgd', learningRate: 0.1, schedule } }),
    )!.document;
    expect(JSON.stringify(optimizer.schedule)).toContain('"etaMin":0.003');
    expect(
      apply('optimizer', documentOf(deep(dense(8), act('tanh')), { optimizer: { name: 'sgd', learningRate: 3, schedule: cosine } }))!.document,
    ).toMatchObject({
      optimizer: { learningRate: 0.001, schedule: { etaMin: 0.00001 } },
    });
  });

  it('learning_rate: a tenth, or ten times where updates are too small', () => {
    expect(apply('learning_rate', plain)!.document.optimizer.learningRate).toBe(0.01);
    expect(apply('learning_rate', documentOf(deep(dense(8), act('tanh')), { optimizer: { name: 'sgd', learningRate: 0 } }))).toBeNull();
    expect(apply('learning_rate', plain, { rule: 'update_size', kind: 'small' })!.document.optimizer.learningRate).toBe(1);
    expect(apply('learning_rate', plain, { rule: 'learning_rate_too_low', evidence: { factor: 300 } })!.document.optimizer.learningRate).toBe(30);
    expect(apply('learning_rate', plain, { rule: 'update_size', kind: 'large' })!.document.optimizer.learningRate).toBe(0.01);
  });
  it('optimizer: Adam, keeping clip and schedule and nothing that it does not have', () => {
    const { optimizer } = apply('optimizer', {
      ...plain,
      optimizer: { name: 'sgd', learningRate: 1, momentum: 0.9, clip: { norm: 2 }, schedule: { name: 'exponential', gamma: 0.9 } },
    })!.document;
    expect(optimizer).toEqual({ name: 'adam', learningRate: 0.001, clip: { norm: 2 }, schedule: { name: 'exponential', gamma: 0.9 } });
    expect(apply('optimizer', { ...plain, optimizer })).toBeNull();
  });
  it('larger_batch: four times, at most 512; where the steps are given at least 32', () => {
    expect(apply('larger_batch', plain)!.document.training.batchSize).toBe(128);
    expect(apply('larger_batch', { ...plain, training: { steps: 1, batchSize: 512 } })).toBeNull();
    expect(apply('larger_batch', { ...plain, training: { steps: 100, batchSize: 2 } })!.document.training.batchSize).toBe(32);
    expect(REMEDIES.larger_batch.propose({ ...plain, training: { steps: 1, batchSize: 4 } }, undefined, { training: { rows: 4 } } as RunFacts)).toBeNull();
    expect(apply('larger_batch', { ...plain, training: { epochs: 5, batchSize: 2 } })!.document.training.batchSize).toBe(8);
  });
  it('l2 and dropout: on every hidden layer', () => {
    expect(hiddenBlocks(apply('l2', plain)!.document.model.layers)[0]!.weights.l2).toBe(1e-3);
    expect(hiddenBlocks(apply('dropout', plain)!.document.model.layers)[0]!.regulariser).toEqual({ type: 'dropout', rate: 0.3 });
    expect(apply('dropout', apply('dropout', plain)!.document)).toBeNull();
  });
  it('early_stopping: with a validation part', () => {
    const fixed = apply('early_stopping', plain)!.document;
    expect(fixed.data.split).toEqual({ validation: 0.2 });
    expect(apply('early_stopping', fixed)).toBeNull();
  });
});

describe('remedies for causes', () => {
  const plain = documentOf(deep(dense(8), act('relu')));
  const rows = (y: number[], more: object = {}): Experiment['data'] => ({ source: 'arrays', x: y.map((_, i) => [i, 7, i, i % 2]), y, ...more });
  it('standardise_inputs: unless they are', () => {
    const mended = apply('standardise_inputs', plain)!.document;
    expect(mended.data.standardise).toBe(true);
    expect(apply('standardise_inputs', mended)).toBeNull();
  });
  it('drop_columns: what never changes, and copies', () => {
    const { data } = apply('drop_columns', { ...plain, data: rows([0, 1, 1], { classes: 10 }) })!.document;
    expect('x' in data && data.x).toEqual([
      [0, 0],
      [1, 1],
      [2, 0],
    ]);
    expect(apply('drop_columns', plain)).toBeNull();
  });
  it('class_weights: as each class has rows, in the weights of the loss', () => {
    const rare = { ...documentOf([dense(8), act('relu'), dense(2)]), data: rows([0, 0, 0, 1], { classes: 2 }) };
    expect(apply('class_weights', rare)!.document.loss).toEqual({ name: 'softmax_cross_entropy', classWeights: [0.6667, 2] });
    const binary = { ...rare, model: { layers: [dense(1)] }, loss: 'bce_with_logits' as const };
    expect(apply('class_weights', binary)!.document.loss).toEqual({ name: 'bce_with_logits', posWeight: 3 });
    expect(apply('class_weights', plain)).toBeNull();
    const facts = { outputs: [{ targets: { kind: 'classes', counts: [30, 10] } }] } as unknown as RunFacts;
    expect(REMEDIES.class_weights.propose(plain, undefined, facts)!.document.loss).toMatchObject({ classWeights: [0.6667, 2] });
  });
  it('fewer_layers: three hidden ones, of dense layers in a row', () => {
    expect(layersAfter('fewer_layers', deep(dense(8), act('relu')))).toEqual([{ type: 'repeat', times: 3, layers: [dense(8), act('relu')] }, OUTPUT]);
    const row = [
      dense(9),
      act('tanh'),
      dense(8),
      act('relu'),
      dense(7),
      dense(6),
      act('relu'),
      { type: 'repeat', times: 2, layers: [dense(6)] } as LayerDocument,
    ];
    expect(layersAfter('fewer_layers', [...row, OUTPUT])).toEqual([...row.slice(0, 5), OUTPUT]);
    expect(layersAfter('fewer_layers', [dense(8), dense(8), dense(8), OUTPUT])).toBeUndefined();
    expect(layersAfter('fewer_layers', deep({ type: 'residual', layers: [dense(8)] } as LayerDocument))).toBeUndefined();
  });
  it('output_layer: linear, with a unit for each class', () => {
    expect(layersAfter('output_layer', [dense(8), act('relu'), dense(10), act('sigmoid')])).toEqual([dense(8), act('relu'), dense(10)]);
    const one = apply('output_layer', { ...documentOf([dense(8), act('relu'), dense(1)]), data: rows([0, 1, 1, 0]) })!.document;
    expect(one.model.layers.at(-1)).toMatchObject({ units: 2 });
    expect(one.data).toMatchObject({ classes: 2 });
    expect(apply('output_layer', plain)).toBeNull();
    const facts = { outputs: [{ targets: { kind: 'classes', counts: [9, 9, 0, 9, ...new Array(46).fill(0)] } }] } as unknown as RunFacts;
    const many = { ...documentOf([dense(8), act('relu'), dense(50)]), data: { ...rows([0, 1, 3, 0]), classes: 50 } } as Experiment;
    const fewer = REMEDIES.output_layer.propose(many, undefined, facts)!.document;
    expect(fewer.model.layers.at(-1)).toMatchObject({ units: 4 });
    expect(fewer.data).toMatchObject({ classes: 4 });
  });
  it('loss: by the labels that there are', () => {
    const binary = documentOf([dense(8), act('relu'), dense(1)]);
    expect(apply('loss', { ...binary, data: rows([0, 1, 1]), loss: 'hinge' })!.document.loss).toBe('bce_with_logits');
    expect(apply('loss', { ...binary, data: rows([-1, 1, 1]), loss: 'bce_with_logits' })!.document.loss).toBe('hinge');
    expect(apply('loss', { ...binary, data: rows([0.5, 1, 1]) })!.document.loss).toBe('mse');
    const classes = apply('loss', { ...documentOf([dense(8), act('relu'), dense(3), act('sigmoid')]), data: rows([0, 1, 2], { classes: 3 }), loss: 'mse' })!;
    expect(classes.document).toMatchObject({ loss: 'softmax_cross_entropy', model: { layers: [{}, {}, { units: 3 }] } });
    expect(classes.document.model.layers).toHaveLength(3);
    expect(apply('loss', plain)).toBeNull();
    const divided = { ...binary, data: rows([0, 0.5, 1]), loss: 'mse' as const, metrics: ['r2' as const] };
    const named = REMEDIES.loss.propose(divided, { rule: 'labels_do_not_fit_loss', kind: 'classes' } as never)!.document;
    expect(named).toMatchObject({ loss: 'softmax_cross_entropy', data: { y: [0, 1, 2], classes: 3 } });
    expect(named).not.toHaveProperty('metrics');
    expect(named.model.layers.findLast(({ type }) => type === 'dense')).toMatchObject({ units: 3 });
  });
  it('less of what dominates, and of nothing else', () => {
    const { optimizer } = apply('less_weight_decay', { ...plain, optimizer: { name: 'adamw', learningRate: 0.1, weightDecay: 3 } })!.document;
    expect(optimizer).toEqual({ name: 'adamw', learningRate: 0.1 });
    expect(apply('less_weight_decay', { ...plain, optimizer })).toBeNull();
    expect(layersAfter('less_dropout', deep(dense(8), act('relu'), { type: 'dropout', rate: 0.9 }))).toEqual(deep(dense(8), act('relu')));
    expect(layersAfter('less_l2', deep(dense(8, { l1: 1, l2: 2 }), act('relu')))).toEqual(deep(dense(8, { l1: 1 }), act('relu')));
    expect(layersAfter('less_l1', deep(dense(8, { l1: 1, l2: 2 }), act('relu')))).toEqual(deep(dense(8, { l2: 2 }), act('relu')));
    for (const id of ['less_weight_decay', 'less_dropout', 'less_l2', 'less_l1'] as const) expect(apply(id, plain)).toBeNull();
  });
  it('batch_norm_momentum and less_label_smoothing: what is usual', () => {
    const slow = { type: 'batch_norm', momentum: 1e-4 } as LayerDocument;
    expect(layersAfter('batch_norm_momentum', deep(dense(8), slow, act('relu')))).toEqual(deep(dense(8), { type: 'batch_norm' } as LayerDocument, act('relu')));
    expect(layersAfter('batch_norm_momentum', deep(dense(8), { type: 'batch_norm' } as LayerDocument, act('relu')))).toBeUndefined();
    const smooth = (labelSmoothing: number): Experiment => ({ ...plain, loss: { name: 'softmax_cross_entropy', labelSmoothing } });
    expect(apply('less_label_smoothing', smooth(0.99))!.document.loss).toEqual({ name: 'softmax_cross_entropy', labelSmoothing: 0.1 });
    expect(apply('less_label_smoothing', smooth(0.1))).toBeNull();
    expect(apply('less_label_smoothing', plain)).toBeNull();
  });
  it('less_momentum: 0.9 where there is more', () => {
    const carried = (momentum: number): Experiment => ({ ...plain, optimizer: { name: 'sgd', learningRate: 0.1, momentum } });
    expect(apply('less_momentum', carried(0.999))!.document.optimizer).toEqual({ name: 'sgd', learningRate: 0.1, momentum: 0.9 });
    expect(apply('less_momentum', carried(0.9))).toBeNull();
    expect(apply('less_momentum', plain)).toBeNull();
  });
  it('more of it is not offered where it is the illness, and Adam keeps it', () => {
    const decayed: Experiment = { ...plain, optimizer: { name: 'sgd', learningRate: 0.1, weightDecay: 0.5 } };
    expect(apply('l2', decayed)).toBeNull();
    expect(apply('optimizer', decayed)!.document.optimizer).toEqual({ name: 'adam', learningRate: 0.001, weightDecay: 0.5 });
  });
  it('add_activations: where there is none, before dropout, and not in a branch', () => {
    const relu = act('relu');
    expect(layersAfter('add_activations', [dense(8), { type: 'batch_norm' }, { type: 'dropout', rate: 0.1 }, dense(4), OUTPUT])).toEqual([
      dense(8),
      { type: 'batch_norm' },
      relu,
      { type: 'dropout', rate: 0.1 },
      dense(4),
      relu,
      OUTPUT,
    ]);
    expect(layersAfter('add_activations', [dense(8), { type: 'activation', name: 'linear' }, OUTPUT])).toEqual([dense(8), relu, OUTPUT]);
    expect(layersAfter('add_activations', deep(dense(8), act('tanh')))).toBeUndefined();
    expect(layersAfter('add_activations', [{ type: 'residual', layers: [relu, dense(8)] }, OUTPUT])).toBeUndefined();
  });
  it('layer_norm: in place of batch norm, or where there is no norm', () => {
    expect(layersAfter('layer_norm', deep(dense(8), { type: 'batch_norm' }, act('relu')))![0]).toMatchObject({ layers: [{}, { type: 'layer_norm' }, {}] });
    expect(layersAfter('layer_norm', deep(dense(8), act('relu')))![0]).toMatchObject({ layers: [{}, { type: 'layer_norm' }, {}] });
    expect(layersAfter('layer_norm', deep(dense(8), { type: 'layer_norm' }, act('relu')))).toBeUndefined();
  });
  it('warm_up: over a tenth of the steps, before the schedule that there is', () => {
    const given: Experiment = { ...plain, optimizer: { name: 'sgd', learningRate: 0.1, schedule: { name: 'exponential', gamma: 0.9 } } };
    const mended = apply('warm_up', given)!.document;
    expect(mended.optimizer.schedule).toEqual({ name: 'warmup', steps: 1, startFactor: 0, then: { name: 'exponential', gamma: 0.9 } });
    expect(apply('warm_up', mended)).toBeNull();
    const facts = { training: { rows: 320 } } as RunFacts;
    const epochs = REMEDIES.warm_up.propose({ ...plain, training: { epochs: 10, batchSize: 32 } }, undefined, facts)!.document;
    expect(epochs.optimizer.schedule).toMatchObject({ steps: 10 });
  });
  it('break_symmetry: random values for constant ones, of the output too', () => {
    const constant = { initializer: { scheme: 'constant', value: 0.05 } };
    const mended = apply('break_symmetry', documentOf([dense(8, constant), act('tanh'), dense(10, constant)]))!.document;
    expect(JSON.stringify(mended.model.layers)).not.toContain('constant');
    expect(apply('break_symmetry', plain)).toBeNull();
  });
});

describe('predict', () => {
  it('names layers as the model does, residual branches too', async () => {
    const { buildModel } = await import('../../src/experiment/build.ts');
    const { Graph } = await import('../../src/graph/graph.ts');
    const { deriveTaps, infoOf } = await import('../../src/inspect/taps.ts');
    const { placesOf } = await import('../../src/inspect/places.ts');
    const document = documentOf([
      { type: 'repeat', times: 2, layers: [dense(8), { type: 'batch_norm' }, act('tanh')] },
      { type: 'residual', layers: [act('relu'), dense(16), { type: 'dropout', rate: 0.1 }] },
      { type: 'residual', layers: [dense(16), { type: 'residual', layers: [dense(16), dense(12)] }, act('relu'), dense(16)] },
      { type: 'residual', layers: [act('relu')] },
      { type: 'repeat', times: 2, layers: [{ type: 'residual', layers: [dense(16)] }, act('relu')] },
      OUTPUT,
    ]);
    const graph = new Graph();
    const x = graph.input('x', [4, 64]);
    const taps = deriveTaps({ inputs: [x], ...buildModel(document.model.layers).build(graph, x, 'train', new Map()) });
    expect(predict(document, 64, 1)!.map(({ name }) => name)).toEqual(taps.layers.map(({ name }) => name));
    // With the sums of blocks among them, and on the trunk or not.
    expect(predictPlaces(document, 64, 1)!.map(({ name, width, place }) => [name, width, place !== 'branch'])).toEqual(
      placesOf(infoOf(taps)).map(({ name, width, trunk }) => [name, width, trunk]),
    );
    expect(predictPlaces(document, 64, 1)!.filter(({ place }) => place === 'join')).toHaveLength(4);
  });
});

describe('branches', () => {
  const layers: LayerDocument[] = [
    dense(8),
    {
      type: 'concat',
      branches: [
        [dense(6), act('sigmoid')],
        [dense(2), act('sigmoid')],
      ],
    },
    { type: 'add', branches: [[dense(8), act('sigmoid')], [{ type: 'repeat', times: 2, layers: [dense(8), act('sigmoid')] }]] },
    OUTPUT,
  ];
  it('are entered by the remedies, each with the width that flows in', () => {
    expect(hiddenBlocks(layers).map(({ weights, times }) => ['units' in weights && weights.units, times])).toEqual([
      [8, 1],
      [6, 1],
      [2, 1],
      [8, 1],
      [8, 2],
    ]);
    const fixed = apply('batch_norm', documentOf(layers))!.document.model.layers;
    expect(JSON.stringify(fixed).split('batch_norm')).toHaveLength(5);
    // 6 + 2 units flow into the sum: only its blocks keep their width.
    const shortcuts = apply('residual', documentOf(layers))!.document.model.layers;
    expect(JSON.stringify(shortcuts[1])).not.toContain('residual');
    expect(JSON.stringify(shortcuts[2]).split('residual')).toHaveLength(3);
  });
  it('are no case for the theory, and need two', () => {
    expect(predict(documentOf(layers), 4, 1)).toBeUndefined();
    const one = documentOf([{ type: 'add', branches: [[dense(3)]] }, OUTPUT]);
    expect(() => parseExperiment(one)).toThrow('model.layers[0].branches: expected two branches or more');
  });
});

it('every remedy is offered by a rule', () => {
  expect(REMEDY_IDS.filter((id) => rulesOffering(id).length === 0)).toEqual([]);
});
