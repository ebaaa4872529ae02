// What a document asks for is bounded before anything of its size is made, and the message names the place that asks.
import { describe, expect, it, test } from 'vitest';
import { DataError, UsageError } from '../../src/errors.ts';
import { parseHistory } from '../../src/experiment/history_reader.ts';
import { experimentJsonSchema, parseExperiment } from '../../src/experiment/schema.ts';
import { modelSize, requireModelSize } from '../../src/experiment/size.ts';
import { Graph } from '../../src/graph/graph.ts';
import { add, batchNorm, concat, dense, repeat, residual } from '../../src/nn/layers.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { sizeOf } from '../../src/shape.ts';
import { cpuTime } from '../support/cpu_time.ts';

const units = (n: number): unknown => ({ type: 'dense', units: n });
const times = (n: number, ...layers: unknown[]): unknown => ({ type: 'repeat', times: n, layers });
const document = (change: Record<string, unknown> = {}, ...layers: unknown[]): Record<string, unknown> => ({
  data: { source: 'generator', name: 'moons' },
  model: { layers: [units(4), ...layers, units(2)] },
  loss: 'softmax_cross_entropy',
  optimizer: { name: 'sgd', learningRate: 0.1 },
  training: { steps: 1, batchSize: 4 },
  ...change,
});
const fitted = (change: Record<string, unknown>): Record<string, unknown> => document({ fitted: { inputs: 2, ...change } });
const training = (change: Record<string, unknown>): Record<string, unknown> => document({ training: { steps: 1, batchSize: 4, ...change } });
const generator = (name: string, params: Record<string, number>): Record<string, unknown> => document({ data: { source: 'generator', name, params } });
const optimizer = (schedule: unknown): Record<string, unknown> => document({ optimizer: { name: 'sgd', learningRate: 0.1, schedule } });
const deep = (levels: number): unknown => {
  let layer: unknown = units(4);
  for (let i = 0; i < levels; i++) layer = { type: 'residual', layers: [layer] };
  return layer;
};
const identity = { type: 'activation', name: 'tanh' };

describe('a document', () => {
  it.each<[string, unknown, string]>([
    ['a repeat', document({}, times(1e9, units(4))), 'model.layers[1].times: expected an integer of at most 10000, got 1000000000'],
    [
      'repeats in repeats',
      document({}, times(1000, times(1000, times(1000, units(4))))),
      'model.layers[1].layers[0].times: 1,000 times 1,000 layers are more than 10,000: repeat them less often',
    ],
    ['many repeats', document({}, times(6000, units(4)), times(6000, units(4))), 'model.layers[2]: up to here the model has 12,001 layers, more than 10,000'],
    [
      'repeats in a block',
      document({}, { type: 'add', branches: [[identity], [times(100, { type: 'residual', layers: [times(100, identity)] })]] }),
      'model.layers[1].branches[1][0].times',
    ],
    ['units', document({}, units(2 ** 53 - 1)), 'model.layers[1].units: expected an integer of at most 16777216, got 9007199254740991'],
    ['units beyond whole numbers', document({}, units(1e300)), 'model.layers[1].units: expected an integer of at most 16777216, got 1e+300'],
    [
      'parameters',
      document({}, units(2 ** 20), units(2 ** 20)),
      'model.layers[2].units: up to here the model has 1,099,517,919,240 parameters (4,398,071,676,960 bytes), more than 1,073,741,824',
    ],
    [
      'columns side by side',
      document({}, times(30, { type: 'concat', branches: [[identity], [identity]] })),
      'model.layers[1].layers[0]: its branches together have',
    ],
    ['inputs', fitted({ inputs: 1e9 }), 'fitted.inputs: expected an integer of at most 16777216, got 1000000000'],
    [
      'parameters of inputs',
      document({ fitted: { inputs: 2 ** 24 } }, units(4)).model && { ...fitted({ inputs: 2 ** 24 }), model: { layers: [units(1000)] } },
      'model.layers[0].units: up to here',
    ],
    ['scaling of other inputs', fitted({ scaling: { offset: [0], divisor: [1, 1] } }), 'fitted.scaling.offset: expected 2 entries, one per input, got 1'],
    ['fill of other inputs', fitted({ fill: [1, 2, 3] }), 'fitted.fill: expected 2 entries, one per input, got 3'],
    ['a division by 0', fitted({ divisor: 0 }), 'fitted.divisor: expected a number other than 0, got 0'],
    [
      'a target among the features',
      fitted({ table: { columns: 3, features: [0, 1], target: 1 } }),
      'fitted.table: expected features and target in columns of their own, from 0 to 2',
    ],
    ['a column that is not there', fitted({ table: { columns: 3, features: [0, 3], target: 1 } }), 'fitted.table: expected features'],
    ['one class', fitted({ classes: ['a'] }), 'fitted.classes: expected 2 to 65,536 classes'],
    ['classes', document({ data: { source: 'arrays', x: [[1]], y: [0], classes: 1e9 } }), 'data.classes: expected an integer of at most 65536, got 1000000000'],
    ['generated rows', generator('moons', { rows: 1e9 }), 'data.params.rows: expected an integer of at most 1000000, got 1000000000'],
    [
      'generated numbers',
      generator('sum_of_squares', { rows: 1e6, features: 1000 }),
      'data.params.rows: expected at most 134,217,728 numbers, got 1,000,000 rows of 1,000',
    ],
    ['a batch', training({ batchSize: 2 ** 53 - 1 }), 'training.batchSize: expected an integer of at most 16777216'],
    ['batches in a step', training({ accumulate: 1e9 }), 'training.accumulate: expected an integer of at most 4096, got 1000000000'],
    ['steps', training({ steps: 2 ** 53 - 1 }), 'training.steps: expected an integer of at most 2147483647'],
    [
      'edges',
      document({ probes: { histograms: { every: 1, edges: Array.from({ length: 64 }, (_, i) => i + 1) } } }),
      'probes.histograms.edges: expected 1 to 63 positive numbers in ascending order',
    ],
    ['blocks in blocks', document({}, deep(10_000)), 'document.model.layers[1]...: expected lists and objects at most 200 deep; does it contain itself?'],
    [
      'schedules in schedules',
      optimizer(Array.from({ length: 300 }).reduce((then) => ({ name: 'warmup', steps: 1, then }), { name: 'constant' })),
      'document.optimizer.schedule.then...: expected',
    ],
    [
      'a key that objects have by themselves',
      generator('moons', { constructor: 1 } as never),
      'document: nothing in it is named constructor: leave the key out',
    ],
    [
      'the key of a prototype',
      document({ data: JSON.parse('{"source": "generator", "name": "moons", "params": {"__proto__": {"rows": 5}}}') }),
      'document: nothing in it is named __proto__',
    ],
    ['JSON in JSON', JSON.parse(`{"name": ${'['.repeat(10_000)}${']'.repeat(10_000)}}`), 'document.name[0][0]...: expected'],
  ])('%s', (_what, json, message) => {
    const started = cpuTime();
    expect(() => parseExperiment(json)).toThrow(UsageError);
    expect(() => parseExperiment(json)).toThrow(message);
    expect(() => parseExperiment(json)).not.toThrow('more in this document');
    expect(cpuTime() - started).toBeLessThan(1000);
  });

  it('that contains itself is refused, and one with a block in it twice is not', () => {
    const block = { type: 'residual', layers: [] as unknown[] };
    block.layers.push(block, block);
    expect(() => parseExperiment(document({}, block))).toThrow('does it contain itself?');
    block.layers = [units(4)];
    expect(parseExperiment(document({}, block, block)).model.layers).toHaveLength(4);
  });

  it('of what is trained here is far below', () => {
    parseExperiment(document({}, times(3000, units(64), { type: 'batch_norm' }, identity)));
    parseExperiment(document({}, deep(80)));
    parseExperiment({ ...training({ batchSize: 1e6, accumulate: 1000 }) });
  });

  it('is measured again once its data are there', () => {
    const parsed = parseExperiment({ ...document({ data: { source: 'csv', path: 'x' } }), model: { layers: [units(2 ** 20), units(2)] } });
    expect(() => requireModelSize(parsed, 100)).not.toThrow();
    expect(() => requireModelSize(parsed, 2000)).toThrow('model.layers[0].units: up to here the model has 2,098,200,576 parameters');
  });

  it('says its limits in its schema', () => {
    const text = JSON.stringify(experimentJsonSchema());
    expect(text).toContain('"maximum":10000');
    expect(text).toContain('A model has at most 10,000 layers');
  });
});

test('parameters are counted as the engine makes them', () => {
  const layers = parseExperiment(
    document(
      {},
      times(3, units(5), { type: 'batch_norm' }),
      { type: 'residual', layers: [{ type: 'dense', units: 7, bias: false }, identity] },
      { type: 'residual', layers: [units(7)] },
      { type: 'concat', branches: [[units(3)], [identity]] },
      { type: 'add', branches: [[units(6)], [units(2), units(6)]] },
    ),
  ).model.layers;
  const model = sequential([
    dense(4),
    ...repeat(3, [dense(5), batchNorm()]),
    residual([dense({ units: 7, bias: false })]),
    residual([dense(7)]),
    concat([[dense(3)], [batchNorm()]]),
    add([[dense(6)], [dense(2), dense(6)]]),
    dense(2),
  ]);
  const initializers = new Map<string, { shape: readonly number[] }>();
  const graph = new Graph();
  model.build(graph, graph.input('x', [4, 2]), 'train', initializers as never);
  const all = [...initializers.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  // The batch norm that stands for an identity here.
  expect(modelSize(layers, 2)).toEqual({ parameters: all - 4 * 7 });
});

test('deep JSON in a history is refused in one sentence', () => {
  const deepText = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
  expect(() => parseHistory(deepText)).toThrow(DataError);
  expect(() => parseHistory(`{"format": "fathom-history/2", "layers": ${'['.repeat(5000)}${']'.repeat(5000)}}`)).toThrow(DataError);
});
