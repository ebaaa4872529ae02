// What theory says of networks of images is what ../shared/THEORY.md derived and simulated; tests/gpu/signal_images has the same networks on the GPU.
import { describe, expect, test } from 'vitest';
import { measureInputs, predict } from '../../src/experiment/predict.ts';
import { IMAGE_SIGNALS, predictedBy } from '../support/image_signal.ts';

// Derived there for a limit in which a batch norm's variance is its mean: the walk has the finite batch.
const APART: Readonly<Record<string, number>> = {
  'pre-norm blocks, batch norm': 0.011,
  'pre-norm blocks of two weights, batch norm': 0.017,
  'pre-norm blocks, batch norm, 1/sqrt(L)': 0.017,
  'pre-norm blocks of two weights, batch norm, 1/sqrt(L)': 0.029,
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
