// The loss of the best constant answer, against minimisation by brute force: coordinate by coordinate, with ever smaller steps, over the float64 definition of the loss.
import { describe, expect, test } from 'vitest';
import { bestConstantError } from '../../src/nn/losses/constant.ts';
import type { LossFeature } from '../../src/nn/losses/loss.ts';
import { LOSSES } from '../../src/nn/losses.ts';
import type { ElementwiseLoss } from '../../src/ops/losses.ts';
import { Random } from '../diagnosis/data.ts';
import { noise } from '../support/synthetic_history.ts';

const ROWS = 40;
const numbers = (columns: number, of: (i: number) => number): number[] => Array.from({ length: ROWS * columns }, (_, i) => of(i));
const signs = numbers(2, (i) => (noise(i) > (i % 2 ? 0.5 : -0.3) ? 1 : -1));
const bits = numbers(2, (i) => (noise(i) > (i % 2 ? 0.9 : -0.3) ? 1 : 0));
const shares = numbers(2, (i) => (noise(i) + 1) / 2);
const targets = numbers(2, (i) => 1000 * (i % 2) + 30 * noise(i) ** 3);
const labels = numbers(1, (i) => (i % 7 === 0 ? 2 : i % 3 === 0 ? 1 : 0));
const distributions = Array.from({ length: ROWS }, (_, row) => {
  const odds = [0, 1, 2].map((column) => Math.exp(2 * noise(3 * row + column)) * (row % 5 === column ? 0 : 1));
  return odds.map((each) => each / odds.reduce((a, b) => a + b));
}).flat();

const logSoftmax = (x: readonly number[]): number[] => {
  const whole = Math.log(x.reduce((sum, each) => sum + Math.exp(each), 0));
  return x.map((each) => each - whole);
};

/** The least of a function of a few numbers. */
function leastOf(loss: (x: readonly number[]) => number, size: number, start: number): number {
  const x = new Array<number>(size).fill(start);
  let best = loss(x);
  for (let step = 600; step > 1e-9; ) {
    let moved = false;
    for (let i = 0; i < size; i++)
      for (const by of [step, -step]) {
        const before = x[i]!;
        x[i] = before + by;
        const now = loss(x);
        if (now < best) [best, moved] = [now, true];
        else x[i] = before;
      }
    if (!moved) step /= 2;
  }
  return best;
}

const elementwise =
  (name: 'mse' | 'mae' | 'huber' | 'hinge' | 'squared_hinge' | 'bce_with_logits', values: readonly number[], params = {}, weight = (_t: number): number => 1) =>
  (x: readonly number[]): number =>
    values.reduce((sum, t, i) => sum + weighted((LOSSES[name] as { entry: ElementwiseLoss }).entry, x[i % x.length]!, t, params, weight), 0) / values.length;

/** BCE with weights of positive targets: the loss is linear in the target. */
function weighted({ value }: ElementwiseLoss, y: number, t: number, params: Record<string, number>, weight: (t: number) => number): number {
  const positive = weight(t);
  return positive === 1 ? value(y, t, params) : t * positive * value(y, 1, params) + (1 - t) * value(y, 0, params);
}

type Case = [name: string, feature: LossFeature, options: object, values: readonly number[], outputs: number, loss: (x: readonly number[]) => number];
const [one, two, three] = [1, 2, 5];
const classWeights = [1, 4, 0.5];
const crossEntropy =
  (weights = [1, 1, 1], smoothing = 0, values: readonly number[] = labels) =>
  (x: readonly number[]): number => {
    const log = logSoftmax(x);
    const known = values.filter((label) => label >= 0);
    const all = known.reduce((sum, label) => sum + weights[label]!, 0);
    return (
      known.reduce((sum, label) => sum - log.reduce((s, each, j) => s + weights[j]! * each * ((1 - smoothing) * (j === label ? 1 : 0) + smoothing / 3), 0), 0) /
      all
    );
  };
const divergence =
  (entropy: 0 | 1) =>
  (x: readonly number[]): number => {
    const log = logSoftmax(x);
    return distributions.reduce((sum, t, i) => (t > 0 ? sum + t * (entropy * Math.log(t) - log[i % 3]!) : sum), 0) / ROWS;
  };

const cases: Case[] = [
  ['mse', LOSSES.mse, {}, targets, 2, elementwise('mse', targets)],
  ['mae', LOSSES.mae, {}, targets, 2, elementwise('mae', targets)],
  ['huber', LOSSES.huber, { delta: three }, targets, 2, elementwise('huber', targets, { delta: three })],
  ['huber, usual delta', LOSSES.huber, {}, targets, 2, elementwise('huber', targets, { delta: one })],
  ['hinge', LOSSES.hinge, {}, signs, 2, elementwise('hinge', signs)],
  ['hinge with labels of 0 and 1', LOSSES.hinge, {}, bits, 2, elementwise('hinge', bits)],
  ['squared hinge', LOSSES.squared_hinge, {}, signs, 2, elementwise('squared_hinge', signs)],
  ['bce', LOSSES.bce_with_logits, {}, bits, 2, elementwise('bce_with_logits', bits)],
  ['bce with soft targets', LOSSES.bce_with_logits, {}, shares, 2, elementwise('bce_with_logits', shares)],
  ['bce with a weight of positives', LOSSES.bce_with_logits, { posWeight: two }, bits, 2, elementwise('bce_with_logits', bits, {}, () => two)],
  ['bce with weights and soft targets', LOSSES.bce_with_logits, { posWeight: [3, 3] }, shares, 2, elementwise('bce_with_logits', shares, {}, () => 3)],
  ['cross entropy', LOSSES.softmax_cross_entropy, { targets: 'index' }, labels, 3, crossEntropy()],
  ['cross entropy, smoothed', LOSSES.softmax_cross_entropy, { targets: 'index', labelSmoothing: 0.2 }, labels, 3, crossEntropy(undefined, 0.2)],
  [
    'cross entropy, weighted and smoothed',
    LOSSES.softmax_cross_entropy,
    { targets: 'index', labelSmoothing: 0.2, classWeights },
    labels,
    3,
    crossEntropy(classWeights, 0.2),
  ],
  [
    'cross entropy that ignores targets',
    LOSSES.softmax_cross_entropy,
    { targets: 'index', ignoreIndex: -1 },
    [...labels, -1, -1, -1],
    3,
    crossEntropy(undefined, 0, [...labels, -1, -1]),
  ],
  ['cross entropy of probabilities', LOSSES.softmax_cross_entropy, { targets: 'probability' }, distributions, 3, divergence(0)],
  ['kl_div', LOSSES.kl_div, {}, distributions, 3, divergence(1)],
];

describe('the best constant answer', () => {
  test.each(cases)('%s', (_name, { bestConstant }, options, values, outputs, loss) => {
    const columns = values.length === outputs * ROWS ? outputs : 1;
    const least = leastOf(loss, outputs, 0);
    expect(least).toBeGreaterThan(0.01);
    const best = bestConstant({ values, columns, outputs }, options);
    expect(best.loss).toBeCloseTo(least, 6);
    expect(loss(best.answer)).toBeCloseTo(least, 6);
    // A row that counts three times is there three times.
    const weights = Array.from({ length: values.length / columns }, (_, row) => 1 + 2 * Number(row % 3 === 0));
    const written = weights.flatMap((weight, row) => new Array(weight).fill(values.slice(row * columns, (row + 1) * columns)).flat());
    const [weighed, repeated] = [bestConstant({ values, columns, outputs, weights }, options), bestConstant({ values: written, columns, outputs }, options)];
    expect(weighed.loss).toBeCloseTo(repeated.loss, 9);
    expect(loss(weighed.answer)).toBeCloseTo(loss(repeated.answer), 6);
  });

  test('has the standard error of so many rows', () => {
    const errorOf = (values: readonly number[], columns = 1): number =>
      bestConstantError({ values, columns, outputs: columns }, (targets) => (LOSSES.mse as LossFeature).bestConstant(targets, {}).loss);
    // Of normal targets the variance has a standard error of its root of 2 / rows.
    const random = new Random(5);
    const normal = Array.from({ length: 10_000 }, () => random.normal());
    for (const rows of [50, 1000, 10_000])
      expect(errorOf(normal.slice(0, rows)) / Math.sqrt(2 / rows)).toSatisfy((ratio: number) => ratio > 0.6 && ratio < 1.6);
    // One row that makes most of the loss is worth no more than itself.
    const heavy = [...normal.slice(0, 41), 30];
    const spread = heavy.reduce((sum, value) => sum + value * value, 0) / 42;
    expect(errorOf(heavy)).toBeGreaterThan(0.8 * spread);
    expect(errorOf([3, 3, 3, 3])).toBe(0);
    expect(errorOf([3])).toBe(0);
    expect(errorOf([1, 5, 2, 5, 3, 5, 4, 5], 2)).toBeCloseTo(errorOf([1, 2, 3, 4]) / 2, 12);
    const even = { values: [0, 1, 2, 0, 1, 2], columns: 1, outputs: 3 };
    const ofClasses = (targets: typeof even): number => LOSSES.softmax_cross_entropy.bestConstant(targets, { targets: 'index' }).loss;
    expect(bestConstantError(even, ofClasses as never)).toBeCloseTo(0, 12);
  });

  test('every loss of documents has one', () => {
    expect(new Set(cases.map(([, feature]) => feature)).size).toBe(Object.keys(LOSSES).length);
  });

  test('is 0 where all targets are alike, and ends', () => {
    for (const [name, value] of [
      ['mse', 5e5],
      ['mae', 5e5],
      ['huber', -5e5],
      ['hinge', 1],
      ['squared_hinge', -1],
      ['bce_with_logits', 1],
      ['softmax_cross_entropy', 0],
    ] as const)
      expect((LOSSES[name] as LossFeature).bestConstant({ values: new Array(9).fill(value), columns: 1, outputs: 1 }, {}).loss, name).toBeCloseTo(0, 6);
  });
});
