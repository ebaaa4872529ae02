// What can be told before the first step, or at it, from a history; and what is printed of it.
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { beforehandText } from '../../src/cli/beforehand.ts';
import { checkText } from '../../src/cli/preflight_command.ts';
import { plain } from '../../src/cli/print.ts';
import { beforehand, type PreflightCheckName } from '../../src/experiment/index.ts';
import { PREFLIGHT_TEXTS } from '../../src/experiment/preflight/index.ts';
import { preflightJson, preflightJsonSchema, preflightSchema } from '../../src/experiment/preflight/preflight_json.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';
import type { OutputFacts, RunFacts } from '../../src/inspect/facts.ts';
import { falling, history, layers, type Shape } from '../support/synthetic_history.ts';

const input = {
  ...{ name: 'input', rows: 300, columns: 8, meanSquare: 1, min: -3, max: 3, constantColumns: 0 },
  ...{ offCentre: { value: 0.1, column: 0 }, smallestStd: { value: 0.9, column: 1 }, largestStd: { value: 1.1, column: 2 } },
};
const output: OutputFacts & Required<Pick<OutputFacts, 'targets'>> = {
  ...{ name: 'output', loss: 'softmax_cross_entropy', task: 'classification', units: 10, activation: 'linear', range: [-Infinity, Infinity] },
  targets: { kind: 'classes', rows: 300, columns: 1, min: 0, max: 9, mean: 4.5, variance: 8, counts: new Array(10).fill(30) },
  ...{ baselineLoss: Math.log(10), baselineAccuracy: 0.1 },
};
const facts: RunFacts = {
  inputs: [input],
  outputs: [output],
  training: { optimizer: 'sgd', learningRate: 0.1, weightDecay: 0, decoupled: false, batchSize: 32, rows: 300 },
};
const first = (more: Partial<Shape> = {}): Shape => ({ layers: layers(4), steps: 1, loss: () => 2.4, facts, ...more });

function outcomes(shape: Shape, predicted?: Parameters<typeof beforehand>[1]): Record<string, string> {
  return Object.fromEntries(
    beforehand(history(shape), predicted).map(({ name, outcome, evidence }) => [name, evidence.rule ? `${outcome} ${evidence.rule}` : outcome]),
  );
}

test('a sound first step passes', () => {
  expect(new Set(Object.values(outcomes(first())))).toEqual(new Set(['pass']));
});

test('classes without a row are said, and pass', () => {
  const counted = (...counts: number[]): string => {
    const targets = { ...output.targets, counts };
    const found = beforehand(history(first({ facts: { ...facts, outputs: [{ ...output, targets }] } }))).find(({ name }) => name === 'targets')!;
    expect(found.outcome).toBe('pass');
    return found.sentence;
  };
  expect(counted(0, 150, 150)).toMatch(/Class 0 has no row: classes count from 0; do the labels count from 1\?$/);
  expect(counted(150, 0, 150)).toMatch(/Class 1 has no row\.$/);
  expect(counted(0, 0, 150, 150)).toMatch(/2 classes, such as 0, have no row: /);
  expect(counted(150, 150)).not.toContain('no row');
});

test.each<[PreflightCheckName, string, Partial<Shape>]>([
  ['inputs', 'inputs_not_scaled', { facts: { ...facts, inputs: [{ ...input, meanSquare: 1e8, largestStd: { value: 1e4, column: 0 } }] } }],
  [
    'targets',
    'constant_targets',
    { facts: { ...facts, outputs: [{ ...output, targets: { ...output.targets, min: 3, max: 3, variance: 0, counts: [300] } }] } },
  ],
  ['output', 'output_cannot_answer', { facts: { ...facts, outputs: [{ ...output, activation: 'relu', range: [0, Infinity] }] } }],
  ['layers', 'rate_times_penalty', { facts: { ...facts, training: { ...facts.training!, weightDecay: 300 } } }],
  ['initial_weights', 'symmetric_units', { tensors: { weight: () => ({ std: 0, mean: 0.1, absMean: 0.1 }) } }],
  ['depth', 'vanishing_with_depth', { tensors: { delta: falling(1e-7, 4) } }],
  ['units', 'dead_units', { dead: () => 1 }],
  ['rank', 'rank_collapse', { ranks: (l) => ({ effectiveRank: 3, rowSpread: 10 ** -(2 * l + 1) }) }],
  ['first_update', 'learning_rate_too_high', { ratio: () => ({ l2: 0.6, absMean: 0.6 }) }],
])('%s: %s', (check, rule, shape) => {
  expect(outcomes(first(shape))[check]).toBe(`fail ${rule}`);
  const { sentence } = beforehand(history(first(shape))).find(({ name }) => name === check)!;
  expect(sentence).toMatch(/\.$/);
  // How the run ended is no news before it begins.
  expect(sentence).not.toContain('best constant answer');
});

test('the first loss against the best constant answer', () => {
  const check = (loss: number): string | undefined => outcomes(first({ loss: () => loss })).first_loss;
  expect(check(18)).toBe('pass');
  expect(check(19)).toBe('fail');
  // Where a class is rare the best constant answer has little, and a network that says nothing has ln(2) all the same.
  const rare = { ...facts, outputs: [{ ...output, units: 2, baselineLoss: 0.2, targets: { ...output.targets, max: 1, counts: [285, 15] } }] };
  expect(outcomes(first({ facts: rare, loss: () => 1.7 })).first_loss).toBe('pass');
  expect(outcomes(first({ facts: rare, loss: () => 6 })).first_loss).toBe('fail');
  expect(check(Number.NaN)).toBe('fail');
  expect(outcomes(first({ steps: 0 })).first_loss).toBe('unknown');
});

test('a first loss of numbers is far from the targets, one of classes too sure', () => {
  const sentence = (outputs: OutputFacts[]): string =>
    beforehand(history(first({ facts: { ...facts, outputs }, loss: () => 100 }))).find(({ name }) => name === 'first_loss')!.sentence;
  expect(sentence([output])).toContain('surer than it may be');
  expect(sentence([{ ...output, loss: 'mse', task: 'regression', units: 1, baselineLoss: 1 }])).toContain('the answers begin far from the targets');
});

test('a warm-up from 0 tells nothing of the length of steps', () => {
  expect(outcomes(first({ learningRate: () => 0, ratio: () => ({ l2: 0, absMean: 0 }) })).first_update).toBe('unknown');
  // A loss that does not depend on the outputs: nothing will ever change.
  expect(outcomes(first({ norm: () => 0, ratio: () => ({ l2: 0, absMean: 0 }) })).first_update).toBe('fail');
});

test('a rate at which no layer ever changes fails, but for the beginning of a schedule', () => {
  const asked = (l2: number, training: Partial<RunFacts['training']> = {}, more: Partial<Shape> = {}) =>
    beforehand(
      history(
        first({ learningRate: () => 1e-9, ratio: () => ({ l2, absMean: l2 }), facts: { ...facts, training: { ...facts.training!, ...training } }, ...more }),
      ),
    ).find(({ name }) => name === 'first_update')!;
  expect(asked(9e-6)).toMatchObject({ outcome: 'fail', remedies: ['learning_rate'] });
  expect(asked(9e-6).sentence).toBe(
    'With a learning rate of 1e-9 no layer changes by more than 0.000009 of its size in a step, nor by 0.009 in 1000: it is too small.',
  );
  expect(asked(1.1e-5).outcome).toBe('pass');
  expect(asked(1e-9, { schedule: 'warm_up' }).outcome).toBe('pass');
  expect(asked(9e-6, { momentum: 0.9 }).outcome).toBe('pass');
  // A gradient that vanished on its way is no matter of the rate: the last layers still move.
  expect(asked(0, {}, { ratio: (l) => ({ l2: l < 3 ? 1e-12 : 1e-3, absMean: 0 }) }).outcome).toBe('pass');
});

test('a check that fails names what to try', () => {
  const failed = (shape: Partial<Shape>) => beforehand(history(first(shape))).filter(({ outcome }) => outcome === 'fail');
  const [dead] = failed({ dead: () => 1 });
  expect(dead).toMatchObject({ name: 'units', remedies: expect.arrayContaining(['activation']) });
  expect(plain(checkText(dead!))).toContain(` To try: ${dead!.remedies!.join(', ')}.`);
  const decay = { facts: { ...facts, training: { ...facts.training!, weightDecay: 0.02 } } };
  expect(failed(decay).find(({ name }) => name === 'penalties')!.remedies).toEqual(['less_weight_decay']);
  for (const { outcome, remedies } of beforehand(history(first()))) expect([outcome, remedies]).toEqual(['pass', undefined]);
});

test('units that are mostly saturated before they have learned anything', () => {
  const tanh = layers(4).map((info) => ({ ...info, activation: info.role === 'hidden' ? ('tanh' as const) : info.activation }));
  const asked = (fraction: number) => outcomes(first({ layers: tanh, saturated: () => fraction })).units;
  expect(asked(0.45)).toBe('pass');
  expect(asked(0.6)).toBe('fail saturated');
});

test('a batch that is more than there is', () => {
  const of = (batchSize: number) =>
    beforehand(history(first({ facts: { ...facts, training: { ...facts.training!, batchSize } } }))).find(({ name }) => name === 'inputs')!;
  expect(of(301)).toMatchObject({
    outcome: 'pass',
    sentence: expect.stringMatching(/A batch of 301 is more than the 300 rows that there are: each step takes them all\.$/),
  });
  expect(of(300).sentence).not.toContain('batch');
});

test('what pulls at the weights against what there is to be won', () => {
  const asked = (training: Partial<RunFacts['training']>, penalty: { l1?: number; l2?: number } = {}, more: Partial<Shape> = {}): string =>
    outcomes(
      first({
        facts: {
          ...facts,
          training: { ...facts.training!, ...training },
          layers: layers(4).map(({ name }) => ({ name, l1: 0, l2: 0, dropout: 0, ...penalty })),
        },
        ...more,
      }),
    ).penalties!;
  // Five layers of 4096 weights of 0.177, the usual size of a fan-in of 64: each l2 of 1 costs 320, each l1 of 1 2888; there is 2.3 to be won.
  expect(asked({})).toBe('pass');
  expect(asked({}, { l2: 0.01 })).toBe('pass');
  expect(asked({}, { l2: 0.02 })).toBe('fail l2_too_strong');
  expect(asked({}, { l1: 0.001 })).toBe('pass');
  expect(asked({}, { l1: 0.003 })).toBe('fail l1_too_strong');
  expect(asked({ weightDecay: 0.02 })).toBe('fail weight_decay_too_strong');
  expect(asked({ weightDecay: 5e-4 })).toBe('pass');
  expect(asked({ optimizer: 'adamw', decoupled: true, weightDecay: 0.1 })).toBe('pass');
  expect(asked({ optimizer: 'adamw', decoupled: true, weightDecay: 6 })).toBe('fail weight_decay_too_strong');
  expect(asked({}, { l2: 0.02 }, { without: ['weight'] })).toBe('unknown');
  expect(asked({}, { l2: 0.02 }, { steps: 0 })).toBe('unknown');
});

test('classes that are trained as numbers are seen however large the first loss is', () => {
  const numbers: OutputFacts = {
    ...{ name: 'output', loss: 'mse', task: 'regression', units: 1, activation: 'linear', range: [-Infinity, Infinity], baselineLoss: 2.9 },
    targets: { kind: 'values', rows: 300, columns: 1, min: 0, max: 5, mean: 2.5, variance: 2.9, values: [0, 1, 2, 3, 4, 5], counts: new Array(6).fill(50) },
  };
  expect(outcomes(first({ facts: { ...facts, outputs: [numbers] }, loss: () => 20 })).targets).toBe('fail labels_do_not_fit_loss');
});

test('without a hidden layer the first update may be as long as the weights', () => {
  const asked = (l2: number): string => outcomes(first({ layers: layers(0), ratio: () => ({ l2, absMean: l2 }) })).first_update!;
  expect(asked(0.6)).toBe('pass');
  expect(asked(1.5)).toBe('fail learning_rate_too_high');
});

test('before the first step theory speaks of the depth', () => {
  const shape = first({ steps: 0 });
  const places = (delta: number) => shape.layers.map(({ name, width }, i) => ({ name, width, place: 'trunk' as const, q: 1, delta: i === 0 ? delta : 1 }));
  expect(outcomes(shape).depth).toBe('unknown');
  expect(outcomes(shape, places(0.5)).depth).toBe('pass');
  expect(outcomes(shape, places(1e-4)).depth).toBe('fail');
  expect(outcomes(shape, places(100)).depth).toBe('fail');
  expect(outcomes(shape, places(Number.NaN)).depth).toBe('unknown');
});

test('the JSON fits its schema, and every check has its words', () => {
  const checks = beforehand(history(first({ dead: () => 1 })));
  const given = preflightJson({ checks, seconds: 1.5 });
  expect(v.parse(preflightSchema, given)).toEqual(given);
  expect(preflightJsonSchema()).toMatchObject({ type: 'object', required: ['checks', 'seconds'] });
  for (const check of checks) {
    const { en, zh } = PREFLIGHT_TEXTS[check.name];
    expect(plain(checkText(check))).toMatch(new RegExp(`^. ${en.title} .*\\.$`));
    expect(zh.title).not.toBe(en.title);
  }
});

test('a run says in a line or two what its first step shows', () => {
  const document = parseExperiment({
    data: { source: 'generator', name: 'moons' },
    model: { layers: [{ type: 'dense', units: 2 }] },
    loss: 'softmax_cross_entropy',
    optimizer: { name: 'sgd', learningRate: 0.1 },
    training: { steps: 1, batchSize: 4 },
  });
  const say = (shape: Shape): string => {
    const { steps, ...rest } = history(shape);
    return beforehandText(
      document,
      { ...rest, rows: { train: 300, validation: 0, test: 0 }, steps: 100, stepsPerEpoch: 10, summary: '', inputMeanSquare: 1 },
      steps[0]!,
    );
  };
  expect(say(first())).toMatch(/^At the first step: nothing found. The first loss is 2.4, and the best constant answer has 2.3\./);
  expect(say(first({ dead: () => 1, loss: () => 50 })).split('\n')).toHaveLength(2);
  expect(say(first({ dead: () => 1, loss: () => 50, tensors: { delta: falling(1e-7, 4) } }))).toMatch(/And 1 more: `fathom preflight` has them\.$/);
});
