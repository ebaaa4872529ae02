// Optimizers and schedules as records: what they refuse, that programs and documents make the same, and that none lacks a part.
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { parseExperiment } from '../../src/experiment/index.ts';
import { buildOptimizer, OPTIMIZER_FEATURES } from '../../src/experiment/registry/optimizers.ts';
import { buildSchedule, SCHEDULE_FEATURES } from '../../src/experiment/registry/schedules.ts';
import * as root from '../../src/index.ts';
import { dense } from '../../src/nn/layers.ts';
import { mse } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { LearningRates } from '../../src/train/learning_rates.ts';
import type { Optimizer } from '../../src/train/optimizers.ts';
import { adadelta, adagrad, adam, adamw, muon, nadam, OPTIMIZERS, radam, rmsprop, sgd } from '../../src/train/optimizers.ts';
import { givenOptions } from '../../src/train/options.ts';
import type { ParameterStore } from '../../src/train/parameters.ts';
import { cosine, cosineRestarts, exponential, linearRamp, oneCycle, plateau, sequence, warmup } from '../../src/train/schedules.ts';
import torchRun from '../fixtures/torch_run.py?raw';
import { cpuTime } from '../support/cpu_time.ts';
import { OPTIMIZERS as TRIED } from '../support/plans.ts';

const wrong: [() => Optimizer, string][] = [
  // Adam divides by 1 - beta.
  [() => adam({ learningRate: 0.01, betas: [1, 0.999] }), 'adam: betas[0]: expected a number of at least 0 and below 1, got 1'],
  [() => radam({ learningRate: 0.01, betas: [0.9, 1] }), 'radam: betas[1]: expected a number of at least 0 and below 1, got 1'],
  [() => adamw({ learningRate: 0.01, betas: 0.9 as never }), 'adamw: betas: expected two numbers of at least 0 and below 1, got 0.9'],
  [() => rmsprop({ learningRate: 0.01, alpha: 1 }), 'rmsprop: alpha: expected a number of at least 0 and below 1, got 1'],
  [() => adadelta({ learningRate: 0.01, rho: 1 }), 'adadelta: rho: expected a number of at least 0 and below 1, got 1'],
  [() => sgd({ learningRate: 0.01, momentum: 1 }), 'sgd: momentum: expected a number of at least 0 and below 1, got 1'],
  [() => sgd({ learningRate: 0.01, momentumm: 0.9 } as never), 'sgd: unknown option momentumm; did you mean "momentum"?'],
  [() => sgd({ learningRate: 0.01, nesterov: true }), 'sgd: nesterov: needs a momentum above 0 and no dampening, as in PyTorch'],
  [() => sgd({ learningRate: 0.01, momentum: 0.9, dampening: 0.1, nesterov: true }), 'sgd: nesterov: needs a momentum above 0 and no dampening'],
  [() => muon({ learningRate: 0.01, eps: 1e-50 }), 'muon: eps: expected a number above 0, got 1e-50'],
  [() => adam({ learningRate: 1e39 }), 'adam: learningRate: expected a number of at least 0 that 32 bits hold, got 1e+39'],
  [() => adamw({ learningRate: 0.1, weightDecay: 1e39 }), 'adamw: weightDecay: expected a number of at least 0 that 32 bits hold'],
  [() => muon({ learningRate: 0.01, nsSteps: 0 }), 'muon: nsSteps: expected a positive integer, got 0'],
  [() => muon({ learningRate: 0.01, adamw: { betas: [1, 0] } }), 'muon: adamw.betas[0]: expected a number of at least 0 and below 1, got 1'],
  [() => sgd(undefined as never), 'sgd: learningRate is missing: expected a number of at least 0'],
  [() => nadam({ learningRate: -1 }), 'nadam: learningRate: expected a number of at least 0, got -1'],
  [() => adagrad({ learningRate: Number.NaN }), 'adagrad: learningRate: expected a number of at least 0, got NaN'],
  [() => sgd({ learningRate: 1, schedule: 'cosine' as never }), 'sgd: schedule: expected a schedule, as cosine({ tMax }) makes it, got "cosine"'],
  [
    () => sgd({ learningRate: 1, schedule: cosine({ tMax: 5, etaMin: 2 }) }),
    'sgd: schedule.etaMin: expected a learning rate of at most that of the optimizer (1), got 2',
  ],
  [
    () => sgd({ learningRate: 1, schedule: plateau({ minLr: 2 }) }),
    'sgd: schedule.minLr: expected a learning rate of at most that of the optimizer (1), got 2',
  ],
  [
    () => sgd({ learningRate: 1, schedule: sequence({ schedules: [plateau(), linearRamp()], milestones: [5] }) }),
    'sgd: schedule.schedules[0]: reacts to validations: it can only be the last',
  ],
  [
    () => sgd({ learningRate: 0, schedule: warmup({ steps: 5, then: oneCycle({ totalSteps: 5, maxLr: 1 }) }) }),
    'sgd: schedule.then.maxLr: needs an optimizer whose learning rate is above 0: a schedule is a factor on it',
  ],
  [
    () => sgd({ learningRate: 1, schedule: sequence({ schedules: [warmup({ steps: 5, then: cosineRestarts({ t0: 5, etaMin: 2 }) })], milestones: [] }) }),
    'sgd: schedule.schedules[0].then.etaMin: expected a learning rate of at most that of the optimizer (1), got 2',
  ],
];
test.each(wrong)('an optimizer that makes no sense is refused: %#', (make, message) => {
  expect(make).toThrow(UsageError);
  expect(make).toThrow(message);
});

test.each<[() => unknown, string]>([
  [() => cosine({ steps: 5 } as never), 'cosine schedule: unknown option steps; it has tMax, etaMin'],
  [() => warmup({ steps: 5, then: exponential as never }), 'warmup schedule: then: expected a schedule'],
  [
    () => oneCycle({ totalSteps: 5, threePhase: true, pctStart: 0.6 }),
    'one_cycle schedule: pctStart: with threePhase expected a number from 0 to 0.5, got 0.6',
  ],
  [() => oneCycle({ totalSteps: 5, annealStrategy: 'cosine' as never }), 'one_cycle schedule: annealStrategy: expected one of cos, linear; got "cosine"'],
  [() => sequence({ schedules: [], milestones: [] }), 'sequential schedule: schedules: expected a list of schedules, at least one, got []'],
  [() => sequence({ schedules: [5 as never], milestones: [] }), 'sequential schedule: schedules[0]: expected a schedule, as cosine({ tMax }) makes it, got 5'],
  [
    () => sequence({ schedules: [exponential({ gamma: 0.5 })], milestones: [5] }),
    'sequential schedule: milestones: expected 0, one fewer than schedules, got 1',
  ],
  [
    () => sequence({ schedules: [0, 1, 2].map(() => exponential({ gamma: 0.5 })), milestones: [7, 7] }),
    'sequential schedule: milestones[1]: expected a step after 7, got 7',
  ],
])('a schedule that makes no sense is refused: %#', (make, message) => {
  expect(make).toThrow(UsageError);
  expect(make).toThrow(message);
});

test.each<[unknown, string]>([
  [{ norm: 0 }, 'clip: norm: expected a number above 0, got 0'],
  [{ value: Number.POSITIVE_INFINITY }, 'clip: value: expected a number above 0, got Infinity'],
  [{ nrom: 1 }, 'clip: unknown option nrom; did you mean "norm"?'],
  [{ norm: 1, value: 1 }, 'clip: expected { norm } or { value }, got {'],
  [{}, 'clip: expected { norm } or { value }, got {}'],
  [null, 'clip: expected options (norm, value), got null'],
  [1, 'clip: expected options (norm, value), got 1'],
])('clipping that makes no sense is refused: %j', (clip, message) => {
  const options = { model: sequential([dense(1)]), loss: mse(), optimizer: sgd({ learningRate: 1 }), clip } as never;
  expect(() => givenOptions(options)).toThrow(UsageError);
  expect(() => givenOptions(options)).toThrow(message);
});

test('clipping is read at the call', () => {
  const clip = { norm: 1 };
  const options = givenOptions({ model: sequential([dense(1)]), loss: mse(), optimizer: sgd({ learningRate: 1 }), clip });
  clip.norm = 5;
  expect(options.clip).toEqual({ norm: 1 });
});

test('a document is told where nesterov lacks its momentum', () => {
  const document = {
    data: { source: 'generator', name: 'xor' },
    model: { layers: [{ type: 'dense', units: 2 }] },
    loss: 'mse',
    optimizer: { name: 'sgd', learningRate: 0.1, nesterov: true },
    training: { steps: 1, batchSize: 4 },
  };
  expect(() => parseExperiment(document)).toThrow('optimizer.nesterov: needs a momentum above 0 and no dampening, as in PyTorch');
});

describe.each(Object.entries(OPTIMIZER_FEATURES))('%s', (name, { create, update64, torch }) => {
  test('is the same in a document as in a program', () => {
    const {
      learningRateAt,
      prepare: _prepare,
      factorsWith: _with,
      ...built
    } = buildOptimizer({
      name,
      learningRate: 0.1,
      schedule: { name: 'exponential', gamma: 0.5 },
      clip: { norm: 1 },
      groups: [{ match: '*' }],
    } as never);
    const { learningRateAt: own, prepare: _own, factorsWith: _ownWith, ...made } = create({ learningRate: 0.1, schedule: exponential({ gamma: 0.5 }) });
    expect(built).toEqual(made);
    expect(built.name).toBe(name);
    expect([learningRateAt(0), learningRateAt(2)]).toEqual([0.1, 0.025]);
    expect([own(0), own(2)]).toEqual([0.1, 0.025]);
  });

  test('was recorded in PyTorch under its name there, and is tried in every way that it updates', () => {
    if (torch !== null) expect(torchRun).toMatch(new RegExp(`torch\\.optim\\.${torch}\\W`));
    const tried = Object.values(TRIED).map(({ update }) => update);
    for (const [update] of update64) expect(tried).toContain(update);
  });
});

test('programs have every optimizer and schedule from the root entry', () => {
  const features = [...Object.values(OPTIMIZER_FEATURES), ...Object.values(SCHEDULE_FEATURES)];
  const exported: unknown[] = Object.values(root);
  expect(features.filter(({ create }) => !exported.includes(create))).toEqual([]);
});

test('an update function has one twin', () => {
  const functions = new Set(Object.values(OPTIMIZERS).flatMap(({ update64 }) => update64.map(([update]) => update)));
  expect(new Set([...functions].map(({ name }) => name)).size).toBe(functions.size);
});

test('without a schedule the rate is constant', () => {
  expect([0, 1, 1e6].map(sgd({ learningRate: 0.3 }).learningRateAt)).toEqual([0.3, 0.3, 0.3]);
});

test('a schedule of your own knows the step alone', () => {
  const { learningRateAt } = sgd({ learningRate: 0.5, schedule: { at: (step) => 1 / (step + 1) } });
  expect([0, 1, 4].map(learningRateAt)).toEqual([0.5, 0.25, 0.1]);
});

test('etaMin is a rate of its own, whatever the rate', () => {
  for (const rate of [0.1, 0.003]) {
    const schedule = cosine({ tMax: 10, etaMin: 0.002 });
    expect(sgd({ learningRate: rate, schedule }).learningRateAt(10)).toBeCloseTo(0.002, 15);
    expect(sgd({ learningRate: rate, schedule: warmup({ steps: 3, then: schedule }) }).learningRateAt(20)).toBeCloseTo(0.002, 15);
  }
  expect(sgd({ learningRate: 0, schedule: cosine({ tMax: 10 }) }).learningRateAt(3)).toBe(0);
});

test('one cycle has one step, many, or none in which to rise, and ends where it should', () => {
  const [low, least] = [1 / 25, 1 / 25 / 1e4];
  const expectAt = (options: object, factors: Record<number, number>): void => {
    const { learningRateAt } = sgd({ learningRate: 0.5, schedule: oneCycle({ totalSteps: 10, ...options }) });
    for (const [step, factor] of Object.entries(factors)) expect(learningRateAt(Number(step)) / 0.5, `step ${step}`).toBeCloseTo(factor, 12);
  };
  expectAt({ totalSteps: 1 }, { 0: least, 1: least });
  // The rise has no step but its end.
  expectAt({ pctStart: 0.1 }, { 0: 1, 9: least });
  expectAt({ pctStart: 0 }, { 9: least, 1000: least });
  expectAt({ pctStart: 1 }, { 0: low, 9: 1, 10: least });
  expectAt({ maxLr: 2 }, { 2: 4 });
});

describe('cosines that begin anew', () => {
  /** As it is told: cosine after cosine. */
  function told(step: number, t0: number, tMult: number): number {
    let [first, length] = [0, t0];
    while (step >= first + length) {
      first += length;
      length *= tMult;
    }
    return cosine({ tMax: length, etaMin: 0.1 }).at(step - first, 1);
  }
  test.each([1, 2, 3, 5, 7, 10].flatMap((t0) => [1, 2, 3, 10].map((tMult): [number, number] => [t0, tMult])))('t0 %i, tMult %i', (t0, tMult) => {
    const schedule = cosineRestarts({ t0, tMult, etaMin: 0.1 });
    // Every step at first, and all around each beginning up to a billion.
    const steps = new Set(Array.from({ length: 3000 }, (_, step) => step));
    if (tMult > 1)
      for (let [first, length] = [0, t0]; first < 1e9; first += length, length *= tMult)
        for (const step of [first - 1, first, first + 1]) if (step >= 0) steps.add(step);
    for (const step of steps) expect(schedule.at(step, 1), `step ${step}`).toBe(told(step, t0, tMult));
  });

  test('cost the same in every step', () => {
    const schedule = cosineRestarts({ t0: 1 });
    const start = cpuTime();
    for (let i = 0; i < 1000; i++) schedule.at(2 ** 31 - i, 1);
    expect(cpuTime() - start).toBeLessThan(1000);
  });
});

test.each(Object.keys(SCHEDULE_FEATURES))('the schedule %s of a document needs no more than its JSON schema asks for', (name) => {
  const needed = Object.entries(SCHEDULE_FEATURES[name]!.options).filter(([, entry]) => entry.required);
  const given = needed.map(([key, { type }]) => [
    key,
    key === 'schedules' ? [0, 1].map(() => ({ name: 'constant' })) : type === 'list' ? [5] : type === 'integer' ? 5 : 0.5,
  ]);
  const schedule = buildSchedule({ name, ...Object.fromEntries(given) } as never);
  for (const step of [0, 1, 100]) expect(schedule.at(step, 0.1)).toBeGreaterThanOrEqual(0);
});

test('a schedule that gives a step no learning rate is refused at that step, and not before', () => {
  const rates: number[] = [];
  const store = { write: (_name: string, words: Float32Array) => void rates.push(...words) } as unknown as ParameterStore;
  const learningRates = (at: (step: number) => number): LearningRates => new LearningRates(sgd({ learningRate: 0.1, schedule: { at } }), store);
  const nan = learningRates((step) => (step === 3 ? Number.NaN : 1));
  nan.ensure(3);
  expect(() => nan.ensure(4)).toThrow(new UsageError('learningRate of step 4: expected a finite number of at least 0, got NaN'));
  const infinite = learningRates((step) => (step === 3 ? 1e40 : 1));
  infinite.ensure(1);
  expect(() => infinite.ensure(5)).toThrow('learningRate of step 4: expected a finite number of at least 0, got Infinity');
  // Once more alike, and by hand it goes on.
  expect(() => nan.ensure(4)).toThrow('learningRate of step 4');
  nan.set(3, 0.2);
  nan.ensure(4);
  expect(rates.at(-1)).toBeCloseTo(0.2, 7);
  for (const [bad, text] of [
    [-10, '-1'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    ['x', 'NaN'],
  ] as const)
    expect(() => learningRates(() => bad as number).ensure(1)).toThrow(`learningRate of step 1: expected a finite number of at least 0, got ${text}`);
});
