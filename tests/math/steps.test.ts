// The steps of a run in columns: what stays of a long run, what it takes, and that no finding depends on it.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, test } from 'vitest';
import { diagnose, RULE_IDS, RULES } from '../../src/inspect/diagnose/index.ts';
import type { InputFacts, LayerFacts, RunFacts, TargetFacts } from '../../src/inspect/facts.ts';
import type { HistoryData, LayerRecord, StepRecord } from '../../src/inspect/history.ts';
import { RETENTION, type Retention, Steps } from '../../src/inspect/steps.ts';
import { checks, falling, history, layers, noise, type Shape, stats } from '../support/synthetic_history.ts';

/** A record of a sampled step with default probes, made anew as the engine makes it. */
function record(step: number, depth: number): StepRecord {
  const size = 1 + 0.1 * noise(step);
  const layer = (): LayerRecord => ({
    tensors: { z: stats({ rms: size }), delta: stats({ rms: 1e-3 * size }), weight_gradient: stats({ rms: 1e-2 * size }) },
  });
  return { step, epoch: step / 13, loss: size, regularizationLoss: 0, gradientNorm: size, learningRate: 0.1, layers: Array.from({ length: depth }, layer) };
}

const light = (step: number, more: Partial<StepRecord> = {}): StepRecord => ({
  step,
  loss: 1 / step,
  regularizationLoss: 0,
  gradientNorm: 1,
  learningRate: 0.1,
  ...more,
});
const sampled = (step: number, more: Partial<StepRecord> = {}): StepRecord => light(step, { layers: [{ tensors: { z: stats({ rms: step }) } }], ...more });
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
const sampledSteps = (steps: Steps): number[] => [...steps.sampled()].map(({ step }) => step);

test('100,000 steps of 31 layers with default probes stay under 50 MB', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const size = async (): Promise<number> => {
    for (let i = 0; i < 3; i++) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  const before = await size();
  const steps = new Steps([], RETENTION);
  for (let step = 1; step <= 100_000; step++) steps.push(record(step, 31));
  const grown = (await size()) - before;
  console.log(`100,000 steps of 31 layers take ${(grown / 1e6).toFixed(1)} MB, the columns ${(steps.bytes / 1e6).toFixed(1)} MB of it`);
  expect(grown).toBeLessThan(50e6);
  expect(steps.bytes).toBeLessThan(30e6);
  expect(steps.length).toBe(100_000);
  // Every 50th sampled step is there, as it was.
  for (const step of [1, 50, 100, 50_000, 99_950, 99_996, 100_000]) expect(steps.find(step)).toEqual(record(step, 31));
  expect([...steps.sampled()].length).toBeLessThanOrEqual(2030);
});

describe('what stays', () => {
  it('all numbers, and samples evenly: the first, the last five, the worst and every 50th', () => {
    const steps = new Steps(
      range(3001).map((step) => sampled(step, step === 777 ? { gradientNorm: 9 } : {})),
      { sampled: 50 },
    );
    expect([...steps.loss]).toEqual(range(3001).map((step) => 1 / step));
    expect([...steps.numbers]).toEqual(range(3001));
    expect(sampledSteps(steps)).toEqual(
      [1, 777, ...range(30).map((n) => 100 * n), 2997, 2998, 2999, 3000, 3001].filter((s, i, all) => all.indexOf(s) === i).sort((a, b) => a - b),
    );
    expect(steps.at(776)).toEqual(sampled(777, { gradientNorm: 9 }));
    expect(steps.at(777)).toEqual(light(778));
    expect(steps.at(-1)).toEqual(sampled(3001));
    expect([steps.at(3001), steps.at(-3002), steps.find(0), steps.at(0.5)]).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('short runs whole', () => {
    const records = range(2000).map((step) => sampled(step));
    expect([...new Steps(records, RETENTION)]).toEqual(records);
  });

  it('the last sample with histograms, and the first that was not finite', () => {
    const shown = (step: number): StepRecord =>
      sampled(step, {
        layers: [{ tensors: { z: { ...stats({ nanCount: step >= 340 && step < 400 ? 1 : 0 }), ...(step % 333 === 0 ? { histogram: [step, 0, 2] } : {}) } } }],
      });
    const steps = new Steps(range(1200).map(shown), { sampled: 10 });
    expect(steps.findSampled(({ layers: [layer] }) => layer!.tensors.z!.histogram !== undefined)).toEqual(shown(999));
    expect(steps.nonFiniteSample).toEqual(shown(340));
  });

  it('norms of more steps than samples, and both of a step', () => {
    const shown = (step: number): StepRecord =>
      light(step, { layers: [{ tensors: step % 10 === 0 ? { z: stats() } : {}, norms: { delta: step, weight_gradient: 2 * step } }] });
    const steps = new Steps(range(1000).map(shown), { sampled: 20, norms: 300 });
    expect(steps.find(100)).toEqual(shown(100));
    expect(steps.find(500)).toEqual(shown(500));
    expect(sampledSteps(steps).length).toBeLessThanOrEqual(40);
    const normed = steps.map(({ layers: [layer] = [] }) => layer?.norms?.delta).filter((norm) => norm !== undefined);
    expect(normed.length).toBeGreaterThan(90);
    expect(normed.length).toBeLessThanOrEqual(330);
    expect(steps.find(990)!.layers![0]!.norms).toEqual({ delta: 990, weight_gradient: 1980 });
  });

  it('no more bytes than were asked for, however large a sample is', () => {
    const steps = new Steps([], { bytes: 2 ** 20 });
    for (const step of range(2000)) steps.push(record(step, 31));
    expect(steps.bytes).toBeLessThan(2 ** 20 + 2000 * 64);
  });

  it('what came before a cut', () => {
    const steps = new Steps(
      range(100).map((step) => sampled(step)),
      { sampled: 20 },
    );
    steps.cut(50);
    expect(steps.length).toBe(50);
    expect(sampledSteps(steps)).toEqual([1, 10, 20, 30, 40, 50]);
    steps.push(sampled(51));
    expect(steps.at(-1)).toEqual(sampled(51));
    steps.cut(51);
    expect(steps.length).toBe(51);
    steps.cut(0);
    expect([...steps]).toEqual([]);
  });

  it('a list of records as JSON', () => {
    const records = range(3).map((step) => sampled(step));
    expect(JSON.parse(JSON.stringify(new Steps(records)))).toEqual(JSON.parse(JSON.stringify(records)));
  });

  it('columns of steps without an epoch', () => {
    expect('epoch' in new Steps([light(1)]).at(0)!).toBe(false);
  });
});

/** Long runs, each with a sickness; together they make every rule speak. */
const LONG = 900;
const stuck = (): number => Math.log(10) + 1e-4;
/** A run of ten classes made of these, and of data without fault. */
const made = (facts: Partial<RunFacts>, input: Partial<InputFacts> = {}, targets: Partial<TargetFacts> = {}): RunFacts => ({
  inputs: [
    {
      name: 'input',
      rows: 200,
      columns: 8,
      meanSquare: 1,
      min: -2,
      max: 2,
      constantColumns: 0,
      offCentre: { value: 0, column: 0 },
      smallestStd: { value: 1, column: 0 },
      largestStd: { value: 1, column: 1 },
      ...input,
    },
  ],
  outputs: [
    {
      name: 'output',
      loss: 'mse',
      task: 'regression',
      units: 1,
      activation: 'linear',
      range: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      targets: { kind: 'values', rows: 200, columns: 1, min: -1, max: 1, mean: 0, variance: 1, ...targets },
    },
  ],
  training: { optimizer: 'adam', learningRate: 0.01, weightDecay: 0, decoupled: false, batchSize: 32 },
  ...facts,
});
const penalized = [1, 2, 3].map((l): LayerFacts => ({ name: `dense_${l}`, l1: 0.1, l2: 0.1, dropout: 0.9 }));
const shrinking: Shape['tensors'] = { weight: (_, t) => ({ rms: 0.18 * (1 - 0.9 * (t / LONG)), count: 4096 }) };
const counted = made({}, {}, { kind: 'classes', rows: 100, columns: 1, min: 0, max: 3, mean: 1.5, variance: 1, counts: [25, 25, 25, 25] });
const four: RunFacts = {
  ...counted,
  outputs: counted.outputs!.map((output) => ({ ...output, loss: 'softmax_cross_entropy', task: 'classification', units: 4 })),
};
const CAUSES: Record<string, Partial<Shape>> = {
  'columns that are constant or repeat': { loss: stuck, facts: made({}, { constantColumns: 1, duplicateColumns: 1 }) },
  'numbers as measured, the same target throughout': { loss: stuck, facts: made({}, { meanSquare: 1e8 }, { min: 9e3, max: 9e3, mean: 9e3, variance: 0 }) },
  'a target in its own unit': { loss: stuck, facts: made({}, {}, { min: 0, max: 9e5, mean: 5e5, variance: 1e10 }) },
  'penalties and dropout': { loss: stuck, tensors: shrinking, facts: made({ layers: penalized }) },
  'weight decay': {
    loss: stuck,
    tensors: shrinking,
    facts: made({ training: { optimizer: 'adam', learningRate: 0.01, weightDecay: 0.5, decoupled: false, batchSize: 32 } }),
  },
  'rate times decay': {
    loss: stuck,
    facts: made({ training: { optimizer: 'sgd', learningRate: 0.01, weightDecay: 300, decoupled: false, batchSize: 32 } }),
  },
  'no activation, small batches': { layers: layers(6, { activation: 'linear', batchNorm: true }), loss: stuck, tensors: { z: () => ({ count: 128 }) } },
  'weights that begin all alike': { loss: stuck, tensors: { weight: (_, t) => (t === 1 ? { mean: 0.05, std: 0, absMean: 0.05 } : {}) } },
  'weights that begin too small': { layers: layers(2), loss: stuck, tensors: { weight: (_, t) => (t === 1 ? { mean: 0, std: 1e-3, absMean: 1e-3 } : {}) } },
  'rare and random classes': {
    loss: stuck,
    facts: made({
      outputs: [
        {
          name: 'output',
          loss: 'hinge',
          task: 'classification',
          units: 1,
          activation: 'sigmoid',
          range: [0, 1],
          baselineLoss: Math.log(10),
          targets: { kind: 'values', rows: 1000, columns: 1, min: 0, max: 1, mean: 0.02, variance: 0.02, counts: [980, 20], values: [0, 1] },
        },
      ],
    }),
    validations: checks(
      150,
      (k) => 2 - k / 100,
      (k) => 2.31 + k / 100,
    ).map((each) => ({ ...each, predictedClasses: [100, 0] })),
  },
};
const SICK: Record<string, Partial<Shape>> = {
  ...CAUSES,
  'vanishing, rows that become alike': {
    loss: stuck,
    tensors: { delta: falling(1e-8, 6) },
    ranks: (l) => ({ effectiveRank: 3, rowSpread: 10 ** -(2 * l + 1) }),
  },
  exploding: { loss: (t) => 2.3 + 0.2 * noise(t), tensors: { delta: falling(1e5, 6) } },
  'tiny gradients': { loss: stuck, tensors: { weight_gradient: (l) => ({ absMean: l < 3 ? 1e-9 : 1e-2 }) } },
  'gradients that were large once': { loss: stuck, tensors: { weight_gradient: (_, t) => ({ absMean: t === 333 ? 1 : 1e-9 }) } },
  'huge gradients': { loss: (t) => 2.3 + noise(t), tensors: { weight_gradient: (l) => ({ absMean: l === 2 ? 1e8 : 1 }) } },
  'weights that grow on': { loss: stuck, tensors: { weight: (_, t) => ({ rms: 0.18 * 1.005 ** t }) } },
  'weights that never change': {
    loss: stuck,
    tensors: { update: () => ({ rms: 0, l2: 0, absMean: 0 }), weight_gradient: () => ({ rms: 0, l2: 0, absMean: 0 }) },
  },
  'a loss that climbs back': { loss: (t) => (t < 400 ? 2 - t / 400 + 0.01 * noise(t) : 1 + (t - 400) / 200) },
  'classes that are left out': {
    loss: stuck,
    facts: four,
    validations: checks(
      150,
      () => 2.3,
      () => 2.3,
    ).map((each) => ({ ...each, predictedClasses: [50, 50, 0, 0] })),
  },
  'no gradient': { layers: [], loss: stuck, norm: () => 0 },
  spikes: { loss: (t) => (t % 401 < 3 ? 9 : 2), norm: (t) => (t % 401 === 0 ? 80 + t / 100 : 1 + 0.1 * noise(t)) },
  'a signal that dies': { tensors: { z: (l, t) => ({ std: t <= 3 ? 0.05 ** l : 1 }) } },
  'dead units': {
    loss: (t) => 2 + 0.1 * noise(t),
    dead: (l, t) => (l === 1 ? 0.8 + 0.1 * noise(t) : 0.1),
    tensors: { weight_gradient: () => ({ zeroFraction: 0.9 }) },
  },
  saturation: { layers: layers(6, { activation: 'tanh' }), loss: (t) => 2 + 0.1 * noise(t), saturated: (l, t) => (l === 3 ? 0.95 + 0.01 * noise(t) : 0.1) },
  'updates too small, the rate 0 at times': {
    loss: stuck,
    ratio: (_, t) => ({ l2: 1e-7 * (1 + 0.5 * noise(t)), absMean: 1e-7 }),
    learningRate: (t) => (t % 3 === 0 ? 0 : 0.01),
  },
  'updates too large': { loss: (t) => 2.2 + 0.1 * noise(t), ratio: (_, t) => ({ l2: 1 + 0.3 * noise(t), absMean: 1 }) },
  'labels smoothed away': { loss: stuck, facts: { ...four, outputs: four.outputs!.map((output) => ({ ...output, labelSmoothing: 0.99 })) } },
  'running statistics that never arrive': {
    loss: () => 0.2,
    facts: { ...four, layers: [{ name: 'dense_1', l1: 0, l2: 0, dropout: 0, batchNormSamples: 32, batchNormMomentum: 1e-6 }] },
    validations: checks(
      150,
      () => 0.2,
      () => 2.3,
    ),
  },
  oscillation: {
    loss: (t) => 1.2 + 0.1 * noise(t),
    validations: checks(
      150,
      () => 1.2,
      (k) => 1.2 + 0.3 * (k % 2),
      (k) => 0.5 + 0.1 * (k % 2),
    ),
  },
  overfitting: {
    validations: checks(
      150,
      (k) => 2 / (k + 1),
      (k) => 0.5 + 0.01 * k,
    ),
  },
  'not finite at the end': { loss: (t) => (t === LONG ? Number.NaN : 2), tensors: { z: (l, t) => (t === LONG && l >= 2 ? { nanCount: 5 } : {}) } },
  'not finite on the way': { loss: () => 1, tensors: { delta: (l, t) => (t === 700 && l <= 1 ? { infCount: 2 } : {}) } },
  'a loss that was infinite once': { loss: (t) => (t === 701 ? Number.POSITIVE_INFINITY : 1) },
  'an infinite norm': { norm: (t) => (t === 702 ? Number.POSITIVE_INFINITY : 1) },
  'looked at now and then': { loss: stuck, probed: (t) => t % 7 === 0, tensors: { delta: falling(1e-8, 6) }, ratio: () => ({ l2: 1e-9, absMean: 1e-9 }) },
  everything: {
    loss: (t) => (t === LONG ? Number.NaN : t % 401 < 3 ? 9 : 2.4),
    norm: (t) => (t % 401 === 0 ? 80 : 1),
    dead: () => 0.995,
    tensors: { delta: falling(1e-8, 6), z: (l, t) => ({ std: 0.05 ** l, ...(t === LONG ? { nanCount: 1 } : {}) }), weight_gradient: () => ({ absMean: 1e7 }) },
    validations: checks(
      150,
      () => 1.2,
      (k) => 1.2 + 0.3 * (k % 2),
      (k) => 0.5 + 0.1 * (k % 2),
    ),
  },
};
const sick = (name: string): HistoryData & { steps: StepRecord[] } => history({ layers: layers(6), steps: LONG, ...SICK[name] });
const LITTLE: Retention[] = [RETENTION, { sampled: 100, norms: 100 }, { sampled: 3 }, { sampled: 0, norms: 0, bytes: 0 }];

describe('how much is kept changes no finding', () => {
  test.each(Object.keys(SICK))('%s', (name) => {
    const given = sick(name);
    const expected = diagnose(given);
    expect(diagnose({ ...given, steps: new Steps(given.steps) })).toEqual(expected);
    for (const keep of LITTLE) {
      const kept = { ...given, steps: new Steps(given.steps, keep) };
      expect(diagnose(kept), JSON.stringify(keep)).toEqual(expected);
      // With other levels too.
      const levels = Object.fromEntries(
        RULE_IDS.map((id) => [id, Object.fromEntries(Object.entries<number>(RULES[id].levels).map(([level, value]) => [level, value * 2]))]),
      );
      expect(diagnose(kept, { levels })).toEqual(diagnose(given, { levels }));
    }
  });

  it('holds for every rule: each speaks of one of these runs', () => {
    const heard = new Set(Object.keys(SICK).flatMap((name) => diagnose(sick(name)).findings.map(({ rule }) => rule)));
    expect(RULE_IDS.filter((id) => !heard.has(id))).toEqual([]);
  });
});
