// Targets fit the loss, or the message names the row and the value.
import { describe, expect, test } from 'vitest';
import { DataError } from '../../src/errors.ts';
import { bceWithLogits, hinge, klDivergence, type Loss, mae, mse, softmaxCrossEntropy, squaredHinge } from '../../src/nn/losses.ts';
import { checkTargets } from '../../src/nn/targets.ts';

const check = (loss: Loss, outputs: number, y: readonly number[]): void =>
  checkTargets(Float32Array.from(y), { where: 'trainOnBatch: y', loss: loss.name, rule: loss.targets, outputs, width: loss.targetSize(outputs) });

const index = softmaxCrossEntropy();
const probability = softmaxCrossEntropy({ targets: 'probability', labelSmoothing: 0.1 });

describe('what fits', () => {
  test.each<[string, Loss, number, number[]]>([
    ['class indexes', index, 3, [0, 1, 2, 0]],
    ['probabilities', probability, 3, [0, 1, 0, 0.2, 0.3, 0.5]],
    ['thirds, which are rounded', probability, 3, [1 / 3, 1 / 3, 1 / 3]],
    ['probabilities of KL', klDivergence(), 2, [0.25, 0.75]],
    ['fractions', bceWithLogits(), 2, [0, 1, 0.5, 1]],
    ['signs', hinge(), 1, [-1, 1]],
    ['signs of the squared hinge', squaredHinge(), 1, [-1, 1]],
    ['any number', mse(), 1, [-1e30, 0, 3.5]],
    ['any number of a loss of one', { ...mae(), targets: undefined } as never, 1, [5]],
  ])('%s', (_, loss, outputs, y) => check(loss, outputs, y));
});

describe('what does not', () => {
  test.each<[string, Loss, number, number[], string]>([
    [
      'a class above the last',
      index,
      3,
      [0, 3],
      'trainOnBatch: y, row 1: expected a class index from 0 to 2, as softmax_cross_entropy takes it for 3 outputs, got 3',
    ],
    ['a class below the first', index, 3, [-1], 'row 0: expected a class index from 0 to 2'],
    ['half a class', index, 3, [0, 1, 1.5], 'row 2: expected a class index from 0 to 2'],
    ['no class', index, 3, [Number.NaN], 'got NaN'],
    ['two classes for one output', index, 1, [0, 1], 'row 1: expected a class index from 0 to 0, as softmax_cross_entropy takes it for 1 output, got 1'],
    ['a probability above 1', probability, 2, [0.5, 0.5, -0.5, 1.5], 'row 1, column 0: expected a probability from 0 to 1'],
    ['probabilities that sum to less', probability, 2, [0.5, 0.5, 0.4, 0.5], 'row 1: expected probabilities that sum to 1'],
    ['a row of zeros for KL', klDivergence(), 2, [0, 0], 'expected probabilities that sum to 1, as kl_div takes it for 2 outputs, got a sum of 0.000'],
    ['a fraction below 0', bceWithLogits(), 1, [0, -1], 'row 1: expected a number from 0 to 1'],
    ['a fraction that is NaN', bceWithLogits(), 1, [Number.NaN], 'got NaN'],
    ['0 for the hinge', hinge(), 1, [1, 0], 'row 1: expected -1 or 1, as hinge takes it for 1 output, got 0'],
    ['0 for the squared hinge', squaredHinge(), 2, [1, -1, 1, 0], 'row 1, column 1: expected -1 or 1'],
    ['an infinite number', mse(), 1, [Number.POSITIVE_INFINITY], 'expected a finite number'],
    ['NaN for a loss of one', { ...mae(), targets: undefined } as never, 1, [Number.NaN], 'expected a finite number'],
  ])('%s', (_, loss, outputs, y, message) => {
    expect(() => check(loss, outputs, y)).toThrow(DataError);
    expect(() => check(loss, outputs, y)).toThrow(message);
  });
});
