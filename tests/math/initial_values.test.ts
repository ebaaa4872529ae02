import { describe, expect, test } from 'vitest';
import { Graph } from '../../src/graph/graph.ts';
import { INITIAL_SCHEMES, type Initial, initialValues, varianceOf } from '../../src/nn/init.ts';
import { dense, repeat } from '../../src/nn/layers.ts';
import { type Initials, sequential, startingValues } from '../../src/nn/sequential.ts';
import { fold, keyOf } from '../../src/random.ts';

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
const VARIANCES: [Initial, number][] = [
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
];

describe.each(VARIANCES)('%o', (initial, variance) => {
  const values = initialValues(initial, [FAN_IN, FAN_OUT], key);

  test('has the variance of its scheme, and what varianceOf says', () => {
    expect(varianceOf(initial, FAN_IN, FAN_OUT)).toBeCloseTo(variance, 12);
    const { mean, variance: found, largest } = moments(values);
    // 9,600 values: the mean is good to std / 98, the variance to 1.5 %; four times that.
    expect(Math.abs(mean)).toBeLessThan((4 * Math.sqrt(variance)) / 98);
    expect(Math.abs(found / variance - 1)).toBeLessThan(0.06);
    const uniform = initial.scheme.endsWith('uniform') || initial.distribution === 'uniform';
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
  expect(new Set([...VARIANCES.map(([initial]) => initial.scheme), 'constant'])).toEqual(new Set(INITIAL_SCHEMES));
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
    const initials: Initials = new Map();
    sequential(layers).build(graph, graph.input('x', [4, 6]), 'train', initials);
    return startingValues(initials, fold(keyOf(seed), 'initial values'));
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
