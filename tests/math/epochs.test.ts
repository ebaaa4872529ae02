// Epochs in steps: one way of counting for trainers, documents and the page.
import { describe, expect, test } from 'vitest';
import { stepsOfEpochs, stepsPerEpoch } from '../../src/train/epochs.ts';

describe('steps that see all batches of so many epochs', () => {
  test.each([
    // 27 epochs of 7 batches are 189, in threes 63: not 64, which 27 * (7 / 3) gives in floating point.
    [27, 50, 8, 3, 63],
    [2, 50, 8, 4, 4],
    [1, 50, 8, 1, 7],
    [1, 50, 8, 100, 1],
    [0, 50, 8, 3, 0],
    [0.5, 50, 8, 1, 4],
    // 1.1 * 10 is a little above 11.
    [1.1, 10, 1, 1, 11],
    [0.7, 100, 1, 7, 10],
    [1e6, 50, 8, 7, 1e6],
  ])('%d epochs of %d rows in batches of %d, %d in a step: %d steps', (epochs, rows, batchSize, accumulate, steps) => {
    expect(stepsOfEpochs(epochs, { rows, batchSize, accumulate })).toBe(steps);
  });

  test('are enough and not one too many, whatever the numbers', () => {
    for (let epochs = 1; epochs <= 40; epochs++)
      for (let batches = 1; batches <= 12; batches++)
        for (let accumulate = 1; accumulate <= 12; accumulate++) {
          const steps = stepsOfEpochs(epochs, { rows: batches, batchSize: 1, accumulate });
          expect(steps * accumulate).toBeGreaterThanOrEqual(epochs * batches);
          expect((steps - 1) * accumulate).toBeLessThan(epochs * batches);
        }
  });
});

test('the epoch after a step', () => {
  expect(4 / stepsPerEpoch({ rows: 50, batchSize: 8, accumulate: 4 })).toBe(16 / 7);
});
