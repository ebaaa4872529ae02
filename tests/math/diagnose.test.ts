// All rules together: healthy runs are quiet, findings are ordered plain data, and the conformance format's one word.
import { describe, expect, it } from 'vitest';
import { classify, diagnose, RULES, type Rule } from '../../src/inspect/diagnose/index.ts';
import { Steps } from '../../src/inspect/steps.ts';
import { checks, falling, history, layers, noise, type Shape, stuckLoss } from '../support/synthetic_history.ts';

describe('healthy histories', () => {
  const learn = (t: number): number => 2.3 * Math.exp(-t / 40) * (1 + 0.1 * noise(t));
  const cases: Record<string, Shape> = {
    'ReLU, He, 20 layers, width 64': {
      layers: layers(20),
      loss: learn,
      steps: 120,
      tensors: { z: (l) => ({ std: 0.85 ** (l / 2) }), delta: (l) => ({ rms: 1e-3 * 1.15 ** (10 - l) }) },
    },
    'tanh at its critical point, 50 layers': {
      layers: layers(50, { activation: 'tanh' }),
      tensors: { z: (l) => ({ std: 1 / Math.sqrt(1 + 2 * l) }), delta: (l) => ({ rms: 1e-3 * 1.03 ** (50 - l) }) },
    },
    'three sigmoid layers': { layers: layers(3, { activation: 'sigmoid' }), tensors: { delta: (l) => ({ rms: 1e-3 * 0.24 ** (2 - l) }) } },
    'batch norm and ReLU, 10 layers': { layers: layers(10, { batchNorm: true }), tensors: { delta: (l) => ({ rms: 1e-3 * 1.21 ** (9 - l) }) } },
    'residual blocks, zero-initialised, first step': {
      layers: layers(30, { residual: true }).map((layer, l) => ({ ...layer, residual: l > 0 && l < 30 })),
      steps: 1,
      tensors: { delta: (l) => ({ rms: l % 2 || l === 0 ? 1e-3 : 0 }), weight_gradient: (l) => (l % 2 || l === 0 || l === 30 ? {} : { rms: 0, absMean: 0 }) },
      ratio: (l) =>
        l === 0 || l === 30 ? { l2: 1e-3, absMean: 1e-3 } : { l2: l % 2 ? Number.POSITIVE_INFINITY : 0, absMean: l % 2 ? Number.POSITIVE_INFINITY : 0 },
    },
    'a converged network: everything is small': {
      layers: layers(6),
      steps: 400,
      loss: (t) => 2.3 * Math.exp(-t / 40),
      norm: (t) => Math.exp(-t / 40) * (t % 50 === 0 ? 40 : 1),
      ratio: (_, t) => ({ l2: 1e-2 * Math.exp(-t / 20), absMean: 1e-2 * Math.exp(-t / 20) }),
      tensors: {
        weight_gradient: (_, t) => ({ absMean: 1e-2 * Math.exp(-t / 20), zeroFraction: 0.8 }),
        delta: (l, t) => ({ rms: 1e-3 * Math.exp(-t / 20) * 0.3 ** (5 - l) }),
      },
      dead: () => 0.3,
      validations: checks(
        40,
        (k) => 2.3 * Math.exp(-k / 4) + 1e-4,
        (k) => 2.3 * Math.exp(-k / 4) + 0.06 + 1e-4 * k,
        (k) => 0.97 + 0.02 * (k % 2),
      ),
    },
    'three steps': { layers: layers(12), steps: 3, loss: (t) => 2.4 + 0.1 * noise(t), ratio: () => ({ l2: 5e-5, absMean: 5e-5 }) },
    'five linear units on a regression': {
      layers: layers(1, { activation: 'linear', width: 4 }),
      steps: 100,
      loss: (t) => 0.0396 + 2.91 * Math.exp(-t / 10),
      task: { kind: 'regression' },
      ratio: (_, t) => ({ l2: 0.3 * Math.exp(-t / 10), absMean: 0.3 * Math.exp(-t / 10) }),
      tensors: { weight_gradient: (_, t) => ({ absMean: 2 * Math.exp(-t / 5) }) },
    },
    'a warm-up': {
      layers: layers(8),
      steps: 40,
      loss: (t) => 2.35 - 1e-4 * t * t,
      learningRate: (t) => 1e-5 * t,
      ratio: (_, t) => ({ l2: 1e-6 * t, absMean: 1e-6 * t }),
    },
    'a plateau and its end': { layers: layers(4), steps: 150, loss: (t) => (t < 90 ? 2.2 - 0.002 * t : 0.5), norm: (t) => (t < 90 ? 0.02 : 0.9) },
    'only losses': {
      layers: layers(4),
      probed: () => false,
      loss: learn,
      validations: checks(
        8,
        (k) => 2 / (k + 1),
        (k) => 2.1 / (k + 1),
      ),
    },
    'nothing yet': { layers: layers(4), steps: 0 },
    'a trained tanh network, saturated by learning': { layers: layers(4, { activation: 'tanh' }), steps: 200, loss: learn, saturated: () => 0.7 },
    'a small batch of sparse inputs': {
      layers: layers(3),
      loss: learn,
      dead: () => 0.6,
      tensors: { h: () => ({ count: 64 * 4, zeroFraction: 0.6 }), weight_gradient: () => ({ zeroFraction: 0.8 }) },
    },
  };

  it.each(Object.entries(cases))('%s', (_name, shape) => {
    const run = history(shape);
    expect(diagnose(run).findings.filter(({ severity }) => severity !== 'note')).toEqual([]);
    expect(classify(run)).toBe('healthy');
  });

  it('are asked by every rule', () => {
    // Of a run that has not begun there is nothing to say, but what is not known.
    for (const rule of Object.values<Rule>(RULES)) {
      const answer = rule.check({ layers: [], steps: new Steps(), validations: [] }, rule.levels);
      expect('why' in answer ? [] : answer).toEqual([]);
    }
  });
});

describe('diagnose', () => {
  it('puts the gravest first and writes findings that survive JSON', () => {
    const sick = history({
      layers: layers(20, { activation: 'sigmoid' }),
      loss: stuckLoss,
      saturated: () => 0.6,
      tensors: { delta: falling(1e-8, 20), weight_gradient: () => ({ absMean: 1e-9 }) },
    });
    const { findings } = diagnose(sick);
    expect(findings.map(({ rule, severity }) => [rule, severity])).toEqual([
      ['vanishing_with_depth', 'severe'],
      ['absolutely_tiny', 'severe'],
      ['loss_stuck', 'warn'],
      ['saturated', 'warn'],
    ]);
    expect(findings.map(({ consequenceOf }) => consequenceOf)).toEqual([undefined, 'vanishing_with_depth', 'vanishing_with_depth', undefined]);
    expect(JSON.parse(JSON.stringify(findings))).toEqual(findings);
    for (const { message, title } of findings) {
      expect(message).toMatch(/^[A-Z].*\d.*\.$/);
      expect(title.length).toBeLessThan(45);
    }
  });
});

describe('classify', () => {
  const pass = (more: Partial<Shape>): Shape => ({ layers: layers(20), steps: 1, loss: stuckLoss, ...more });
  const label = (more: Partial<Shape>): string => classify(history(pass(more)));

  it('follows the rule of the conformance format', () => {
    expect(label({})).toBe('healthy');
    expect(label({ tensors: { delta: falling(1.1e-3, 20) } })).toBe('healthy');
    expect(label({ tensors: { delta: falling(9e-4, 20) } })).toBe('vanishing');
    expect(label({ tensors: { weight_gradient: () => ({ l2: 9e-10 }) } })).toBe('vanishing');
    expect(label({ tensors: { weight_gradient: (l) => ({ l2: l === 20 ? 1.1e-9 : 9e-10 }) } })).toBe('healthy');
    expect(label({ tensors: { delta: falling(1001, 20) } })).toBe('exploding');
    expect(label({ tensors: { weight_gradient: (l) => ({ l2: l === 4 ? 1.1e4 : 1 }) } })).toBe('exploding');
    expect(label({ tensors: { h: (l) => (l === 7 ? { zeroFraction: 1 } : {}), weight_gradient: () => ({ l2: 0 }) } })).toBe('dead');
    expect(label({ tensors: { h: () => ({ zeroFraction: 1 }), z: (l) => (l === 3 ? { nanCount: 1 } : {}) } })).toBe('non-finite');
    expect(label({ loss: () => Number.POSITIVE_INFINITY })).toBe('non-finite');
  });

  it('reads the last sampled step', () => {
    const later = history(pass({ steps: 10, tensors: { delta: (l, t) => (t > 5 ? falling(1e-6, 20)(l) : {}) } }));
    expect(classify(later)).toBe('vanishing');
  });
});
