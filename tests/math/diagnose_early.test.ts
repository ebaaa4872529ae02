// What a run shows before it leaves the finite range, and what never moves.
import { describe, expect, it } from 'vitest';
import type { RunFacts } from '../../src/inspect/facts.ts';
import { ask, layers, noise, type Shape } from '../support/synthetic_history.ts';

const task = { kind: 'classification', classes: 10 } as const;
const run = (more: Partial<Shape>): Shape => ({ layers: layers(4), steps: 100, task, ...more });
/** A loss that falls to 1 and jitters. */
const learning = (t: number): number => 1 + 1.3 * Math.exp(-t / 15) + 0.05 * noise(t);

describe('loss_spikes', () => {
  it('warns while the loss has not come back, against its own recent history', () => {
    const found = ask('loss_spikes', run({ steps: 60, loss: (t) => (t >= 59 ? 12 : learning(t)) }));
    expect(found).toMatchObject({ severity: 'warn', step: 59, evidence: { spikes: 1 } });
    expect(found!.evidence.sigmas).toBeGreaterThan(6);
  });

  it('is a note once it has', () => {
    expect(ask('loss_spikes', run({ loss: (t) => (t === 59 ? 12 : learning(t)) }))).toMatchObject({ severity: 'note', step: 59 });
  });

  it('is quiet about noise, a bad batch, a jump from a loss that always jumps, and the beginning', () => {
    expect(ask('loss_spikes', run({ loss: learning }))).toBeUndefined();
    expect(ask('loss_spikes', run({ loss: (t) => (t === 99 ? 3.2 : learning(t)) }))).toBeUndefined();
    expect(ask('loss_spikes', run({ loss: (t) => (t % 3 === 0 ? 12 : learning(t)) }))).toBeUndefined();
    expect(ask('loss_spikes', run({ loss: (t) => (t < 10 ? 30 : learning(t)) }))).toBeUndefined();
  });
});

describe('loss_diverges', () => {
  it('warns of a loss that climbs away from its best, slowly', () => {
    const found = ask('loss_diverges', run({ loss: (t) => (t < 50 ? learning(t) : learning(t) + 0.03 * (t - 50)) }));
    expect(found).toMatchObject({ severity: 'warn', step: 100 });
    expect(found!.evidence.bestStep).toBeLessThan(65);
  });

  it('and fast', () => {
    expect(ask('loss_diverges', run({ steps: 80, loss: (t) => (t < 65 ? learning(t) : 1.25 ** (t - 64)) }))).toBeDefined();
  });

  it('is quiet about a loss that falls, stays, swings, or has turned round', () => {
    for (const loss of [
      learning,
      () => 2.3,
      (t: number) => learning(t) + 0.4 * Math.sin(t / 2),
      (t: number) => learning(t) + (t > 40 && t < 80 ? 2 : 0),
      // It has come from far above, and is no worse than it was.
      (t: number) => 20 * Math.exp(-t / 5) + 2.2 + 0.1 * noise(t),
    ])
      expect(ask('loss_diverges', run({ loss }))).toBeUndefined();
    expect(ask('loss_diverges', run({ steps: 25, loss: (t) => 1 + t }))).toBeUndefined();
  });
});

describe('weights_grow', () => {
  const grown = (size: (t: number) => number, more: Partial<Shape> = {}) =>
    run({ tensors: { weight: (l, t) => ({ rms: l === 1 ? size(t) : 0.18 }) }, ...more });

  it('names the layer whose weights grow on', () => {
    expect(
      ask(
        'weights_grow',
        grown((t) => 0.18 * 1.03 ** t),
      ),
    ).toMatchObject({ severity: 'warn', layer: 'dense_2', evidence: { layers: 1 } });
  });

  it('is quiet where they slow down, are small, frozen, or shrink at the end', () => {
    expect(
      ask(
        'weights_grow',
        grown((t) => 0.18 + 2 * (1 - Math.exp(-t / 15))),
      ),
    ).toBeUndefined();
    expect(
      ask(
        'weights_grow',
        grown((t) => 0.002 * 1.03 ** t),
      ),
    ).toBeUndefined();
    expect(
      ask(
        'weights_grow',
        grown((t) => 0.18 * 1.03 ** Math.min(t, 98 - (t - 98))),
      ),
    ).toBeUndefined();
    expect(
      ask(
        'weights_grow',
        grown((t) => 0.18 * 1.03 ** t, { layers: layers(4).map((layer) => ({ ...layer, frozen: true })) }),
      ),
    ).toBeUndefined();
  });
});

describe('weights_stay', () => {
  const all = (size: number) => ({ rms: size, l2: size, absMean: size });
  /** Updates of this size, of gradients that are there where the updates are. */
  const update = (of: (l: number) => number) => ({ update: (l: number) => all(of(l)), weight_gradient: (l: number) => all(of(l) && 1) });
  const stuck = (more: Partial<Shape>): Shape => run({ loss: () => 2.3, ...more });

  it('names a layer that was never updated', () => {
    expect(ask('weights_stay', stuck({ tensors: update((l) => (l < 2 ? 0 : 1e-4)) }))).toMatchObject({
      kind: 'no_update',
      layer: 'dense_1',
      layers: ['dense_1', 'dense_2'],
    });
  });

  it('and one whose updates float32 does not hold', () => {
    const ratio = (l: number) => ({ l2: 1e-9, absMean: 1e-9, ...(l === 3 ? { applied: 0.001 } : { applied: 1 }) });
    expect(ask('weights_stay', stuck({ ratio }))).toMatchObject({ kind: 'rounded', layer: 'dense_4' });
  });

  it('is quiet of layers that move once, are frozen, in branches, and of a run that learned or has just begun', () => {
    expect(
      ask('weights_stay', stuck({ tensors: { update: (_, t) => ({ l2: t === 50 ? 1 : 0 }), weight_gradient: (_, t) => all(t === 50 ? 1 : 0) } })),
    ).toBeUndefined();
    const none = update(() => 0);
    for (const more of [{ frozen: true }, { residual: true }])
      expect(ask('weights_stay', stuck({ layers: layers(4).map((layer) => ({ ...layer, ...more })), tensors: none }))).toBeUndefined();
    expect(ask('weights_stay', stuck({ tensors: none, loss: (t) => 2.3 * Math.exp(-t / 10) }))).toBeUndefined();
    expect(ask('weights_stay', stuck({ tensors: none, steps: 5 }))).toBeUndefined();
    expect(ask('weights_stay', stuck({ tensors: none, learningRate: () => 0 }))).toBeUndefined();
  });

  it('and where most is kept as it began, by freezing or by a rate of 0, in a run that learned little', () => {
    const task = { kind: 'regression', baselineLoss: 2.3 } as const;
    const frozen = (count: number): Partial<Shape> => ({ task, layers: layers(4).map((layer, at) => (at < count ? { ...layer, frozen: true } : layer)) });
    const expected = { kind: 'kept', severity: 'warn', layers: ['dense_1', 'dense_2', 'dense_3'], evidence: { share: 0.6 } };
    expect(ask('weights_stay', stuck(frozen(3)))).toMatchObject(expected);
    const still = { update: (l: number) => all(l < 3 ? 0 : 1e-4), weight_gradient: () => all(1e-2) };
    expect(ask('weights_stay', stuck({ task, tensors: still }))).toMatchObject(expected);
    // Little is kept, or the rest learned all the same, as a new head does.
    expect(ask('weights_stay', stuck(frozen(1)))).toBeUndefined();
    for (const loss of [(t: number) => 2.3 * Math.exp(-t / 10), (t: number) => 2.3 * Math.max(0.4, 1 - t / 40)])
      expect(ask('weights_stay', stuck({ ...frozen(3), loss }))).toBeUndefined();
  });
});

describe('classes_left_out', () => {
  const facts = (counts: number[]): RunFacts => ({
    outputs: [
      {
        ...{ name: 'output', loss: 'softmax_cross_entropy', task: 'classification' as const, units: counts.length, activation: 'linear' },
        range: [-Infinity, Infinity] as const,
        targets: { kind: 'classes', rows: 300, columns: 1, min: 0, max: counts.length - 1, mean: 4.5, variance: 8, counts },
      },
    ],
  });
  const validated = (predictedClasses: number[], counts = predictedClasses.map(() => 30)) =>
    run({ facts: facts(counts), validations: [{ step: 90, epoch: 9, trainLoss: 1, validationLoss: 1, predictedClasses }] });

  it('counts the classes that are never the answer', () => {
    const found = ask('classes_left_out', validated([50, 50, 0, 0, 0, 0]));
    expect(found).toMatchObject({ severity: 'warn', step: 90, evidence: { missing: 4, classes: 6, rows: 100 } });
    expect(found!.message).toContain('2, 3, 4, 5');
  });

  it('is quiet of one class alone, few that are left out, rare ones, and two classes', () => {
    expect(ask('classes_left_out', validated([100, 0, 0, 0, 0, 0]))).toBeUndefined();
    expect(ask('classes_left_out', validated([30, 30, 20, 20, 0, 0]))).toBeUndefined();
    expect(ask('classes_left_out', validated([50, 50, 0, 0, 0, 0], [100, 100, 1, 1, 1, 1]))).toBeUndefined();
    expect(ask('classes_left_out', validated([100, 0]))).toBeUndefined();
  });
});
