import { describe, expect, it } from 'vitest';
import { changesBetween } from '../../src/experiment/changes.ts';
import { compare, lossRows, toldLoss } from '../../src/experiment/judge.ts';
import type { LossDocument, LossName } from '../../src/experiment/registry/losses.ts';
import type { RowPredictions } from '../../src/experiment/row_predictions.ts';
import { Random } from '../../src/random.ts';

const random = new Random(7);
const rows = (outputs: number[][], targets: number[][]): RowPredictions => ({
  split: 'validation',
  rows: outputs.length,
  outputs: outputs.flat(),
  targets: targets.flat(),
});
const noise = (size: number): number => size * random.normal();
const many = <Value>(count: number, of: (i: number) => Value): Value[] => Array.from({ length: count }, (_, i) => of(i));

describe('losses of rows', () => {
  it.each<[LossName | LossDocument, number[], number[], number]>([
    ['mse', [1, 4], [3, 4], 2],
    ['mae', [1, 4], [3, 4], 1],
    [{ name: 'huber', delta: 1 }, [3], [0], 2.5],
    ['softmax_cross_entropy', [0, 0, 0, 0], [2], Math.log(4)],
    ['softmax_cross_entropy', [Math.log(3), 0], [0.5, 0.5], -0.5 * Math.log(0.75) - 0.5 * Math.log(0.25)],
    [{ name: 'softmax_cross_entropy', labelSmoothing: 0.2 }, [Math.log(3), 0], [0], -0.9 * Math.log(0.75) - 0.1 * Math.log(0.25)],
    ['bce_with_logits', [0, 0], [1, 0], Math.LN2],
    ['hinge', [0.25], [1], 0.75],
    ['kl_div', [Math.log(0.5), Math.log(0.5)], [0.5, 0.5], 0],
  ])('%o of %o for %o', (loss, outputs, targets, expected) => {
    expect(lossRows(loss, rows([outputs], [targets]))[0]).toBeCloseTo(expected, 12);
  });
});

describe('wrong answers', () => {
  it('of numbers that stand for classes: the nearest right one counts', () => {
    const truth = many(60, (i) => [(i % 4) / 3]);
    const third = rows(
      truth.map(([y]) => [y! === 0 ? 0.2 : y! === 1 ? 1.4 : y! + 0.1]),
      truth,
    );
    const right = rows(
      truth.map(([y]) => many(4, (i) => Number(i === Math.round(y! * 3)))),
      truth.map(([y]) => [Math.round(y! * 3)]),
    );
    expect(compare({ loss: 'mse', predictions: third }, { loss: 'softmax_cross_entropy', predictions: right })).toMatchObject({
      unit: 'error',
      loss: 0,
      untreatedLoss: 0.25,
      baselineLoss: 0.75,
    });
  });
});

describe('comparison', () => {
  const truth = many(80, (i) => [Math.sin(i)]);
  const near = (size: number): RowPredictions =>
    rows(
      truth.map(([y]) => [y! + noise(size)]),
      truth,
    );
  const judged = (predictions: RowPredictions, loss: LossName | LossDocument = 'mse') => ({ loss, predictions });

  it('is by the loss of the untreated document, with the best constant answer on the same rows', () => {
    const better = compare(judged(near(2)), judged(near(0.1)));
    expect(better).toMatchObject({ unit: 'loss', rows: 80, beatsUntreated: true, beatsBaseline: true });
    const mean = truth.reduce((sum, [y]) => sum + y! / 80, 0);
    expect(better.baselineLoss).toBeCloseTo(
      truth.reduce((sum, [y]) => sum + (y! - mean) ** 2 / 80, 0),
      9,
    );
    expect(better.won).toBeCloseTo(1 - better.loss / better.baselineLoss, 12);
    // Of squared errors the root is told, which is in the unit of the targets.
    expect(better.root).toBe(true);
    expect(Number(toldLoss(better, better.loss)) ** 2).toBeCloseTo(better.loss, 3);
    expect(compare(judged(near(2), 'mae'), judged(near(0.1), 'mae')).root).toBeUndefined();
    // Trained by another loss of numbers, and judged by the same.
    expect(compare(judged(near(2)), judged(near(0.1), 'mae')).loss).toBeLessThan(0.02);
  });

  it('is clearly better than a model that is wrong beyond all measure on a few rows', () => {
    const wild = rows(
      truth.map(([y], i) => [i % 40 === 0 ? 1e3 : y! + 2]),
      truth,
    );
    expect(compare(judged(wild), judged(near(0.1)))).toMatchObject({ beatsUntreated: true });
    // No row counts more than the worst of knowing nothing: this is better on two rows, and worse on all others.
    expect(compare(judged(wild), judged(near(4)))).toMatchObject({ beatsUntreated: false });
  });

  it('calls clear what is above two standard errors of the difference, row by row', () => {
    const same = near(0.5);
    expect(compare(judged(same), judged(same))).toMatchObject({ beatsUntreated: false, beatsBaseline: true });
    // Less by a hundredth in every row: small, and certain.
    const off = (more: number): RowPredictions =>
      rows(
        truth.map(([y]) => [y! + more]),
        truth,
      );
    expect(compare(judged(off(0.5)), judged(off(0.49))).beatsUntreated).toBe(true);
    // One row alone is much better.
    const lucky = rows(
      truth.map(([y], i) => [y! + (i === 0 ? 0.5 : 5)]),
      truth,
    );
    expect(compare(judged(off(5)), judged(lucky)).beatsUntreated).toBe(false);
  });

  it('takes what is not finite for the worst, on either side', () => {
    const broken = rows(
      many(80, () => [Number.NaN]),
      truth,
    );
    expect(compare(judged(broken), judged(near(0.1)))).toMatchObject({ beatsUntreated: true, beatsBaseline: true });
    expect(compare(judged(near(2)), judged(broken))).toMatchObject({ beatsUntreated: false, beatsBaseline: false, won: Number.NEGATIVE_INFINITY });
  });

  it('counts wrong predictions where the losses are of different kinds', () => {
    const classes = many(60, (i) => [i % 3]);
    const oneHot = classes.map(([c]) => many(3, (i) => Number(i === c)));
    const untreated = rows(
      many(60, () => [0.3, 0.4, 0.3]),
      oneHot,
    );
    const treated = rows(
      classes.map(([c], row) => many(3, (i) => (i === (row < 6 ? (c! + 1) % 3 : c) ? 4 : 0))),
      classes,
    );
    const comparison = compare({ loss: 'mse', predictions: untreated }, { loss: 'softmax_cross_entropy', predictions: treated });
    expect(comparison).toMatchObject({ unit: 'error', loss: 0.1, beatsUntreated: true, beatsBaseline: true });
    expect(comparison.untreatedLoss).toBeCloseTo(2 / 3, 12);
    expect(comparison.baselineLoss).toBeCloseTo(2 / 3, 12);
    // One output under softmax always predictions the first class.
    const one = rows(
      many(60, () => [7]),
      many(60, (i) => [i % 2]),
    );
    const two = rows(
      many(60, (i) => (i % 2 ? [0, 3] : [3, 0])),
      many(60, (i) => [i % 2]),
    );
    expect(compare({ loss: 'softmax_cross_entropy', predictions: one }, { loss: 'softmax_cross_entropy', predictions: two })).toMatchObject({
      unit: 'error',
      untreatedLoss: 0.5,
      loss: 0,
    });
  });

  it('weighs rows as the treated document does: for all three alike', () => {
    const classes = many(100, (i) => [Number(i < 5)]);
    const always = rows(
      many(100, () => [Math.log(0.95), Math.log(0.05)]),
      classes,
    );
    const finds = rows(
      classes.map(([c], i) => (c || i % 10 === 9 ? [0, 3] : [3, 0])),
      classes,
    );
    const weights: LossDocument = { name: 'softmax_cross_entropy', classWeights: [100 / 190, 10] };
    const comparison = compare({ loss: 'softmax_cross_entropy', predictions: always }, { loss: weights, predictions: finds });
    expect(comparison.baselineLoss).toBeCloseTo(Math.LN2, 2);
    expect(comparison.untreatedLoss).toBeGreaterThan(1.4);
    expect(comparison.loss).toBeLessThan(0.3);
    expect(comparison).toMatchObject({ unit: 'loss', beatsUntreated: true, beatsBaseline: true });
  });

  it('smooths labels as the treated document does: where all classes were alike, who knows the right one would lose', () => {
    const classes = many(90, (i) => [i % 3]);
    const knowing = rows(
      classes.map(([right]) => many(3, (c) => (c === right ? 4 : 0))),
      classes,
    );
    const nothing = rows(
      many(90, () => [0, 0, 0]),
      classes,
    );
    const smoothed = (labelSmoothing: number): LossDocument => ({ name: 'softmax_cross_entropy', labelSmoothing });
    const after = compare({ loss: smoothed(0.99), predictions: nothing }, { loss: smoothed(0.1), predictions: knowing });
    expect(after).toMatchObject({ unit: 'loss', beatsUntreated: true, beatsBaseline: true });
    expect(after.untreatedLoss).toBeCloseTo(Math.log(3), 12);
    expect(after.loss).toBeLessThan(0.4);
    expect(compare({ loss: smoothed(0.99), predictions: nothing }, { loss: 'softmax_cross_entropy', predictions: knowing }).loss).toBeLessThan(0.1);
    expect(compare({ loss: smoothed(0.99), predictions: nothing }, { loss: smoothed(0.99), predictions: knowing }).beatsBaseline).toBe(false);
  });
});

describe('changes', () => {
  it('are a line for each place', () => {
    const before = { a: { b: 1, gone: true }, layers: [{ type: 'x' }, { type: 'y', n: 1 }], list: [1, 2] };
    const after = { a: { b: 2 }, layers: [{ type: 'x' }, { type: 'new' }, { type: 'y', n: 1 }], list: [1, 3], more: 'm' };
    expect(changesBetween(before, after)).toEqual(['a.b: 1 → 2', '- a.gone: true', '+ layers[1]: {"type":"new"}', 'list: [1,2] → [1,3]', '+ more: "m"']);
    expect(changesBetween(before, { ...before, layers: [{ type: 'x' }, { type: 'y', n: 2 }] })).toEqual(['layers[1].n: 1 → 2']);
    expect(changesBetween(before, structuredClone(before))).toEqual([]);
  });
});
