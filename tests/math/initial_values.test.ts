import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { Graph, type Value } from '../../src/graph/graph.ts';
import { type Initializers, initialValuesOf } from '../../src/nn/build.ts';
import { layer } from '../../src/nn/custom.ts';
import { fansOf, INITIALIZER_SCHEMES, type Initializer, initialValues, type ScaledOptions, varianceOf } from '../../src/nn/initializers.ts';
import type { BuildContext, Layer } from '../../src/nn/layer.ts';
import { dense, repeat } from '../../src/nn/layers.ts';
import { sequential } from '../../src/nn/sequential.ts';
import * as ops from '../../src/ops/public.ts';
import { foldIn, keyOf } from '../../src/random.ts';

const [FAN_IN, FAN_OUT] = [120, 80];
const key = keyOf(3);

function moments(values: Float32Array): { mean: number; variance: number; largest: number } {
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  return {
    mean,
    variance: values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length,
    largest: values.reduce((most, v) => Math.max(most, Math.abs(v)), 0),
  };
}

/** Written out from the papers, not from the code. */
const VARIANCES: [Initializer, number][] = [
  [{ scheme: 'he_normal' }, 2 / FAN_IN],
  [{ scheme: 'he_uniform' }, 2 / FAN_IN],
  [{ scheme: 'glorot_normal' }, 2 / (FAN_IN + FAN_OUT)],
  [{ scheme: 'glorot_uniform' }, 2 / (FAN_IN + FAN_OUT)],
  [{ scheme: 'lecun_normal' }, 1 / FAN_IN],
  [{ scheme: 'lecun_uniform' }, 1 / FAN_IN],
  [{ scheme: 'he_normal', gain: 0.5 }, 0.5 / FAN_IN],
  [{ scheme: 'orthogonal' }, 1 / FAN_IN],
  [{ scheme: 'orthogonal', gain: 3 }, 9 / FAN_IN],
  [{ scheme: 'variance_scaling' }, 1 / FAN_IN],
  [{ scheme: 'variance_scaling', scale: 3, mode: 'fan_out' }, 3 / FAN_OUT],
  [{ scheme: 'variance_scaling', scale: 3, mode: 'fan_average', distribution: 'uniform', gain: 2 }, (4 * 3) / 100],
  [{ scheme: 'normal', std: 0.1 }, 0.01],
  [{ scheme: 'uniform', bound: 0.3 }, 0.03],
];

describe.each(VARIANCES)('%o', (initial, variance) => {
  const values = initialValues(initial, [FAN_IN, FAN_OUT], key);

  test('has the variance of its scheme, and what varianceOf says', () => {
    expect(varianceOf(initial, FAN_IN, FAN_OUT)).toBeCloseTo(variance, 12);
    const { mean, variance: found, largest } = moments(values);
    // 9,600 values: the mean is good to std / 98, the variance to 1.5 %; four times that.
    expect(Math.abs(mean)).toBeLessThan((4 * Math.sqrt(variance)) / 98);
    expect(Math.abs(found / variance - 1)).toBeLessThan(0.06);
    const uniform = initial.scheme.endsWith('uniform') || ('distribution' in initial && initial.distribution === 'uniform');
    const bound = Math.sqrt(3 * variance);
    if (uniform) expect(largest).toBeLessThanOrEqual(bound * (1 + 1e-6));
    else expect(largest).toBeGreaterThan(bound);
  });

  test('is the same for the same key, and another for another', () => {
    expect(initialValues(initial, [FAN_IN, FAN_OUT], key)).toEqual(values);
    expect(initialValues(initial, [FAN_IN, FAN_OUT], keyOf(4))).not.toEqual(values);
  });
});

test('every scheme is tested here', () => {
  expect(new Set([...VARIANCES.map(([initial]) => initial.scheme), 'constant'])).toEqual(new Set(INITIALIZER_SCHEMES));
});

test('a constant is that constant', () => {
  expect([...initialValues({ scheme: 'constant', value: 0.25 }, [3], key)]).toEqual([0.25, 0.25, 0.25]);
  expect([...initialValues({ scheme: 'constant' }, [2], key)]).toEqual([0, 0]);
});

test.each([
  [20, 50],
  [50, 20],
  [32, 32],
  [1, 7],
])('orthogonal [%i, %i]: the rows or the columns, whichever are fewer, are orthonormal', (rows, columns) => {
  const gain = 1.5;
  const w = initialValues({ scheme: 'orthogonal', gain }, [rows, columns], key);
  const count = Math.min(rows, columns);
  const at = (i: number, k: number): number => (rows < columns ? w[i * columns + k]! : w[k * columns + i]!);
  for (let i = 0; i < count; i++)
    for (let j = 0; j <= i; j++) {
      let dot = 0;
      for (let k = 0; k < Math.max(rows, columns); k++) dot += at(i, k) * at(j, k);
      expect(dot / gain ** 2).toBeCloseTo(i === j ? 1 : 0, 5);
    }
});

describe('in a model', () => {
  const start = (layers: Parameters<typeof sequential>[0], seed = 1): Map<string, Float32Array> => {
    const graph = new Graph();
    const initializers: Initializers = new Map();
    sequential(layers).build(graph, graph.input('x', [4, 6]), 'train', initializers);
    return initialValuesOf(initializers, foldIn(keyOf(seed), 'initial values'));
  };

  test('repeated layers start apart, biases at zero', () => {
    const values = start([repeat(2, [dense(6)])]);
    expect([...values.keys()]).toEqual(['dense_1/weight', 'dense_1/bias', 'dense_2/weight', 'dense_2/bias']);
    expect(values.get('dense_1/weight')).not.toEqual(values.get('dense_2/weight'));
    expect([...values.get('dense_2/bias')!]).toEqual(new Array(6).fill(0));
  });

  test('a value depends on its path alone: a layer behind changes nothing before it', () => {
    const [short, long] = [start([dense(6)]), start([dense(6), dense(6), dense(2)])];
    expect(long.get('dense_1/weight')).toEqual(short.get('dense_1/weight'));
  });

  test('the seed decides', () => {
    expect(start([dense(6)])).toEqual(start([dense(6)]));
    expect(start([dense(6)], 2).get('dense_1/weight')).not.toEqual(start([dense(6)], 1).get('dense_1/weight'));
  });
});

test.each<[readonly number[], ScaledOptions, number, number]>([
  // torch.nn.init._calculate_fan_in_and_fan_out of the same weights in PyTorch's order, [out, in, ...].
  [[6, 4], {}, 6, 4],
  [[3, 3, 16, 32], {}, 144, 288],
  [[5, 8, 2], {}, 40, 10],
  [[8, 16, 4], { fanIn: 16, fanOut: 4 }, 16, 4],
  [[7], { fanIn: 3, fanOut: 1 }, 3, 1],
  [[2, 3, 4], { fanIn: 9 }, 9, 8],
])('fans of %j with %o', (shape, given, fanIn, fanOut) => {
  expect(fansOf('w', { scheme: 'glorot_normal', ...given }, shape)).toEqual([fanIn, fanOut]);
  const big = initialValues({ scheme: 'lecun_normal', fanIn: 25 }, [10, 20, 50], key);
  expect(moments(big).variance * 25).toBeCloseTo(1, 1);
});

test('orthogonal of more axes: all but the last are rows', () => {
  const q = initialValues({ scheme: 'orthogonal' }, [2, 3, 4], key);
  expect(q).toHaveLength(24);
  for (let a = 0; a < 4; a++)
    for (let b = 0; b < 4; b++) {
      let dot = 0;
      for (let row = 0; row < 6; row++) dot += q[row * 4 + a]! * q[row * 4 + b]!;
      expect(dot).toBeCloseTo(a === b ? 1 : 0, 6);
    }
});

test('a shape that tells no fans is refused, wherever the layer comes from', () => {
  const build = (of: Layer): void => {
    const [graph, initializers] = [new Graph(), new Map() as Initializers];
    sequential([of, dense(2)]).build(graph, graph.input('x', [4, 3], { batch: true }), 'train', initializers);
    initialValuesOf(initializers, key);
  };
  const own = (initializer: Initializer): Layer => layer('own', (x, { parameter }) => ops.mul(x, parameter('gain', [3], initializer)));
  expect(() => build(own({ scheme: 'he_normal' }))).toThrow(
    new UsageError('layer own_1: gain: a shape of [3] does not tell the fans that he_normal needs: give fanIn and fanOut, or a constant'),
  );
  expect(() => build(own({ scheme: 'orthogonal', fanIn: 3, fanOut: 3 }))).toThrow('that orthogonal needs: give two axes or more, or a constant');
  expect(() => build(own({ scheme: 'he_normal', fanIn: 0, fanOut: 1 }))).toThrow('layer own_1: gain.fanIn: expected a positive integer, got 0');
  expect(() => build(own({ scheme: 'he_normal', fanIn: 3, fanOut: 1 }))).not.toThrow();
  const plain = { kind: 'plain', residualBlocks: 0, build: (c: BuildContext, x: Value) => ops.mul(x, c.parameter('gain', [3], { scheme: 'lecun_normal' })) };
  expect(() => build(plain)).toThrow('plain_1/gain: a shape of [3] does not tell the fans that lecun_normal needs');
});
