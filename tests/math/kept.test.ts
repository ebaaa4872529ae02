// What a run says of the weights that it keeps.
import { expect, test } from 'vitest';
import { keptText } from '../../src/experiment/kept.ts';

test('the step that is kept, and why', () => {
  const validations = [0.5, 0.25, 0.4].map((validationLoss, i) => ({ step: 10 * (i + 1), epoch: i, trainLoss: 0, validationLoss }));
  expect(keptText({ validations, keptStep: 20 })).toBe(
    'Kept: the weights after step 20, of the lowest validation loss (0.25, of 3 validations; after step 30 it was 0.4).',
  );
  expect(keptText({ validations: validations.slice(0, 2), keptStep: 20 })).toBe(
    'Kept: the weights after step 20, of the lowest validation loss (0.25, of 2 validations).',
  );
  expect(keptText({ validations })).toBeUndefined();
});
