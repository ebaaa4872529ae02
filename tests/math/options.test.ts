// Options and lists are read at the call: what the caller does to them afterwards changes nothing.
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { Graph } from '../../src/graph/graph.ts';
import { histograms } from '../../src/inspect/histograms.ts';
import type { NormKind } from '../../src/inspect/history.ts';
import { norms } from '../../src/inspect/norms.ts';
import type { Initializers } from '../../src/nn/build.ts';
import type { Initializer } from '../../src/nn/initializers.ts';
import type { Layer } from '../../src/nn/layer.ts';
import { activation, add, concat, dense, repeat, residual } from '../../src/nn/layers.ts';
import { huber } from '../../src/nn/losses.ts';
import { type Sequential, sequential } from '../../src/nn/sequential.ts';
import { cosine, exponential, inverseSqrt, multiStep, polynomial, type Schedule, sequence, stepDecay, warmup } from '../../src/train/schedules.ts';

const built = (model: Sequential): string => {
  const graph = new Graph();
  const initializers: Initializers = new Map();
  model.build(graph, graph.input('x', [4, 3]), 'train', initializers);
  return JSON.stringify([graph.nodes.map(({ name, attrs }) => [name, attrs]), [...initializers]]);
};

describe('lists of layers', () => {
  const makers: [string, (layers: Layer[]) => Sequential][] = [
    ['sequential', (layers) => sequential(layers)],
    ['repeat', (layers) => sequential([repeat(2, layers)])],
    ['residual', (layers) => sequential([residual(layers)])],
    ['add', (layers) => sequential([add([layers, [dense(3)]])])],
    ['concat', (layers) => sequential([concat([layers, [dense(3)]])])],
  ];
  test.each(makers)('%s', (_, make) => {
    const layers = [dense(3), activation('tanh'), dense(3)];
    const model = make(layers);
    const before = built(model);
    layers.length = 1;
    expect(built(model)).toBe(before);
  });
});

describe('options of layers and losses', () => {
  test('the initial values of dense', () => {
    const initial = { scheme: 'constant' as const, value: 1 };
    const model = sequential([dense({ units: 3, initializer: initial })]);
    const before = built(model);
    initial.value = 2;
    expect(built(model)).toBe(before);
  });

  test('the scale of a residual block', () => {
    const options = { scale: 0.5 };
    const model = sequential([residual([dense(3)], options)]);
    const before = built(model);
    options.scale = 2;
    expect(built(model)).toBe(before);
  });

  test('the delta of huber', () => {
    const params = { delta: 0.5 };
    const loss = huber(params);
    params.delta = 2;
    const graph = new Graph();
    loss.build(graph, graph.input('y', [2, 1]), graph.input('t', [2, 1]));
    expect(graph.nodes[0]!.attrs.params).toEqual({ delta: 0.5 });
  });

  test.each<[object, string]>([
    [{ mode: 'fan' as never }, 'dense: initializer.mode: expected one of fan_in, fan_out, fan_average; got "fan"'],
    [{ distribution: 'gauss' as never }, 'dense: initializer.distribution: expected one of normal, uniform; got "gauss"'],
    [{ gain: 1e-50 }, 'expected a number above 0, got 1e-50'],
    [{ scheme: 'constant', value: 1e39 }, 'dense: initializer.value: expected a number from'],
  ])('initial values that would be NaN or infinite: %j', (initial, message) => {
    const make = () => dense({ units: 2, initializer: { scheme: 'variance_scaling', ...initial } as Initializer });
    expect(make).toThrow(UsageError);
    expect(make).toThrow(message);
  });
});

describe('options of schedules', () => {
  const schedules: [string, () => [Schedule, object]][] = [
    ['stepDecay', () => kept({ stepSize: 2, gamma: 0.5 }, stepDecay)],
    ['multiStep', () => kept({ milestones: [2, 5], gamma: 0.5 }, multiStep)],
    ['exponential', () => kept({ gamma: 0.5 }, exponential)],
    ['cosine', () => kept({ tMax: 9, etaMin: 0.1 }, cosine)],
    ['polynomial', () => kept({ totalIters: 9, power: 2 }, polynomial)],
    ['inverseSqrt', () => kept({ warmup: 3 }, inverseSqrt)],
    ['warmup', () => kept({ steps: 3, startFactor: 0.1, endFactor: 0.5 }, warmup)],
    ['sequence', () => kept({ schedules: [exponential({ gamma: 0.5 })], milestones: [] }, sequence)],
  ];
  function kept<Options extends object>(options: Options, make: (options: Options) => Schedule): [Schedule, object] {
    return [make(options), options];
  }
  test.each(schedules)('%s', (_, make) => {
    const [schedule, options] = make();
    const rates = (): number[] => Array.from({ length: 10 }, (_unused, step) => schedule.at(step, 1));
    const before = rates();
    for (const [key, value] of Object.entries(options)) {
      if (Array.isArray(value)) value.length = 0;
      Object.assign(options, { [key]: typeof value === 'number' ? 7 * value : { from: 0, schedule: { at: () => 9 } } });
    }
    expect(rates()).toEqual(before);
  });
});

test('edges of histograms and tensors of norms', () => {
  const edges = [1, 2];
  const tensors: NormKind[] = ['delta'];
  const [histogram, norm] = [histograms({ every: 1, edges }), norms({ every: 1, tensors })];
  edges.push(0);
  tensors.push('weight_gradient');
  expect([histogram.edges, norm.tensors]).toEqual([[1, 2], ['delta']]);
});
