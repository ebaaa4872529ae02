// Rules about updates, units and the loss, on either side of their levels, and on what only looks like their trouble.
import { describe, expect, it } from 'vitest';
import { ask, chance, checks, layers, noise, type Shape, stuckLoss } from '../support/synthetic_history.ts';

describe('update_size', () => {
  const net = (exponent: number, more: Partial<Shape> = {}): Shape => ({
    layers: layers(4),
    steps: 100,
    loss: stuckLoss,
    ratio: () => ({ l2: 10 ** exponent, absMean: 10 ** exponent }),
    ...more,
  });

  it('wants log10 of update over weight in [-4, -1]', () => {
    for (const exponent of [-3.9, -3, -1.1]) expect(ask('update_size', net(exponent))).toBeUndefined();
    expect(ask('update_size', net(-0.9))).toMatchObject({
      severity: 'warn',
      title: 'Updates are too large',
      evidence: { layers: 5, log10L2: expect.closeTo(-0.9, 9) },
      remedies: ['learning_rate'],
    });
    expect(ask('update_size', net(1.1))?.severity).toBe('severe');
    expect(ask('update_size', net(-4.1))).toMatchObject({ severity: 'warn', title: 'Updates are too small' });
    expect(ask('update_size', net(-8.1))?.severity).toBe('severe');
    expect(ask('update_size', net(0, { ratio: () => ({ l2: 0, absMean: 0 }) }))).toMatchObject({ severity: 'severe', evidence: { log10L2: -45 } });
  });

  it('needs both measures, a few steps, and no progress', () => {
    expect(ask('update_size', net(0, { ratio: () => ({ l2: 0.5, absMean: 0.05 }) }))).toBeUndefined();
    expect(ask('update_size', net(-0.5, { steps: 5 }))).toBeUndefined();
    expect(ask('update_size', net(-5, { steps: 5 }))).toBeUndefined();
    expect(ask('update_size', net(-9, { steps: 5 }))?.severity).toBe('severe');
    expect(ask('update_size', net(-6, { loss: (t) => 2.3 * Math.exp(-t / 40) }))).toBeUndefined();
    expect(ask('update_size', net(-0.5, { loss: (t) => 2.3 * Math.exp(-t / 60) }))).toBeUndefined();
    expect(ask('update_size', net(-9, { learningRate: () => 0 }))).toBeUndefined();
    expect(ask('update_size', net(0, { ratio: () => ({ l2: Number.POSITIVE_INFINITY, absMean: Number.POSITIVE_INFINITY }) }))).toBeUndefined();
  });
});

describe('units', () => {
  const dead = (fraction: number, zeroFraction: number, more: Partial<Shape> = {}): Shape => ({
    layers: layers(4),
    loss: stuckLoss,
    dead: (l) => (l === 2 ? fraction : 0.05),
    tensors: { weight_gradient: () => ({ zeroFraction }) },
    ...more,
  });

  it('sees dead units, and gradients that died with them', () => {
    expect(ask('dead_units', dead(0.45, 0.9))).toBeUndefined();
    expect(ask('dead_units', dead(0.55, 0.6))).toMatchObject({
      severity: 'warn',
      layer: 'dense_3',
      remedies: ['activation', 'learning_rate', 'critical_initialisation'],
    });
    expect(ask('dead_units', dead(0.55, 0.75))).toMatchObject({ severity: 'severe', evidence: { gradientZeroFraction: 0.75 } });
    expect(ask('dead_units', dead(1, 0))?.severity).toBe('severe');
  });

  it('allows for what depth has switched off before the first update', () => {
    // 64 units: of layer 39 as many as 0.40 and four deviations of 0.06 may be off.
    const deep = (fraction: (t: number) => number, layer = 38): Shape => ({
      layers: layers(40),
      loss: stuckLoss,
      dead: (l, t) => (l === layer ? fraction(t) : 0.3),
      tensors: { weight_gradient: () => ({ zeroFraction: 0.75 }) },
    });
    expect(
      ask(
        'dead_units',
        deep(() => 0.6),
      ),
    ).toBeUndefined();
    expect(
      ask(
        'dead_units',
        deep((t) => (t === 1 ? 0.5 : 0.6)),
      ),
    ).toBeUndefined();
    // More than a toss makes of it, a layer near the input, a layer that was awake, or all of a layer.
    expect(
      ask(
        'dead_units',
        deep(() => 0.68),
      )?.layer,
    ).toBe('dense_39');
    expect(
      ask(
        'dead_units',
        deep(() => 0.6, 5),
      )?.layer,
    ).toBe('dense_6');
    expect(
      ask(
        'dead_units',
        deep((t) => (t === 1 ? 0.05 : 0.6)),
      )?.layer,
    ).toBe('dense_39');
    expect(
      ask(
        'dead_units',
        deep(() => 1),
      )?.severity,
    ).toBe('severe');
    // A log that begins later does not say how it was.
    expect(ask('dead_units', { ...deep(() => 0.6), probed: (t) => t > 1 })?.layer).toBe('dense_39');
  });

  it('needs enough rows to call a unit dead, and a loss that is still up', () => {
    const rows = (count: number): Partial<Shape> => ({ tensors: { h: () => ({ count: 64 * count }), weight_gradient: () => ({ zeroFraction: 0.9 }) } });
    expect(ask('dead_units', dead(0.6, 0.9, rows(4)))).toBeUndefined();
    expect(ask('dead_units', dead(0.6, 0.9, rows(32)))?.severity).toBe('severe');
    expect(ask('dead_units', dead(0.6, 0.9, { loss: (t) => 2.3 * Math.exp(-t / 10) }))).toBeUndefined();
    const unmeasured = { layers: layers(4, { activation: 'relu6' }), loss: stuckLoss };
    expect(ask('dead_units', { ...unmeasured, tensors: { h: () => ({ zeroFraction: 1 }) } })?.severity).toBe('severe');
    expect(ask('dead_units', { ...unmeasured, tensors: { h: () => ({ zeroFraction: 0.97 }) } })).toBeUndefined();
  });

  it('sees saturation while it matters', () => {
    const flat = (fraction: number, loss: (t: number) => number = stuckLoss, activation = 'tanh'): Shape => ({
      layers: layers(4, { activation }),
      loss,
      saturated: (l) => (l === 1 ? fraction : 0.1),
    });
    expect(ask('saturated', flat(0.48))).toBeUndefined();
    expect(ask('saturated', flat(0.55))).toMatchObject({
      severity: 'warn',
      layer: 'dense_2',
      remedies: ['critical_initialisation', 'batch_norm', 'activation'],
    });
    expect(ask('saturated', flat(0.95))?.severity).toBe('severe');
    expect(ask('saturated', flat(0.95, undefined, 'sigmoid'))?.remedies).toEqual(['activation', 'batch_norm']);
    expect(
      ask(
        'saturated',
        flat(0.7, () => 1),
      ),
    ).toBeUndefined();
    expect(
      ask(
        'saturated',
        flat(0.95, () => 1),
      )?.severity,
    ).toBe('severe');
    expect(
      ask(
        'saturated',
        flat(0.95, () => 0.01),
      ),
    ).toBeUndefined();
    // What was saturated before it was trained learns rows by heart: new ones count.
    const byHeart = (from: number): Shape => ({
      ...flat(0.6, () => 0.01),
      saturated: (_, t) => (t >= from ? 0.6 : 0.1),
      validations: checks(
        5,
        () => 0.01,
        () => 2.2,
      ),
    });
    expect(ask('saturated', byHeart(1))?.severity).toBe('warn');
    expect(ask('saturated', byHeart(2))).toBeUndefined();
  });
});

describe('loss', () => {
  const run = (loss: (t: number) => number, steps = 200): Shape => ({ layers: layers(3), steps, loss, probed: () => false });

  it('sees a loss that stays where it began', () => {
    expect(
      ask(
        'loss_stuck',
        run((t) => chance + 0.001 * noise(t)),
      ),
    ).toMatchObject({ severity: 'warn', remedies: ['learning_rate', 'optimizer', 'larger_batch'] });
    // 0.05 % and 0.15 % in ten steps.
    expect(
      ask(
        'loss_stuck',
        run((t) => chance * (1 - 0.00005 * t)),
      ),
    ).toBeDefined();
    expect(
      ask(
        'loss_stuck',
        run((t) => chance * (1 - 0.00015 * t)),
      ),
    ).toBeUndefined();
  });

  it('sees a loss that stays over epochs, of which there are few', () => {
    const epochs = (loss: (t: number) => number, count = 8): Shape => ({ ...run(loss, count), averaged: true });
    expect(
      ask(
        'loss_stuck',
        epochs((t) => chance * (1 + 0.001 * noise(t))),
      ),
    ).toMatchObject({ severity: 'warn', kind: 'over_epochs', evidence: { epochs: 5 } });
    expect(
      ask(
        'loss_stuck',
        epochs(() => chance, 4),
      ),
    ).toBeUndefined();
    expect(
      ask(
        'loss_stuck',
        epochs((t) => chance * (1 - 0.006 * t)),
      ),
    ).toBeUndefined();
  });

  it('is quiet where noise hides the slope, in short runs, and at a floor', () => {
    expect(
      ask(
        'loss_stuck',
        run((t) => chance * (1 + 0.2 * noise(t)), 60),
      ),
    ).toBeUndefined();
    expect(ask('loss_stuck', run(stuckLoss, 29))).toBeUndefined();
    expect(
      ask(
        'loss_stuck',
        run((t) => 0.4 + 2 * Math.exp(-t / 5)),
      ),
    ).toBeUndefined();
    expect(ask('loss_stuck', { ...run(() => 0.3), firstStep: 9000, task: { kind: 'regression' } })).toBeUndefined();
  });

  const swinging = (swing: number, more: Partial<Shape> = {}): Shape => ({
    ...run(() => 1),
    validations: checks(
      12,
      () => 1,
      () => 1,
      (k) => 0.7 + (k % 2 === 0 ? swing : 0),
    ),
    ...more,
  });

  it('sees swings of the accuracy, or else of the validation loss', () => {
    expect(ask('loss_oscillating', swinging(0.025))).toBeUndefined();
    expect(ask('loss_oscillating', swinging(0.035))).toMatchObject({ severity: 'note', evidence: { turns: 10, validations: 12 } });
    const known = { task: { kind: 'classification', classes: 4 } } as const;
    expect(ask('loss_oscillating', swinging(0.035, known))?.severity).toBe('warn');
    const byLoss = (factor: number): Shape =>
      swinging(0, {
        validations: checks(
          12,
          () => 1,
          (k) => (k % 2 === 0 ? factor : 1),
        ),
      });
    expect(ask('loss_oscillating', byLoss(1.4))).toBeUndefined();
    expect(ask('loss_oscillating', byLoss(1.6))).toBeDefined();
  });

  it('does not take noise, few validations or the guesses of an untrained network for swings', () => {
    expect(
      ask(
        'loss_oscillating',
        swinging(0, {
          validations: checks(
            20,
            () => 1,
            () => 1,
            (k) => 0.6 + 0.01 * k + 0.03 * noise(k),
          ),
        }),
      ),
    ).toBeUndefined();
    expect(
      ask(
        'loss_oscillating',
        swinging(0, {
          validations: checks(
            9,
            () => 1,
            () => 1,
            (k) => (k % 2 ? 0.9 : 0.5),
          ),
        }),
      ),
    ).toBeUndefined();
    // Answers that flicker while the loss falls, but for a check now and then.
    const flickering = (every: number): Shape =>
      swinging(0, {
        validations: checks(
          15,
          () => 1,
          (k) => 1 - 0.05 * k + (k % every === 0 ? 0.12 : 0),
          (k) => (k % 2 ? 0.9 : 0.7),
        ),
      });
    expect(ask('loss_oscillating', flickering(5))).toBeUndefined();
    expect(ask('loss_oscillating', flickering(2))).toBeDefined();
    expect(ask('loss_oscillating', swinging(0.2, { loss: stuckLoss }))).toBeUndefined();
    expect(ask('loss_oscillating', swinging(0.2, { loss: () => 0.05 }))).toBeUndefined();
  });

  it('tells overfitting from a gap', () => {
    const gap = (train: number, validation: (k: number) => number): Shape => ({ ...run(() => train), validations: checks(12, () => train, validation) });
    expect(
      ask(
        'overfitting',
        gap(1, () => 1.09),
      ),
    ).toBeUndefined();
    expect(
      ask(
        'overfitting',
        gap(0.5, () => 0.9),
      ),
    ).toMatchObject({ severity: 'note' });
    // No rise, but most of what was learned does not hold for new rows.
    expect(
      ask(
        'overfitting',
        gap(0.1, () => 1.3),
      ),
    ).toMatchObject({ severity: 'warn' });
    expect(
      ask(
        'overfitting',
        gap(0.1, (k) => 0.9 + 0.1 * k),
      ),
    ).toMatchObject({ severity: 'warn', remedies: ['l2', 'dropout', 'early_stopping'] });
    // A rise that costs a tenth of what was gained.
    expect(
      ask(
        'overfitting',
        gap(0.1, (k) => 0.9 + 0.02 * k),
      ),
    ).toMatchObject({ severity: 'note' });
    // No rise, but one lucky check among many.
    expect(
      ask(
        'overfitting',
        gap(0.1, (k) => (k === 6 ? 0.5 : 0.9)),
      ),
    ).toMatchObject({ severity: 'note' });
    // A converged network: ten times the training loss, and 2 % of where it began.
    expect(
      ask(
        'overfitting',
        gap(0.005, () => 0.05),
      ),
    ).toBeUndefined();
    expect(
      ask('overfitting', {
        ...gap(0.1, () => 2),
        validations: checks(
          2,
          () => 0.1,
          () => 2,
        ),
      }),
    ).toBeUndefined();
    expect(
      ask(
        'overfitting',
        gap(1e9, () => 1e20),
      ),
    ).toBeUndefined();
  });

  it('sees training go on without gain', () => {
    const best = (at: number, after: (since: number) => number, count = 20): Shape => ({
      ...run(() => 0.5),
      validations: checks(
        count,
        () => 0.5,
        (k) => (k <= at ? 1.5 - 0.1 * k : after(k - at)),
      ),
    });
    expect(
      ask(
        'overtraining',
        best(9, () => 0.61),
      ),
    ).toMatchObject({ severity: 'note', evidence: { validationsSince: 10, bestStep: 100 } });
    expect(
      ask(
        'overtraining',
        best(10, () => 0.61),
      ),
    ).toBeUndefined();
    expect(
      ask(
        'overtraining',
        best(9, (since) => 0.6 + 0.1 * since),
      ),
    ).toMatchObject({ severity: 'warn' });
    expect(
      ask(
        'overtraining',
        best(9, (since) => 0.6 + 0.03 * since),
      ),
    ).toMatchObject({ severity: 'note' });
    expect(ask('overtraining', { ...run(stuckLoss), validations: checks(20, stuckLoss, (k) => chance + 0.01 * k) })).toBeUndefined();
  });

  it('compares no loss with NaN or -Infinity', () => {
    const passes = (loss: (k: number) => number): Shape => ({ ...run(() => 0.1), validations: checks(30, () => 0.1, loss) });
    for (const rule of ['overtraining', 'overfitting', 'loss_oscillating'] as const)
      expect(
        ask(
          rule,
          passes(() => Number.NaN),
        ),
      ).toBeUndefined();
    // What is left is judged as if the others were not there.
    const rising = (k: number): number => 0.5 + 0.04 * k;
    const some = (k: number): number => (k % 3 === 0 ? [Number.NaN, Number.NEGATIVE_INFINITY][k % 2]! : rising(k));
    expect(ask('overtraining', passes(some))).toMatchObject({ severity: 'warn', evidence: { best: rising(1), validationsSince: 19 } });
    expect(ask('overfitting', passes(some))).toMatchObject({ severity: 'warn', evidence: { best: rising(1) } });
    // Whose loss it was, and whether that one has been finite since.
    const late = (k: number): number => (k > 20 ? Number.POSITIVE_INFINITY : 1 / k);
    expect(ask('non_finite', passes(late))!.message).toMatch(/^At step \d+ the validation loss was the first to be non-finite\.$/);
    expect(ask('non_finite', passes(some))!.message).toMatch(/the first to be non-finite; the validation loss has been finite since\.$/);
  });
});
