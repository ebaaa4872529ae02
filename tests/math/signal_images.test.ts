// What theory says of networks of images is what ../shared/THEORY.md derived and simulated; tests/gpu/signal_images has the same networks on the GPU.
import { describe, expect, test } from 'vitest';
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
