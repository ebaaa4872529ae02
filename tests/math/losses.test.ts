// The list of losses: what a file of a loss must bring, beyond what the compiler asks for.
import { describe, expect, test } from 'vitest';
import { buildLoss, LOSS_NAMES, lossOptions } from '../../src/experiment/registry/losses.ts';
import { experimentJsonSchema, parseExperiment } from '../../src/experiment/schema.ts';
import { Graph } from '../../src/graph/graph.ts';
import * as root from '../../src/index.ts';
import type { LossFeature } from '../../src/nn/losses/loss.ts';
import { huber, LOSSES, mse, softmaxCrossEntropy } from '../../src/nn/losses.ts';
import type { ElementwiseLoss } from '../../src/ops/losses.ts';
import * as ops from '../../src/ops/public.ts';

const features = Object.entries(LOSSES) as [string, LossFeature & { entry?: ElementwiseLoss }][];

describe.each(features)('%s', (name, { create, entry, options, text }) => {
  test('has one name, and programs can call it', () => {
    expect(create().name).toBe(name);
    expect(Object.values(root)).toContain(create);
  });

  test('its float64 functions are in the sweep of ops, with its parameters', () => {
    const loss = create();
    const graph = new Graph();
    const targets = graph.input('t', [4, loss.targetSize(3)], { dtype: loss.targetDtype ?? 'f32', batch: true });
    loss.build(graph, graph.input('y', [4, 3], { batch: true }), targets);
    const node = graph.nodes.find(({ op }) => op.name === 'elementwise_loss');
    expect(node?.attrs.entry).toBe(entry);
    for (const [key, value] of Object.entries(entry?.params ?? {})) expect(options[key]?.default).toBe(value);
  });

  test('is described', () => {
    for (const { title, summary } of [text.en, text.zh]) expect([title.length, summary.length].every((length) => length > 3)).toBe(true);
    expect(text.zh.summary).not.toBe(text.en.summary);
  });
});

test('documents have the same options, but for what their data decide', () => {
  expect(Object.keys(lossOptions('softmax_cross_entropy'))).toEqual(['labelSmoothing', 'classWeights']);
  expect(Object.keys(lossOptions('bce_with_logits'))).toEqual(['posWeight']);
  expect(buildLoss('softmax_cross_entropy', true).targetDtype).toBe('f32');
  const document = (loss: unknown) => ({
    data: { source: 'generator', name: 'moons' },
    model: { layers: [{ type: 'dense', units: 2 }] },
    loss,
    optimizer: { name: 'sgd', learningRate: 0.1 },
    training: { steps: 1, batchSize: 4 },
  });
  for (const name of LOSS_NAMES) for (const loss of [name, { name }]) expect(parseExperiment(document(loss)).loss).toEqual(loss);
  expect(() => parseExperiment(document({ name: 'huber', detla: 1 }))).toThrow('loss.detla: unknown key; did you mean "delta"?');
  expect(() => parseExperiment(document({ name: 'huber', delta: 0 }))).toThrow('loss.delta: expected a number above 0, got 0');
  expect(() => parseExperiment(document({ name: 'softmax_cross_entropy', targets: 'index' }))).toThrow('loss.targets: unknown key');
  expect(JSON.stringify(experimentJsonSchema())).toContain('posWeight');
  const weighted = { name: 'softmax_cross_entropy' as const, classWeights: [1, 5] };
  expect(parseExperiment(document(weighted)).loss).toEqual(weighted);
  expect(buildLoss(weighted)).toMatchObject({ name: 'softmax_cross_entropy', options: { classWeights: [1, 5] } });
  expect(() => parseExperiment(document({ ...weighted, classWeights: [-1] }))).toThrow('loss.classWeights');
});

test('a loss handed values, and a function of values handed nothing, say which entry they are of', () => {
  const graph = new Graph();
  const x = graph.input('x', [4, 3], { batch: true });
  expect(() => mse(x as never)).toThrow('mse: expected options of a loss, got the value x: functions of that name in fathom-webgpu/ops take values');
  expect(() => (ops.mse as () => unknown)()).toThrow(root.UsageError);
  expect(() => huber({ detla: 1 } as never)).toThrow('huber: unknown option detla; did you mean "delta"?');
  for (const given of [null, 3, 'x', [], Number.NaN]) expect(() => softmaxCrossEntropy(given as never)).toThrow(root.UsageError);
});
