// What a program asks for is bounded before anything of its size is made.
import { describe, expect, test } from 'vitest';
import { generate } from '../../src/data/generators/index.ts';
import { oneHot } from '../../src/data/prepare.ts';
import { DataError, DeviceError, show, UsageError } from '../../src/errors.ts';
import { Graph } from '../../src/graph/graph.ts';
import { deriveTaps } from '../../src/inspect/taps.ts';
import type { Layer } from '../../src/nn/layer.ts';
import { add, concat, dense, repeat, residual } from '../../src/nn/layers.ts';
import { softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { schedule } from '../../src/scheduler/schedule.ts';
import { accumulate } from '../../src/train/accumulation.ts';
import { sgd } from '../../src/train/optimizers.ts';
import { constant, sequence } from '../../src/train/schedules.ts';
import { buildStepGraph } from '../../src/train/step_graph.ts';

describe('a program', () => {
  const maxBufferBytes = 2 ** 28;
  const capabilities = { swiftshader: false, subgroupSize: 0, maxWorkgroups: 65535, maxBufferBytes };
  const plan = (layers: Layer[], batch = 32): unknown => {
    const step = buildStepGraph({
      model: sequential(layers),
      loss: softmaxCrossEntropy(),
      optimizer: sgd({ learningRate: 0.1 }),
      batch,
      inputs: { x: { shape: [3], dtype: 'f32' } },
      source: 'batch',
      shuffle: false,
      probes: {},
      regularization: undefined,
    });
    return schedule(step.graph, { capabilities, gradientSlots: step.gradientSlots, retain: [step.losses] });
  };

  test.each<[string, () => unknown, string]>([
    ['units', () => plan([dense(2 ** 24), dense(3)]), `dense_1/z [32, 16777216] needs 2147483648 bytes, but this device allows ${maxBufferBytes} in a buffer`],
    ['units in the output', () => plan([dense(3), dense(2 ** 24)]), 'dense_2/z'],
    ['a batch', () => plan([dense(3)], 2 ** 52), `x [4503599627370496, 3] needs 54043195528445950 bytes`],
    [
      'all parameters',
      () => plan(Array.from({ length: 20 }, () => dense(2000))),
      `the parameters of the model needs ${4 * (64 * Math.ceil(6000 / 64) + 19 * 4_000_000 + 20 * 2048)} bytes`,
    ],
  ])('%s', (_what, make, message) => {
    expect(make).toThrow(DeviceError);
    expect(make).toThrow(message);
  });

  test.each<[string, () => unknown, string]>([
    ['a repeat', () => repeat(1e9, [dense(3)]), 'repeat: expected at most 10,000 layers in all, got 1,000,000,000'],
    ['repeats of repeats', () => repeat(1000, repeat(1000, repeat(1000, [dense(3)]))), 'repeat: expected at most 10,000 layers in all, got 1,000,000'],
    ['repeats of blocks', () => plan(repeat(1000, [residual(repeat(1000, [dense(3)]))]) as Layer[]), 'sequential: expected at most 10,000 layers in all'],
    [
      'blocks doubled 18 times',
      () => plan([Array.from({ length: 18 }).reduce<Layer>((inner) => concat([[inner], [inner]]), dense(3)), dense(3)]),
      'sequential: expected at most 10,000 layers in all, got 524,288',
    ],
    ['batches in a step', () => accumulate(1e9), 'accumulate: expected at most 4096 batches in a step, got 1000000000'],
    ['generated numbers', () => generate('sum_of_squares', { rows: 1e6, features: 1000 }), 'sum_of_squares: expected at most 134,217,728 numbers'],
    ['no layers at all', () => sequential('dense' as never), 'sequential: expected a list of layers, got "dense"'],
    ['what is no layer', () => residual([dense(3), [dense(3)] as never]), 'residual: layers[1]: expected a layer, got ['],
  ])('%s', (_what, make, message) => {
    expect(make).toThrow(UsageError);
    expect(make).toThrow(message);
  });

  test('one-hot rows', () => {
    expect(() => oneHot(new Uint8Array(10), 2 ** 50)).toThrow(DataError);
  });

  test('a block among its own layers, by whatever way', () => {
    for (const wrap of [(list: Layer[]) => residual(list), (list: Layer[]) => concat([[dense(3)], list]), (list: Layer[]) => add([list, [dense(3)]])]) {
      const layers = [dense(3)];
      const block = wrap(layers);
      layers.push(block);
      expect(() => plan(layers)).toThrow(UsageError);
      expect(() => plan(layers)).toThrow(/^sequential: a block contains itself, a (residual|concat|add): give it layers of its own$/);
      // One inside the other.
      const list = [dense(3)];
      const other = residual([residual(list)]);
      list.push(other);
      expect(() => plan([other])).toThrow('a block contains itself');
    }
    const self: unknown[] = [dense(3)];
    self.push(self);
    expect(() => sequential(self as Layer[])).toThrow('sequential: layers[2]: expected a layer, got [');
    const own: Layer = { kind: 'own', residualBlocks: 0, build: (context, x) => context.nested([own], x) };
    expect(() => plan([own, dense(3)])).toThrow('expected at most 100 blocks within blocks: does one contain itself?');
    let deep = dense(3);
    for (let i = 0; i < 5000; i++) deep = residual([deep]);
    expect(() => plan([deep])).toThrow('sequential: expected at most 100 blocks within blocks');
  });

  test('a list that changes after the call changes nothing, and one block may stand in several places', () => {
    const layers = [dense(3)];
    const block = residual(layers);
    layers.push(dense(9));
    const model = sequential([block, block, dense(2)]);
    const graph = new Graph();
    const x = graph.input('x', [4, 3]);
    expect(deriveTaps({ inputs: [x], ...model.build(graph, x, 'train', new Map()) }).layers.map(({ name }) => name)).toEqual([
      'residual_1/dense_1',
      'residual_2/dense_1',
      'dense_1',
    ]);
  });

  test('a schedule among its own parts', () => {
    const schedules = [constant()];
    const whole = sequence({ schedules, milestones: [] });
    schedules[0] = whole;
    expect(whole.at(3, 1)).toBe(1);
  });
});

test('values are shown whatever they are', () => {
  const cycle: Record<string, unknown> = {};
  cycle.self = cycle;
  const list: unknown[] = [];
  list.push(list);
  expect(show(cycle)).toBe('{...}');
  expect(show(list)).toBe('[[[[[...]]]]]');
  expect(show({ a: 1n })).toBe('{...}');
  expect(show(new Array(1e7).fill(1))).toHaveLength(80);
  expect(show(['a', 1, { b: 2 }])).toBe('["a", 1, {"b":2}]');
});
