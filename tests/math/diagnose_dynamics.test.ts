// Whether a run learned, and what the length of its steps did to it.
import { describe, expect, it } from 'vitest';
import { parseHistory } from '../../src/experiment/history_reader.ts';
import { historyLines } from '../../src/experiment/history_schema.ts';
import { diagnose } from '../../src/inspect/diagnose/index.ts';
import type { RunFacts } from '../../src/inspect/facts.ts';
import { inColumns } from '../../src/inspect/read_history.ts';
import { ask, chance, checks, falling, history, layers, noise, type Shape, stuckLoss } from '../support/synthetic_history.ts';

/** Facts of a classification of ten classes, as frequent as each other. */
const facts = (training: Partial<RunFacts['training']> = {}, more: Partial<RunFacts> = {}): RunFacts => ({
  outputs: [
    {
      name: 'output',
      loss: 'softmax_cross_entropy',
      task: 'classification',
      units: 10,
      activation: 'linear',
      range: [-Infinity, Infinity],
      baselineLoss: chance,
      baselineAccuracy: 0.1,
    },
  ],
  training: { optimizer: 'sgd', learningRate: 0.01, weightDecay: 0, decoupled: false, batchSize: 32, rows: 320, ...training },
  ...more,
});
const run = (more: Partial<Shape>): Shape => ({ layers: layers(4), steps: 100, loss: stuckLoss, facts: facts(), ...more });
const ratio = (of: (t: number) => number) => (_: number, t: number) => ({ l2: of(t), absMean: of(t) });

describe('learning_rate_too_high', () => {
  const diverged = run({ loss: (t) => (t < 4 ? 2.4 * 30 ** (t - 1) : 2.31), ratio: ratio((t) => (t < 4 ? 2 : 1e-6)), dead: () => 1 });

  it('comes first where the loss rose, and what it did stands below it', () => {
    const { findings } = diagnose(history(diverged));
    expect(findings[0]).toMatchObject({
      rule: 'learning_rate_too_high',
      kind: 'diverges',
      severity: 'severe',
      step: 3,
      evidence: { learningRate: 0.01, first: 2.4 },
    });
    expect(findings.slice(1).map(({ rule, consequenceOf }) => [rule, consequenceOf])).toEqual(
      expect.arrayContaining([
        ['dead_units', 'learning_rate_too_high'],
        ['loss_stuck', 'learning_rate_too_high'],
      ]),
    );
  });

  it('is seen by updates of the weights’ own size, early or throughout', () => {
    expect(ask('learning_rate_too_high', run({ ratio: ratio((t) => (t === 2 ? 0.5 : 1e-3)) }))).toMatchObject({ kind: 'overshoots', step: 2 });
    expect(ask('learning_rate_too_high', run({ ratio: ratio(() => 0.1) }))).toMatchObject({ kind: 'overshoots' });
    expect(ask('learning_rate_too_high', run({ ratio: ratio((t) => (t === 50 ? 0.1 : 1e-3)) }))).toBeUndefined();
  });

  it('is a momentum that adds up more steps than the run has, once one changed the weights by a fiftieth', () => {
    const carried = (momentum: number, largest = 0.02, more: Partial<Shape> = {}) =>
      ask('learning_rate_too_high', run({ facts: facts({ momentum }), ratio: ratio((t) => (t === 50 ? largest : 1e-3)), ...more }));
    expect(carried(0.999)).toMatchObject({
      kind: 'momentum',
      severity: 'severe',
      step: 50,
      evidence: { memory: expect.closeTo(1000, 6), steps: 100 },
      remedies: ['less_momentum', 'learning_rate'],
    });
    expect(carried(0.991)?.kind).toBe('momentum');
    expect(carried(0.989)).toBeUndefined();
    expect(carried(0.999, 0.019)).toBeUndefined();
    expect(carried(0.999, 0.02, { loss: (t) => 2.4 * Math.exp(-t / 20) })).toBeUndefined();
  });

  it('is quiet where the run learned, and where the gradient had exploded before the first step', () => {
    expect(ask('learning_rate_too_high', { ...diverged, loss: (t) => (t === 3 ? 90 : 2.4 * Math.exp(-t / 20)) })).toBeUndefined();
    expect(ask('learning_rate_too_high', { ...diverged, tensors: { delta: falling(1e5, 4) } })).toBeUndefined();
  });
});

describe('learning_rate_too_low', () => {
  it('is a rate that a schedule takes away before anything was learned', () => {
    const early = { ratio: ratio((t) => 1e-2 * 0.6 ** t), learningRate: (t: number) => 0.1 * 0.6 ** t };
    expect(ask('learning_rate_too_low', run(early))).toMatchObject({ kind: 'falls', remedies: ['constant_rate', 'learning_rate'] });
    expect(ask('learning_rate_too_low', run({ ...early, learningRate: (t) => 0.1 * 0.99 ** t, ratio: ratio(() => 1e-2) }))).toBeUndefined();
    expect(ask('learning_rate_too_low', run({ ...early, loss: (t) => 2.3 * Math.exp(-t / 10) }))).toBeUndefined();
  });

  it('is a warm-up that has brought nothing in hundreds of steps, and no shorter one', () => {
    const rising = { learningRate: (t: number) => 1e-6 * t, ratio: ratio(() => 1e-6) };
    expect(ask('learning_rate_too_low', run({ ...rising, steps: 300 }))).toMatchObject({ kind: 'small' });
    expect(ask('learning_rate_too_low', run({ ...rising, steps: 120 }))).toBeUndefined();
  });

  it('names the factor that is needed, not ten at a time', () => {
    expect(ask('learning_rate_too_low', run({ ratio: ratio(() => 1e-6) }))).toMatchObject({ severity: 'severe', evidence: { factor: 10_000 } });
    expect(ask('learning_rate_too_low', run({ ratio: ratio(() => 1e-4) }))).toMatchObject({ evidence: { factor: 100 } });
  });

  it('has the small updates and the loss that does not fall below it', () => {
    const { findings } = diagnose(history(run({ ratio: ratio(() => 1e-6) })));
    expect(findings.map(({ rule, consequenceOf }) => [rule, consequenceOf])).toEqual([
      ['learning_rate_too_low', undefined],
      ['update_size', 'learning_rate_too_low'],
      ['loss_stuck', 'learning_rate_too_low'],
    ]);
  });

  it('is quiet in a warm-up, of weights that move, in a run that learned and where the gradient has vanished', () => {
    const small = ratio(() => 1e-6);
    expect(ask('learning_rate_too_low', run({ ratio: small, learningRate: (t) => 1e-4 * t }))).toBeUndefined();
    expect(ask('learning_rate_too_low', run({ ratio: ratio(() => 1e-3) }))).toBeUndefined();
    expect(ask('learning_rate_too_low', run({ ratio: small, loss: (t) => 2.3 * Math.exp(-t / 10) }))).toBeUndefined();
    expect(ask('learning_rate_too_low', run({ ratio: small, tensors: { delta: falling(1e-8, 4) } }))).toBeUndefined();
  });
});

describe('rate_times_penalty', () => {
  const ofL2 = (l2: number, optimizer = 'sgd'): Shape => run({ facts: facts({ optimizer }, { layers: [{ name: 'dense_2', l1: 0, l2, dropout: 0 }] }) });

  it('is what a step takes off: L2 of SGD, decay that is apart of any', () => {
    expect(ask('rate_times_penalty', ofL2(150))).toMatchObject({ severity: 'warn', layer: 'dense_2', layers: ['dense_2'], evidence: { product: 1.5 } });
    expect(ask('rate_times_penalty', ofL2(300))).toMatchObject({ severity: 'severe' });
    expect(ask('rate_times_penalty', ofL2(90))).toBeUndefined();
    expect(ask('rate_times_penalty', ofL2(300, 'adam'))).toBeUndefined();
    expect(ask('rate_times_penalty', run({ facts: facts({ optimizer: 'adamw', weightDecay: 250, decoupled: true }) }))).toMatchObject({ severity: 'severe' });
    expect(ask('rate_times_penalty', run({ facts: facts({ optimizer: 'adam', weightDecay: 250 }) }))).toBeUndefined();
  });
});

describe('one_class_only', () => {
  const answering = (predictedClasses: number[] | undefined, more: Partial<Shape> = {}): Shape =>
    run({
      validations: checks(
        3,
        () => 2.3,
        () => 2.3,
      ).map((each) => (predictedClasses ? { ...each, predictedClasses } : each)),
      ...more,
    });

  it('is found whatever the accuracy', () => {
    expect(ask('one_class_only', answering([0, 200, 0]))).toMatchObject({ severity: 'severe', evidence: { class: 1, rows: 200, largestClass: 0.1 } });
    expect(ask('one_class_only', answering([0, 199, 1]))).toBeUndefined();
    const rare = facts({}, { outputs: [{ ...facts().outputs![0]!, baselineLoss: 0.056, baselineAccuracy: 0.99 }] });
    expect(ask('one_class_only', answering([600, 0], { facts: rare, loss: () => 0.02 }))).toMatchObject({ severity: 'warn' });
    // Of so few rows all may be of that class.
    expect(ask('one_class_only', answering([100, 0], { facts: rare }))).toBeUndefined();
  });

  it('is unchecked without the count, and of no regression', () => {
    const asked = (shape: Shape) => diagnose(history(shape), { rules: ['one_class_only'] }).unchecked.map(({ why }) => why);
    expect(asked(answering(undefined))).toEqual(['no count of the classes that are answered']);
    expect(asked(run({ facts: {}, task: { kind: 'regression' } }))).toEqual([]);
    expect(ask('one_class_only', { ...history(run({})), predictedClasses: [90, 0] } as never)).toMatchObject({ evidence: { rows: 90 } });
  });
});

describe('the loss', () => {
  it('that grows does not stay', () => {
    expect(ask('loss_stuck', run({}))).toMatchObject({ kind: 'stays' });
    expect(ask('loss_stuck', run({ loss: (t) => 2.3 + 0.05 * t }))).toMatchObject({ kind: 'grows', title: 'The loss grows' });
  });

  it('that began far above the best constant answer and ends there: nothing was learned', () => {
    const down = (t: number): number => (t < 20 ? 183 / t : 2.32 + 0.3 * noise(t));
    expect(ask('loss_stuck', run({ loss: down }))).toMatchObject({ kind: 'nothing', evidence: { baselineLoss: chance, first: 183 } });
    expect(ask('loss_stuck', run({ loss: (t) => (t < 20 ? 183 / t : 1.2 + 0.3 * noise(t)) }))).toBeUndefined();
  });

  it('that is far from the targets and on its way: the answers began far away', () => {
    const falls = (from: number, steps = 300) => ask('loss_stuck', run({ steps, loss: (t) => from * (1 - t / 1000) }));
    expect(falls(183)).toMatchObject({ kind: 'far', severity: 'warn', evidence: { first: expect.closeTo(182.8, 1), steps: 300, baselineLoss: chance } });
    // One that is early on its way, or near.
    expect(falls(183, 60)).toBeUndefined();
    expect(falls(6)).toBeUndefined();
    expect(ask('loss_stuck', run({ steps: 300, loss: (t) => 183 * Math.exp(-t / 20) + 0.1 }))).toBeUndefined();
  });

  it('is unchecked where the best constant answer is not known', () => {
    const learned: Partial<Shape> = { loss: (t) => 2.3 * Math.exp(-t / 20) };
    const why = (shape: Shape) => diagnose(history(shape), { rules: ['loss_stuck'] }).unchecked.map((each) => each.why);
    const { facts: _, ...without } = run(learned);
    expect(why(without)).toEqual(['the history does not say how frequent its classes are']);
    expect(why({ ...without, task: { kind: 'regression' } })).toEqual(['the history does not say what its targets are']);
    expect(why(run(learned))).toEqual([]);
    const { baselineLoss: _loss, ...output } = run(learned).facts!.outputs![0]!;
    expect(why({ ...without, facts: { outputs: [{ ...output, loss: 'custom' }] } })).toEqual(["the best constant answer to a loss of one's own is not known"]);
  });
});

describe('what is over', () => {
  const spike = (more: Partial<Shape> = {}): Shape =>
    run({ norm: (t) => (t === 60 ? 50 : 0.5), loss: (t) => (t >= 60 && t < 63 ? 5 : 2.3 - 0.012 * t), probed: () => false, ...more });

  it('does not outrank the result: a spike in a run that ends well is a note', () => {
    expect(ask('gradient_spikes', spike())).toMatchObject({ severity: 'warn' });
    const message = 'At step 60 the norm of the gradient was 50, 100 times its running median, and the loss rose; since step 60 it has been over.';
    expect(ask('gradient_spikes', spike({ loss: (t) => (t >= 60 && t < 63 ? 5 : t < 60 ? 2.3 : 0.8) }))).toMatchObject({ severity: 'note', message });
  });

  it('the short batch that ends an epoch is no spike', () => {
    const given = history(spike({ facts: facts({ rows: 322, batchSize: 32 }) }));
    const epochs = (each: number) => ({ ...given, steps: given.steps.map((step) => ({ ...step, epoch: step.step / each })) });
    expect(ask('gradient_spikes', epochs(11))).toBeDefined();
    expect(ask('gradient_spikes', epochs(10))).toBeUndefined();
  });

  it('an infinity that a run has survived says so', () => {
    const survived = (loss: (t: number) => number) => ask('non_finite', run({ loss: (t) => (t === 12 ? Infinity : loss(t)) }));
    expect(survived((t) => 2.3 * Math.exp(-t / 20))).toMatchObject({ severity: 'note', message: expect.stringContaining('the loss has been finite since') });
    expect(survived(stuckLoss)).toMatchObject({ severity: 'severe' });
  });

  it('a gradient that stays non-finite is none, though the loss be 0: what mixed precision ends in', () => {
    const norms = (bad: (step: number) => boolean) => {
      const given = history(run({ steps: 60, loss: (t) => (t < 20 ? 2.3 * Math.exp(-t / 10) : 0) }));
      return { ...given, steps: given.steps.map((step) => ({ ...step, gradientNorm: bad(step.step) ? Number.NaN : 1 })) };
    };
    const gone = ask(
      'non_finite',
      norms((step) => step >= 20),
    );
    expect(gone).toMatchObject({ severity: 'severe', step: 20, message: 'At step 20 the gradient norm was the first to be non-finite.' });
    // A scaler of losses leaves such steps out now and then.
    expect(
      ask(
        'non_finite',
        norms((step) => step % 20 === 0),
      ),
    ).toMatchObject({ severity: 'note' });
  });

  it('and what came after the step that early stopping went back to is of weights that nobody keeps', () => {
    const given = run({
      loss: (t) => 2.3 * Math.exp(-t / 20),
      validations: checks(
        20,
        (k) => 1 / k,
        (k) => (k < 6 ? 1 / k : 0.2 * k),
      ),
    });
    expect(ask('overfitting', given)).toMatchObject({ severity: 'warn' });
    const kept = { ...history(given), keptStep: given.validations![4]!.step };
    expect(ask('overfitting', kept)?.severity).not.toBe('warn');
    const back = parseHistory(historyLines(inColumns('test', kept)).join('\n'));
    expect(back.keptStep).toBe(kept.keptStep);
  });
});

it('a run that died at its second step is judged by its first', () => {
  const dead = history(
    run({
      steps: 2,
      loss: (t) => (t === 1 ? 2.5e7 : Number.NaN),
      norm: (t) => (t === 1 ? 1e12 : Number.NaN),
      ratio: ratio((t) => (t === 1 ? 1e4 : 0)),
      tensors: { delta: (l, t) => (t === 1 ? falling(1e7, 4)(l) : { nanCount: 5, rms: 0 }) },
    }),
  );
  const { findings } = diagnose(dead);
  expect(findings[0]).toMatchObject({ rule: 'exploding_with_depth', step: 1 });
  expect(findings.find(({ rule }) => rule === 'update_size')).not.toMatchObject({ kind: 'small' });
});

it('reads NaN and Infinity as Python writes them', () => {
  const header = '{"format":"fathom-history/2","layers":[{"name":"a NaN, Infinity"}]}';
  const { steps, layers: named } = parseHistory(`${header}\n{"step":1,"loss":2}\n{"step":2,"loss":NaN,"gradientNorm":-Infinity}`);
  expect([...steps.loss]).toEqual([2, Number.NaN]);
  expect(steps.at(1)!.gradientNorm).toBe(-Infinity);
  expect(named[0]!.name).toBe('a NaN, Infinity');
});
