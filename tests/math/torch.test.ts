// Optimizers and schedules against recorded runs of PyTorch (tests/fixtures/torch_run.py, torch_statistics.py), in float64.
import { expect, test } from 'vitest';
import { Graph } from '../../src/graph/graph.ts';
import { beginStepOp } from '../../src/ops/batches.ts';
import { NO_FACTORS } from '../../src/ops/hyper.ts';
import { updateOp } from '../../src/ops/updates.ts';
import { computeStats, createInterpreterState, type InterpreterState, interpretStep, tensor64 } from '../../src/reference/index.ts';
import { type Average, averageWeights } from '../../src/train/average.ts';
import { muon, type Optimizer, sgd } from '../../src/train/optimizers.ts';
import {
  constant,
  cosine,
  exponential,
  linearRamp,
  multiStep,
  oneCycle,
  type PlateauOptions,
  plateau,
  type Schedule,
  type ScheduleState,
  sequence,
  stepDecay,
  warmup,
} from '../../src/train/schedules.ts';
import recorded from '../fixtures/torch_run.json';
import { updates } from '../fixtures/torch_statistics.json';
import { OPTIMIZERS } from '../support/plans.ts';

/** Updates weights by given gradients, one after the other; `observe` sees the world after each. */
function take(
  optimizer: Optimizer,
  start: readonly number[],
  gradients: readonly number[][],
  observe: (world: InterpreterState, step: number) => void,
  { shape = [start.length], average }: { shape?: readonly number[]; average?: Average } = {},
) {
  const graph = new Graph();
  const w = graph.parameter('w', shape);
  const gradient = graph.input('gradient', shape);
  graph.apply(beginStepOp, [], {});
  const factors = optimizer.factorsWith?.(undefined) ?? (() => NO_FACTORS);
  optimizer.prepare?.(graph, w, gradient, { group: 'step', clipValue: 0, factors });
  graph.apply(updateOp, [gradient], { ...optimizer, factors });
  average?.append(graph, 'step', {});
  const world = createInterpreterState(graph.values, {
    parameters: new Map([['w', tensor64(shape, start)]]),
    gradientSlots: new Map([[gradient, w.name]]),
    datasetSize: 1,
    batch: 1,
    learningRateAt: optimizer.learningRateAt,
  });
  gradients.forEach((values, step) => {
    interpretStep(graph, world, new Map([['gradient', tensor64(shape, values)]]));
    observe(world, step);
  });
}

test.each(Object.entries(OPTIMIZERS))('%s takes the steps that PyTorch takes', (name, optimizer) => {
  const { start, gradients, runs } = recorded.optimizers;
  const expected = (runs as Record<string, number[][]>)[name]!;
  take(optimizer, start, gradients, (world, step) => {
    world.arenas
      .get('parameters')!
      .get('w')!
      .data.forEach((value, i) => expect(value, `step ${step + 1}, w[${i}]`).toBeCloseTo(expected[step]![i]!, 12));
  });
});

test.each(recorded.muon.flatMap(({ runs, ...given }) => Object.entries(runs).map(([name, expected]) => ({ name, expected, ...given }))))(
  'muon takes the steps of a matrix that PyTorch takes: $name, $shape',
  ({ name, shape, start, gradients, expected }) => {
    const more = { adjustLrFn: 'match_rms_adamw', nesterov: false, momentum: 0.8, nsSteps: 3, weightDecay: 0 } as const;
    const optimizer = muon({ learningRate: 0.1, ...(name === 'usual' ? {} : more) });
    const observe = (world: InterpreterState, step: number): void =>
      world.arenas
        .get('parameters')!
        .get('w')!
        .data.forEach((value, i) => expect(value, `step ${step + 1}, w[${i}]`).toBeCloseTo(expected[step]![i]!, 12));
    take(optimizer, start, gradients, observe, { shape });
  },
);

test.each(Object.entries(OPTIMIZERS))('%s asks for the tiny steps that PyTorch asks for', (name, optimizer) => {
  const { rate, weights, gradients, runs } = updates;
  const expected = (runs as Record<string, { l2: number; mean: number }[]>)[name]!;
  take({ ...optimizer, learningRateAt: () => rate }, weights, gradients, (world, step) => {
    const { l2, mean } = computeStats(world.arenas.get('retained/update')!.get('w')!.data);
    expect(l2 / expected[step]!.l2, `step ${step + 1}`).toBeCloseTo(1, 8);
    expect((mean - expected[step]!.mean) / l2, `step ${step + 1}`).toBeCloseTo(0, 8);
  });
});

const schedules: Record<keyof typeof recorded.schedules, Schedule> = {
  step: stepDecay({ stepSize: 4, gamma: 0.5 }),
  multi_step: multiStep({ milestones: [3, 10], gamma: 0.1 }),
  exponential: exponential({ gamma: 0.9 }),
  cosine: cosine({ tMax: 19 }),
  warmup: warmup({ steps: 5, startFactor: 0.1 }),
  linear: linearRamp({ startFactor: 0.9, endFactor: 0.2, totalIters: 15 }),
  one_cycle: oneCycle({ maxLr: 2, totalSteps: 20 }),
  'one_cycle linear': oneCycle({ totalSteps: 20, pctStart: 0.4, annealStrategy: 'linear', divFactor: 5, finalDivFactor: 10 }),
  'one_cycle in three phases': oneCycle({ totalSteps: 20, pctStart: 0.36, threePhase: true }),
  sequential: sequence({
    schedules: [linearRamp({ startFactor: 0.1, totalIters: 4 }), exponential({ gamma: 0.9 }), stepDecay({ stepSize: 3, gamma: 0.5 })],
    milestones: [5, 12],
  }),
};
test.each(Object.entries({ ema: averageWeights({ decay: 0.9 }), swa: averageWeights({ from: 3, every: 2 }) }))(
  "%s is PyTorch's average of weights",
  (name, average) => {
    const { start, gradients, runs } = recorded.averages;
    take(
      sgd({ learningRate: 0.1, momentum: 0.9 }),
      start,
      gradients,
      ({ arenas }, step) => {
        // Before the first update that counts, PyTorch's is the weights as they began.
        const got = arenas.get('optimizer/average')?.get('w')?.data ?? start;
        got.forEach((value, i) => expect(value, `step ${step + 1}, w[${i}]`).toBeCloseTo(runs[name as keyof typeof runs][step]![i]!, 12));
      },
      { average },
    );
  },
);

test.each(Object.entries(schedules))('the %s schedule is that of PyTorch', (name, schedule) => {
  recorded.schedules[name as keyof typeof schedules].forEach((rate, step) => expect(schedule.at(step, 1), `step ${step}`).toBeCloseTo(rate, 12));
});

test.each(
  Object.entries<PlateauOptions>({
    patient: { factor: 0.5, patience: 2 },
    absolute: { factor: 0.2, patience: 1, threshold: 0.05, thresholdMode: 'abs', cooldown: 3 },
    'at once': { factor: 0.3, patience: 0, threshold: 0.01, cooldown: 1, minLr: 0.004 },
    'never below': { factor: 0.5, patience: 0, threshold: 0.01, eps: 0.01 },
  }),
)("a plateau lets the rate fall where PyTorch's does: %s", (name, options) => {
  const { losses, runs } = recorded.plateaus;
  const expected = runs[name as keyof typeof runs];
  expect(new Set(expected).size).toBeGreaterThan(2);
  const { react, learningRateAt } = sgd({ learningRate: 0.1, schedule: plateau(options) });
  let state: ScheduleState | undefined;
  losses.forEach((loss, i) => {
    state = react!(state, { step: i + 1, validationLoss: loss ?? Number.NaN, learningRate: learningRateAt(i + 1) * (state?.factor ?? 1) });
    // As it goes through a checkpoint.
    state = JSON.parse(JSON.stringify(state)) as ScheduleState;
    expect(learningRateAt(i + 1) * state.factor, `validation ${i + 1}`).toBeCloseTo(expected[i]!, 12);
  });
});

test('a plateau behind a warm-up, or at the end of a sequence, sees nothing of what is before', () => {
  const reacting = plateau({ factor: 0.5, patience: 0 });
  for (const schedule of [warmup({ steps: 10, then: reacting }), sequence({ schedules: [linearRamp({ totalIters: 10 }), reacting], milestones: [10] })]) {
    const { react } = sgd({ learningRate: 1, schedule });
    let state = react!(undefined, { step: 5, validationLoss: 0.1, learningRate: 0.5 });
    expect(state).toBeUndefined();
    for (const [step, validationLoss, factor] of [
      [10, 3, 1],
      [15, 2, 1],
      [20, 2, 0.5],
    ] as const) {
      state = react!(state, { step, validationLoss, learningRate: 1 });
      expect(state!.factor, `step ${step}`).toBe(factor);
    }
  }
});

test('a warm-up goes on with another schedule, counted from its end', () => {
  const schedule = warmup({ steps: 4, startFactor: 0, then: cosine({ tMax: 10, etaMin: 0.1 }) });
  expect([0, 1, 2, 3, 4].map((step) => schedule.at(step, 1))).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect(schedule.at(14, 1)).toBeCloseTo(0.1, 12);
  expect(schedule.at(1000, 1)).toBeCloseTo(0.1, 12);
});

test('a sequence starts each part at 0', () => {
  const schedule = sequence({ schedules: [constant({ factor: 0.5 }), exponential({ gamma: 0.5 })], milestones: [3] });
  expect([0, 2, 3, 4, 5].map((step) => schedule.at(step, 1))).toEqual([0.5, 0.5, 1, 0.5, 0.25]);
});

test.each([
  [() => stepDecay({ stepSize: 0, gamma: 0.5 }), 'step schedule: stepSize: expected a positive integer, got 0'],
  [() => cosine({ tMax: 2.5 }), 'cosine schedule: tMax: expected a positive integer, got 2.5'],
  [() => exponential({ gamma: -1 }), 'exponential schedule: gamma: expected a number above 0, got -1'],
])('a schedule that makes no sense is refused: %#', (build, message) => {
  expect(build).toThrow(message);
});
