// Rules about the signal and its gradient, on either side of their levels, and on what only looks like their trouble.
import { describe, expect, it } from 'vitest';
import { Graph, type Value } from '../../src/graph/graph.ts';
import { classify } from '../../src/inspect/diagnose/classify.ts';
import { diagnose, type RuleId } from '../../src/inspect/diagnose/index.ts';
import type { LayerInfo } from '../../src/inspect/history.ts';
import { hiddenTrunk, hiddenTrunks, shallowText } from '../../src/inspect/places.ts';
import { deriveTaps, infoOf } from '../../src/inspect/taps.ts';
import { activation, dense } from '../../src/nn/layers.ts';
import { model } from '../../src/nn/model.ts';
import { named } from '../../src/nn/named.ts';
import * as ops from '../../src/ops/public.ts';
import { ask, chance, checks, falling, history, layers, noise, type PlainHistory, type Shape, stats, stuckLoss } from '../support/synthetic_history.ts';

describe('depth', () => {
  const net = (ratio: number, more: Partial<Shape> = {}, hidden = 20): Shape => ({
    layers: layers(hidden),
    loss: stuckLoss,
    tensors: { delta: falling(ratio, hidden) },
    ...more,
  });

  it('sees one that is faint from the first step on, where nothing was learned for it', () => {
    const faint = (more: Partial<Shape> = {}) => ask('vanishing_with_depth', net(0.01, { steps: 60, ...more }, 5));
    expect(faint()).toMatchObject({ severity: 'warn', step: 1, evidence: { level: 0.05, ratio: expect.closeTo(0.01, 6) } });
    expect(faint({ steps: 49 })).toBeUndefined();
    expect(faint({ loss: () => 1.5 })).toBeUndefined();
    // The rate is too low, whatever becomes of the gradient.
    expect(faint({ ratio: () => ({ l2: 1e-5, absMean: 1e-5 }) })).toBeUndefined();
    // It does not shrink at every layer.
    expect(faint({ tensors: { delta: (l) => ({ rms: l < 2 ? 1e-5 : 1e-3 }) } })).toBeUndefined();
  });

  it('sees a gradient vanish, and says where and by how much per layer', () => {
    expect(ask('vanishing_with_depth', net(1.1e-3))).toBeUndefined();
    const warn = ask('vanishing_with_depth', net(9e-4))!;
    expect(warn.severity).toBe('warn');
    expect(warn.layer).toBe('dense_1');
    expect(warn.step).toBe(50);
    expect(warn.message).toContain('from dense_20 to dense_1');
    expect(warn.message).toContain('0.0009 ');
    expect(warn.evidence).toMatchObject({ ratio: expect.closeTo(9e-4, 8), perLayer: expect.closeTo(9e-4 ** (1 / 19), 6), layers: 20, weightGradientRatio: 1 });
    expect(warn.remedies).toEqual(['critical_initialisation', 'activation', 'batch_norm', 'residual', 'fewer_layers']);
    expect(ask('vanishing_with_depth', net(2e-6))!.severity).toBe('warn');
    expect(ask('vanishing_with_depth', net(9e-7))!.severity).toBe('severe');
  });

  it('sees a gradient explode', () => {
    expect(ask('exploding_with_depth', net(69))).toBeUndefined();
    expect(ask('exploding_with_depth', net(71))).toMatchObject({
      severity: 'warn',
      remedies: ['critical_initialisation', 'residual', 'fewer_layers', 'clip', 'learning_rate'],
    });
    expect(ask('exploding_with_depth', net(1100))).toMatchObject({ severity: 'severe', layer: 'dense_1' });
  });

  it('does not look at the weight gradients, which a ReLU network keeps level', () => {
    const blind = net(1, { tensors: { weight_gradient: falling(1e-9, 20) } });
    expect(ask('vanishing_with_depth', blind)).toBeUndefined();
  });

  it('takes levels', () => {
    expect(ask('vanishing_with_depth', net(5e-3), { warn: 1e-2 })?.severity).toBe('warn');
    expect(ask('vanishing_with_depth', net(9e-4), { warn: 1e-4 })).toBeUndefined();
    expect(() => diagnose(history({ layers: layers(3) }), { levels: { vanishing_with_depth: { worn: 1 } as object } })).toThrow(
      /warn, severe, minLayers.*"worn"/,
    );
    expect(() => diagnose(history({ layers: layers(3) }), { rules: ['vanishing' as RuleId] })).toThrow(/exploding_with_depth, vanishing_with_depth/);
  });

  it('is quiet for a network that learned, for two layers, and without delta', () => {
    expect(ask('vanishing_with_depth', net(1e-8, { loss: (t) => 2.3 * Math.exp(-t / 10) }))).toBeUndefined();
    expect(ask('exploding_with_depth', net(1e5, { loss: (t) => 2.3 * Math.exp(-t / 10) }))).toBeUndefined();
    expect(ask('vanishing_with_depth', net(1e-8, {}, 2))).toBeUndefined();
    expect(ask('vanishing_with_depth', net(1e-8, { without: ['delta'] }))).toBeUndefined();
    expect(ask('vanishing_with_depth', net(1e-8, { probed: () => false }))).toBeUndefined();
  });

  it('takes one sampled step for what it is and the median of several', () => {
    expect(ask('vanishing_with_depth', net(1e-8, { steps: 1 }))?.severity).toBe('severe');
    const once = net(1, { tensors: { delta: (l, t) => (t === 48 ? falling(1e-8, 20)(l) : {}) } });
    expect(ask('vanishing_with_depth', once)).toBeUndefined();
  });

  it('counts an underflow to 0 as vanished, and deltas of all 0 as nothing', () => {
    const zeros = (from: number): Shape => net(1, { tensors: { delta: (l) => (l < from ? { rms: 0 } : {}) } });
    expect(ask('vanishing_with_depth', zeros(5))).toMatchObject({ severity: 'severe', evidence: { ratio: 0 } });
    expect(ask('vanishing_with_depth', zeros(21))).toBeUndefined();
  });

  it('goes along the trunk: layers that every path passes, and sums of blocks', () => {
    const blocks = (ratio: number): PlainHistory => {
      const given = history(
        net(1, { layers: layers(6).map((layer, l) => ({ ...layer, trunk: l === 0 || l === 6 })), tensors: { delta: () => ({ rms: 1e-9 }) } }),
      );
      given.joins = [0, 1, 2, 3, 4].map((j) => ({ name: `residual_${j + 1}`, role: 'hidden', activation: 'linear', width: 64, after: j + 2 }));
      for (const step of given.steps) {
        step.layers![0]!.tensors.delta = stats({ rms: 1e-3 * ratio });
        step.joins = [0, 1, 2, 3, 4].map((j) => ({ tensors: { delta: stats({ rms: 1e-3 * ratio ** ((4 - j) / 5) }) } }));
      }
      return given;
    };
    expect(ask('exploding_with_depth', blocks(2e3))).toMatchObject({ severity: 'severe', evidence: { first: 'dense_1', last: 'residual_5', layers: 6 } });
    expect(ask('exploding_with_depth', blocks(50))).toBeUndefined();
    expect(ask('vanishing_with_depth', blocks(1e-4))).toMatchObject({ layer: 'dense_1' });
    // Two places are no depth.
    const shallow = blocks(1e-9);
    shallow.joins = shallow.joins!.slice(0, 1);
    expect(ask('vanishing_with_depth', shallow)).toBeUndefined();
    expect(shallowText(shallow)).toContain('Two hidden layers are on the trunk');
  });

  it('goes by norms: between images of different size the root mean square changes without any vanishing', () => {
    const maps = net(1, { layers: layers(7), tensors: { delta: (l) => ({ rms: 4 ** (l - 7), count: 64 * 16 ** (7 - l) }) } });
    expect(diagnose(history(maps), { rules: ['exploding_with_depth', 'vanishing_with_depth'] }).findings).toEqual([]);
  });

  it('does not compare layers inside blocks with the trunk', () => {
    const blocks = net(1, {
      layers: layers(20).map((layer, l) => ({ ...layer, residual: l > 0 && l < 20 })),
      tensors: { delta: (l) => ({ rms: l > 0 && l < 20 ? 1e-6 : 1e-3 }) },
    });
    expect(diagnose(history(blocks), { rules: ['exploding_with_depth', 'vanishing_with_depth'] }).findings).toEqual([]);
  });

  it('offers what can help: no scale for sigmoid, no scale and no second batch norm behind batch norm', () => {
    const of = (given: Parameters<typeof layers>[1]): string[] => ask('vanishing_with_depth', net(1e-8, { layers: layers(20, given) }))!.remedies;
    expect(of({ activation: 'sigmoid' })).toEqual(['activation', 'batch_norm', 'residual', 'fewer_layers']);
    expect(of({ batchNorm: true })).toEqual(['activation', 'residual', 'fewer_layers']);
    expect(ask('exploding_with_depth', net(1e4, { layers: layers(20, { batchNorm: true }) }))!.remedies).toEqual([
      'residual',
      'fewer_layers',
      'clip',
      'learning_rate',
    ]);
  });
});

describe('non_finite', () => {
  it('names the first tensor in the order of computation', () => {
    const bad = history({
      layers: layers(4),
      steps: 9,
      loss: (t) => (t >= 7 ? Number.NaN : 2),
      norm: (t) => (t >= 7 ? Number.NaN : 1),
      tensors: { z: (l, t) => (t >= 7 && l >= 2 ? { infCount: 3, nanCount: 1 } : {}), delta: (_, t) => (t >= 7 ? { nanCount: 5 } : {}) },
    });
    expect(ask('non_finite', bad)).toMatchObject({
      severity: 'severe',
      layer: 'dense_3',
      step: 7,
      message: 'At step 7 the z of dense_3 was the first to be non-finite (1 NaN, 3 infinite).',
      remedies: ['critical_initialisation', 'learning_rate', 'clip', 'batch_norm'],
    });
  });

  it('walks backwards through delta, and takes what it has', () => {
    const backward = history({ layers: layers(4), steps: 3, tensors: { delta: (l, t) => (t === 2 && l <= 1 ? { infCount: 1 } : {}) } });
    expect(ask('non_finite', backward)).toMatchObject({ layer: 'dense_2', step: 2, evidence: { tensor: 'delta' } });
    const onlyLoss = history({ layers: layers(4), steps: 3, probed: () => false, loss: (t) => (t === 3 ? Number.POSITIVE_INFINITY : 1) });
    expect(ask('non_finite', onlyLoss)).toMatchObject({ step: 3, evidence: { tensor: 'loss' } });
    const known = {
      ...history({ layers: layers(4) }),
      nonFinite: { step: 412, layer: 'dense_4', tensor: 'weight_gradient' as const, nanCount: 0, infCount: 2 },
    };
    expect(ask('non_finite', known)).toMatchObject({ step: 412, layer: 'dense_4', message: expect.stringContaining('weight gradient of dense_4') });
    const inCheck = history({
      layers: layers(2),
      validations: checks(
        2,
        () => 1,
        (k) => (k === 1 ? Number.NaN : 1),
      ),
    });
    expect(ask('non_finite', inCheck)).toMatchObject({ step: 20 });
  });

  it('has nothing to say of large numbers', () => {
    expect(ask('non_finite', { layers: layers(4), loss: () => 1e38, tensors: { z: () => ({ rms: 1e19 }) } })).toBeUndefined();
  });
});

describe('forward_scale', () => {
  /** Var z from 1 to `ratio` over `hidden` layers of great width, in a run that learns nothing. */
  const net = (ratio: number, more: Partial<Shape> = {}, hidden = 12): Shape => ({
    layers: layers(hidden, { width: 1e6 }),
    loss: stuckLoss,
    tensors: { z: (l) => ({ std: Math.sqrt(ratio ** (l / (hidden - 1))) }) },
    ...more,
  });

  it('compares variances over the hidden layers', () => {
    expect(ask('forward_scale', net(9.5))).toBeUndefined();
    expect(ask('forward_scale', net(14))).toMatchObject({
      severity: 'warn',
      layer: 'dense_12',
      remedies: ['critical_initialisation'],
      message: expect.stringContaining('grows from 1 in dense_1 to 14 in dense_12'),
    });
    expect(ask('forward_scale', net(1e-2))).toMatchObject({
      severity: 'warn',
      message: expect.stringContaining('falls from 1 in dense_1 to 0.01 in dense_12'),
    });
    expect(ask('forward_scale', net(2e3))?.severity).toBe('severe');
    expect(ask('forward_scale', net(100, { layers: layers(12, { activation: 'sigmoid', width: 1e6 }) }))?.remedies).toEqual(['activation', 'batch_norm']);
  });

  it('allows for the walk of narrow networks, and for a transient that fades', () => {
    expect(ask('forward_scale', net(100, { layers: layers(12, { width: 32 }) }))).toBeUndefined();
    expect(ask('forward_scale', net(1e4, { layers: layers(12, { width: 32 }) }))?.severity).toBe('warn');
    // tanh at its critical point: q falls as 1 / (2 l).
    const tanh = net(1, { tensors: { z: (l) => ({ std: Math.sqrt(1 / (1 + 2 * l)) }) } }, 60);
    expect(ask('forward_scale', tanh)).toBeUndefined();
  });

  it('is a grade less where more than half of what there is was learned', () => {
    const half = { loss: () => 0.4 * chance };
    expect(ask('forward_scale', net(14, half))).toMatchObject({ severity: 'note', message: expect.stringContaining('the network has learned since') });
    expect(ask('forward_scale', net(2e3, half))?.severity).toBe('warn');
    expect(ask('forward_scale', net(2e3, { loss: () => 0.05 * chance }))?.severity).toBe('note');
  });

  it('looks at the beginning only', () => {
    expect(ask('forward_scale', net(1e4, { firstStep: 11 }))).toBeUndefined();
    expect(ask('forward_scale', net(1, { tensors: { z: (l, t) => ({ std: t > 10 && l === 5 ? 1e3 : 1 }) } }))).toBeUndefined();
    expect(ask('forward_scale', net(1e6, {}, 2))).toBeUndefined();
    expect(ask('forward_scale', net(1e6, { tensors: { z: () => ({ std: 0 }) } }))).toBeUndefined();
    expect(ask('forward_scale', net(1, { tensors: { z: (l) => ({ std: l > 8 ? 0 : 1 }) } }))).toMatchObject({ severity: 'severe' });
  });
});

describe('rank_collapse', () => {
  const net = (ranks: Shape['ranks'], more: Partial<Shape> = {}): Shape => ({ layers: layers(5), loss: stuckLoss, ...(ranks ? { ranks } : {}), ...more });
  const alike = (last: number, first = 0.4) => net((l) => ({ effectiveRank: 3, rowSpread: first * (last / first) ** (l / 4) }));
  const line = (last: number, first = 5) => net((l) => ({ rowSpread: 0.4, effectiveRank: first * (last / first) ** (l / 4) }));

  it('sees rows become alike with depth, and says how much is left', () => {
    expect(ask('rank_collapse', alike(1.1e-4))).toBeUndefined();
    expect(ask('rank_collapse', alike(9e-5))).toMatchObject({
      kind: 'alike',
      severity: 'severe',
      layer: 'dense_5',
      evidence: { first: 0.4, last: expect.closeTo(9e-5, 8), layers: 5 },
    });
    // They are so from the input on: the inputs are not scaled.
    expect(ask('rank_collapse', alike(9e-5, 8e-3))).toBeUndefined();
    // No number differs at all.
    expect(
      ask(
        'rank_collapse',
        net((l) => ({ effectiveRank: l < 4 ? 3 : 0, rowSpread: l < 4 ? 0.4 : 0 })),
      ),
    ).toMatchObject({ kind: 'alike' });
  });

  it('sees rows that differ in one direction alone, after some steps', () => {
    expect(ask('rank_collapse', line(1.2))).toBeUndefined();
    expect(ask('rank_collapse', line(1.05))).toMatchObject({ kind: 'line', evidence: { first: 5, last: expect.closeTo(1.05, 6) } });
    // Narrow layers begin so, and learn.
    expect(ask('rank_collapse', { ...line(1.05), steps: 49 })).toBeUndefined();
    // Inputs of one column are on a line themselves.
    expect(ask('rank_collapse', line(1.05, 1.9))).toBeUndefined();
  });

  it('is quiet of runs that learned, of dead units, of no depth, and without the probe', () => {
    const learned = { loss: (t: number) => 2.3 * Math.exp(-t / 10) };
    expect(ask('rank_collapse', { ...alike(1e-9), ...learned })).toBeUndefined();
    expect(ask('rank_collapse', { ...line(1), ...learned })).toBeUndefined();
    expect(ask('rank_collapse', { ...alike(1e-9), dead: (l) => Number(l === 4) })).toBeUndefined();
    expect(ask('rank_collapse', { ...alike(1e-9), layers: layers(2) })).toBeUndefined();
    const bare = history(net(undefined));
    for (const { layers: looked } of bare.steps) for (const record of looked!) for (const name of ['effectiveRank', 'rowSpread'] as const) delete record[name];
    expect(diagnose(bare, { rules: ['rank_collapse'] })).toEqual({ findings: [], unchecked: [] });
  });

  it('follows from a gradient that vanishes', () => {
    const { findings } = diagnose(history({ ...alike(1e-9), tensors: { delta: falling(1e-8, 5) } }));
    expect(findings[0]!.rule).toBe('vanishing_with_depth');
    expect(findings.find(({ rule }) => rule === 'rank_collapse')!.consequenceOf).toBe('vanishing_with_depth');
  });
});

describe('absolute sizes', () => {
  const tiny = (absMean: number, more: Partial<Shape> = {}): Shape => ({
    layers: layers(5),
    loss: stuckLoss,
    tensors: { weight_gradient: (l) => (l < 3 ? { absMean: absMean * (l + 1) } : {}) },
    ...more,
  });

  it('sees gradients too small to learn from while the loss is at its start', () => {
    expect(ask('absolutely_tiny', tiny(1.1e-6))).toBeUndefined();
    expect(ask('absolutely_tiny', tiny(9e-7))).toMatchObject({
      severity: 'warn',
      layer: 'dense_1',
      evidence: { layers: 1, of: 6 },
      remedies: ['critical_initialisation', 'learning_rate'],
    });
    expect(ask('absolutely_tiny', tiny(2e-8))).toMatchObject({ severity: 'severe', evidence: { layers: 3 } });
    expect(ask('absolutely_tiny', tiny(2e-8, { steps: 1 }))?.severity).toBe('severe');
  });

  it('leaves a converged network alone, however its loss is known', () => {
    expect(ask('absolutely_tiny', tiny(1e-9, { loss: (t) => 2.3 * Math.exp(-t / 10) }))).toBeUndefined();
    // A weak signal: the floor is near the start, but the gradient was there and went.
    expect(
      ask('absolutely_tiny', tiny(1, { loss: () => 2.2, tensors: { weight_gradient: (_, t) => ({ absMean: 1e-2 * Math.exp(-t / 3) }) } })),
    ).toBeUndefined();
    // A resumed run whose beginning is not known.
    expect(ask('absolutely_tiny', tiny(1e-9, { loss: () => 1e-6, firstStep: 5000, task: { kind: 'regression' } }))).toBeUndefined();
    // The floor of a regression, given as the loss of the best constant.
    expect(ask('absolutely_tiny', tiny(1e-9, { loss: (t) => 1 + 8 / t, task: { kind: 'regression', baselineLoss: 1 } }))?.severity).toBe('severe');
    // A block whose last weights begin at 0.
    expect(ask('absolutely_tiny', tiny(0, { layers: layers(5, { residual: true }) }))).toBeUndefined();
  });

  it('sees huge gradients and infinite norms', () => {
    const huge = (absMean: number): Shape => ({ layers: layers(5), tensors: { weight_gradient: (l) => (l === 2 ? { absMean } : {}) } });
    expect(ask('absolutely_huge', huge(9e5))).toBeUndefined();
    expect(ask('absolutely_huge', huge(2e6))).toMatchObject({ severity: 'warn', layer: 'dense_3', remedies: ['learning_rate', 'clip'] });
    expect(ask('absolutely_huge', { layers: layers(2), norm: (t) => (t === 30 ? Number.POSITIVE_INFINITY : 1) })).toMatchObject({
      severity: 'severe',
      step: 30,
    });
  });

  it('sees a spike that harms, and no other', () => {
    const spike = (norm: number, lossAfter: number, more: Partial<Shape> = {}): Shape => ({
      layers: layers(2),
      steps: 80,
      probed: () => false,
      norm: (t) => (t === 60 ? norm : 0.5 + 0.1 * noise(t)),
      loss: (t) => (t > 60 ? lossAfter : 2.3 * Math.exp(-t / 60)),
      ...more,
    });
    expect(ask('gradient_spikes', spike(20, 2.5))).toMatchObject({ severity: 'warn', step: 60, title: 'The gradient spikes', evidence: { spikes: 1 } });
    expect(ask('gradient_spikes', spike(4, 2.5))).toBeUndefined();
    expect(ask('gradient_spikes', spike(20, 0.8))).toBeUndefined();
    // Converged: an odd batch has a hundred times the usual norm, and is forgotten.
    expect(ask('gradient_spikes', spike(20, 0.01, { loss: (t) => (t === 60 ? 3 : 0.01) }))).toBeUndefined();
    // Leaving a plateau: the norm rises and the loss falls.
    expect(ask('gradient_spikes', spike(20, 0.2, { norm: (t) => (t < 50 ? 0.01 : 1) }))).toBeUndefined();
  });
});

describe('depth where there are several trunks', () => {
  /** So many layers for each of two inputs, for what they join in, and for each of two outputs. */
  const net = (left: number, right: number, joined: number): LayerInfo[] => {
    const row = (name: string, count: number, x: Value): Value =>
      Array.from({ length: count }, (_, i) => i + 1).reduce((value, i) => activation('tanh')(named(`${name}_${i}`, dense(64))(value)), x);
    const two = model({ a: [64], b: [64] }, ({ a, b }) => {
      const hidden = row('joined', joined, ops.add(row('left', left, a), row('right', right, b)));
      return { y: named('head_y', dense(3))(hidden), z: named('head_z', dense(1))(row('z', 4, hidden)) };
    });
    const graph = new Graph();
    const inputs = { a: graph.input('a', [8, 64], { batch: true }), b: graph.input('b', [8, 64], { batch: true }) };
    return infoOf(deriveTaps({ inputs: Object.values(inputs), ...two.build(graph, inputs, 'train') })).layers;
  };
  /** rms that falls by a factor for each layer that is counted, and is 1 elsewhere. */
  const shape = (given: LayerInfo[], delta: (name: string) => number): Shape => ({
    layers: given,
    loss: stuckLoss,
    tensors: { delta: (l) => ({ rms: delta(given[l]!.name) }), z: (l) => ({ std: delta(given[l]!.name) }) },
  });
  const number = (name: string): number => Number(name.split('_')[1]);
  const DEPTH_RULES = ['vanishing_with_depth', 'exploding_with_depth', 'forward_scale'] as const;

  it('is that of each input, and no rule goes from one to the other', () => {
    const given = net(4, 4, 2);
    expect(hiddenTrunks(history({ layers: given })).map((trunk) => trunk.map(({ name }) => name))).toEqual([
      ['left_1', 'left_2', 'left_3', 'left_4', 'joined_1', 'joined_2'],
      ['right_1', 'right_2', 'right_3', 'right_4', 'joined_1', 'joined_2'],
    ]);
    // Level on the way from either input, and of other sizes.
    const level = shape(given, (name) => (name.startsWith('left') ? 1e-2 : 1));
    for (const rule of ['vanishing_with_depth', 'exploding_with_depth'] as const) expect(ask(rule, level)).toBeUndefined();
    const vanishing = ask(
      'vanishing_with_depth',
      shape(given, (name) => (name.startsWith('right') ? 10 ** (number(name) - 6) : 1)),
    )!;
    expect(vanishing.message).toContain('from joined_2 to right_1');
    expect(vanishing.evidence).toMatchObject({ layers: 6, first: 'right_1', last: 'joined_2', ratio: expect.closeTo(1e-5, 9) });
    const exploding = ask(
      'exploding_with_depth',
      shape(given, (name) => (name.startsWith('left') ? 10 ** (6 - number(name)) : 1)),
    )!;
    expect(exploding.evidence).toMatchObject({ layers: 6, first: 'left_1', last: 'joined_2' });
    const dies = shape(given, (name) => 10 ** -(name.startsWith('joined') ? 4 + number(name) : name.startsWith('right') ? number(name) : 4));
    expect(ask('forward_scale', dies)).toMatchObject({ layer: 'joined_2', evidence: { layers: 6 } });
    expect(classify(history(shape(given, (name) => (name.startsWith('right') ? 10 ** (number(name) - 6) : 1))))).toBe('vanishing');
    expect(shallowText(history({ layers: given }))).toBeUndefined();
  });

  it('speaks of the longer one where the other is too short', () => {
    const given = net(4, 1, 1);
    const found = ask(
      'vanishing_with_depth',
      shape(given, (name) => (name.startsWith('left') ? 10 ** (number(name) - 6) : name === 'right_1' ? 1e-9 : 1)),
    )!;
    expect(found.evidence).toMatchObject({ first: 'left_1', last: 'joined_1', layers: 5 });
    expect(hiddenTrunk(history({ layers: given })).map(({ name }) => name)).toEqual(['left_1', 'left_2', 'left_3', 'left_4', 'joined_1']);
  });

  it('is none where both are too short, however deep the branches of the outputs are', () => {
    const given = net(1, 1, 1);
    for (const rule of DEPTH_RULES)
      for (const tiny of ['left', 'z_1'])
        expect(
          ask(
            rule,
            shape(given, (name) => (name.startsWith(tiny) ? 1e-12 : 1)),
          ),
        ).toBeUndefined();
    expect(shallowText(history({ layers: given }))).toBe(
      'Two hidden layers are on the longest trunk, what every path from an input to an output passes: too few to judge by depth.',
    );
  });
});
