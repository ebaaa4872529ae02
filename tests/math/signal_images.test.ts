// What theory says of networks of images is what ../shared/THEORY.md derived and simulated; tests/gpu/signal_images has the same networks on the GPU.
import { describe, expect, test } from 'vitest';
import { measureInputs, predict } from '../../src/experiment/predict.ts';
import { momentsOf, type Reflected, reflectedGaussian, reflectedStep } from '../../src/inspect/theory/reflected.ts';
import { IMAGE_SIGNALS, predictedBy } from '../support/image_signal.ts';

// Derived there for a limit in which a batch norm's variance is its mean: the walk has the finite batch.
const APART: Readonly<Record<string, number>> = {
  'pre-norm blocks, batch norm': 0.011,
  'pre-norm blocks of two weights, batch norm': 0.017,
  'pre-norm blocks, batch norm, 1/sqrt(L)': 0.017,
  'pre-norm blocks of two weights, batch norm, 1/sqrt(L)': 0.029,
  // Its figure there is of a walk of samples, whose own spread is 1 %.
  'blocks rectified behind their sum, batch norm': 0.04,
};

describe('predicted', () => {
  test.each(IMAGE_SIGNALS)('$name', (c) => {
    const found = predictedBy(c);
    expect(Math.abs(found / c.predicted - 1), `${found.toFixed(5)} instead of ${c.predicted}`).toBeLessThan(APART[c.name] ?? 5e-5);
  });
});

describe('data', () => {
  const document = (shape: number[], ...layers: object[]) => ({
    model: { layers: [{ type: 'reshape', shape }, ...layers, { type: 'flatten' }, { type: 'dense', units: 2 }] as never },
    training: { batchSize: 4 },
  });
  const conv = { type: 'conv2d', filters: 64, kernelSize: 3, padding: 'same', bias: false };

  test('are measured at every position, over rows and channels', () => {
    const x = Float32Array.from({ length: 16 }, (_, i) => i);
    const moments = measureInputs(document([2, 2, 2], conv), x, 8)!;
    expect(moments).toMatchObject({ features: 8, meanSquare: 77.5, squares: [36.5, 58.5, 88.5, 126.5] });
    expect(moments.pairs).toBeUndefined();
    // Of positions 0 and 3, and of the means of those: only where a norm over positions or a pool asks.
    const { same, other } = measureInputs(document([2, 2, 2], conv, { type: 'batch_norm' }), x, 8)!.pairs!;
    const value = (row: number, p: number, c: number): number => x[row * 8 + p * 2 + c]!;
    const mean = (of: (row: number, c: number) => number): number => (of(0, 0) + of(0, 1) + of(1, 0) + of(1, 1)) / 4;
    expect(same[3]).toBeCloseTo(
      mean((row, c) => value(row, 0, c) * value(row, 3, c)),
      9,
    );
    expect(other[3]).toBeCloseTo((4 * 10 + 5 * 11) / 2, 9);
    expect(measureInputs({ ...document([2, 2, 2]), model: { layers: [{ type: 'dense', units: 2 }] } }, x, 8)).toBeUndefined();
  });

  test('above 16 x 16 leave norms over positions unknown, with the reason', () => {
    const predicted = (n: number) => {
      const model = document([n, n, 1], conv, { type: 'batch_norm' });
      return predict(model, n * n, measureInputs(model, new Float32Array(n * n).fill(1), n * n)!)![0]!;
    };
    expect(predicted(16)).toMatchObject({ q: expect.closeTo(1, 9) });
    expect(predicted(17)).toMatchObject({ q: Number.NaN, unknown: expect.stringMatching(/^batch norm .* up to 16 x 16/) });
  });

  test('with an empty margin lose nothing at the border', () => {
    const x = Float32Array.from({ length: 64 }, (_, p) => (p % 8 > 0 && p % 8 < 7 && p > 7 && p < 56 ? 1 : 0));
    const full = new Float32Array(64).fill(1);
    // Of three by three taps all see every pixel, or 1 - 2 / 24 of them along each axis.
    const lost = (rows: Float32Array): number => {
      const inputs = measureInputs(document([8, 8, 1], conv), rows, 64)!;
      return predict(document([8, 8, 1], conv), 64, inputs)![0]!.q / (2 * inputs.meanSquare);
    };
    expect(lost(x)).toBeCloseTo(1, 12);
    expect(lost(full)).toBeCloseTo((1 - 2 / 24) ** 2, 12);
  });
});

describe('a trunk that is rectified', () => {
  const variance = ({ after }: Reflected): number => {
    const { mean, square } = momentsOf(after);
    return square - mean ** 2;
  };

  test('begins as half a Gaussian, and loses no probability', () => {
    const first = reflectedGaussian(1, 1);
    // Of N(0, 2): the mean of its positive half is the root of 2 / (2 pi), its mean square 1.
    expect(momentsOf(first.after).mean).toBeCloseTo(1 / Math.sqrt(Math.PI), 3);
    expect(momentsOf(first.after).square).toBeCloseTo(1, 2);
    let step = first;
    for (let l = 0; l < 40; l++) step = reflectedStep(step.after, 1);
    expect(step.after.cells.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
    // A walk held at 0 spreads as the size of a free one: (1 - 2 / pi) of its variance.
    expect(variance(step) / (42 * (1 - 2 / Math.PI))).toBeGreaterThan(0.95);
  });

  test('hands on the gradient of what is not held', () => {
    const first = reflectedGaussian(1, 1);
    const second = reflectedStep(first.after, 0.5);
    const above = Float64Array.of(2);
    const [masked, back] = [second.masked(above), second.back(above)];
    // All of it but what stands at 0, and no more below than behind the mask.
    expect(masked).toBeCloseTo(2 * (1 - second.after.cells[0]!), 6);
    expect(back.reduce((sum, value) => sum + value, 0)).toBeCloseTo(masked, 6);
    expect(first.back(back)[0]).toBeCloseTo(masked - back[0]!, 6);
  });

  test('is told of rows with a norm at the end of the branch, and of nothing else', () => {
    const relu = { type: 'activation', name: 'relu' };
    const last = (...layers: object[]) =>
      predict({ model: { layers: [...layers, { type: 'dense', units: 2 }] as never }, training: { batchSize: 100_000 } }, 8, 1)!.at(-1)!;
    const block = (branch: object[]): object[] => [{ type: 'residual', layers: branch }, relu];
    const first = { type: 'dense', units: 8 };
    const weights = { type: 'dense', units: 8, initializer: { scheme: 'lecun_normal' } };
    // He's weights of the first layer make variance 2; the norm adds 1; half of it is positive.
    const normed = [weights, { type: 'batch_norm' }];
    expect(last(first, ...block(normed)).q).toBeCloseTo(2 * ((2 + 1) / 2), 1);
    // Two Gaussians have a Gaussian sum, whatever the branch; what was rectified before has none, nor what a second activation is given.
    expect(last(first, ...block([weights]))).toMatchObject({ q: expect.closeTo(2 * ((2 + 2) / 2), 6) });
    expect(last(first, ...block([weights, relu, weights])).unknown).toBeUndefined();
    for (const layers of [
      [first, relu, ...block(normed)],
      [first, ...block([weights]), ...block([weights])],
      [first, ...block([weights, relu])],
      [first, relu, relu],
    ])
      expect(last(...layers), JSON.stringify(layers)).toMatchObject({ q: Number.NaN, unknown: expect.stringContaining('the sum of a shortcut') });
    const map = { type: 'conv2d', filters: 8, kernelSize: 1 };
    const images = [{ type: 'reshape', shape: [2, 2, 2] }, map, relu, ...block([map, { type: 'batch_norm' }]), { type: 'flatten' }];
    expect(last(...images).unknown).toContain('the sum of a shortcut');
  });
});
