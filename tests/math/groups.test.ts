// Parameter groups in the plan of a step: what is frozen takes no gradient, no update, and no backward pass below it.
import { describe, expect, test } from 'vitest';
import type { GroupDocument, LayerDocument } from '../../src/experiment/document.ts';
import { layerPaths, wrongGroup } from '../../src/experiment/names.ts';
import { predict } from '../../src/experiment/predict.ts';
import { buildLayers } from '../../src/experiment/registry/layers.ts';
import { Graph } from '../../src/graph/graph.ts';
import { diagnose } from '../../src/inspect/diagnose/index.ts';
import { infoOf } from '../../src/inspect/taps.ts';
import { layOut } from '../../src/layout.ts';
import { settingsOf } from '../../src/nn/groups.ts';
import { activation, batchNorm, dense, dropout } from '../../src/nn/layers.ts';
import { type Sequential, sequential } from '../../src/nn/sequential.ts';
import { hyperWords, NO_FACTORS } from '../../src/ops/hyper.ts';
import type { Plan } from '../../src/scheduler/plan.ts';
import { schedule } from '../../src/scheduler/schedule.ts';
import { type ParameterGroup, readGroups } from '../../src/train/groups.ts';
import type { StepGraph } from '../../src/train/step_graph.ts';
import { PORTABLE, stepGraph } from '../support/models.ts';
import { history, layers, type Shape } from '../support/synthetic_history.ts';

const groupsOf = (groups: readonly ParameterGroup[]) => settingsOf(readGroups({ groups }, { placed: new Map(), shares: [] }));
const planOf = ({ graph, gradientSlots, losses }: StepGraph): Plan => schedule(graph, { capabilities: PORTABLE, gradientSlots, retain: [losses] });
const frozen = (model: Sequential, match: string | string[], more: Partial<ParameterGroup> = {}) =>
  stepGraph(model, { groups: groupsOf([{ match, frozen: true, ...more }]), probes: { tensors: ['z', 'h', 'delta', 'weight_gradient', 'weight', 'update'] } });
const kernels = ({ dispatches }: Plan): string[] => dispatches.map(({ kernel }) => kernel);
const backward = (plan: Plan): string[] =>
  plan.dispatches.map(({ label }) => label).filter((label) => label.includes('grad/') || label.includes('weight_grads'));

const deep = () => sequential([dense(6), batchNorm(), activation('tanh'), dropout(0.3), dense(6), activation('tanh'), dense(3)]);

test('a frozen trunk has no backward pass: the head has the dispatches that it has alone', () => {
  const trunk = ['dense_1', 'batch_norm_1', 'dense_2'];
  const alone = planOf(stepGraph(sequential([dense(3)]), { features: 6, probes: { tensors: ['delta'] } }));
  const plan = planOf(frozen(deep(), trunk));
  expect(backward(plan)).toHaveLength(backward(alone).length);
  expect(backward(planOf(stepGraph(deep())))).not.toHaveLength(backward(alone).length);
  expect(plan.layout.entries.map(({ path }) => path)).toEqual(['dense_3/weight', 'dense_3/bias']);
  // Dropout works as in training; batch norm with what it keeps, and nothing moves that.
  expect(kernels(plan)).toEqual(expect.arrayContaining(['dropout', 'batch_norm_infer']));
  expect(kernels(plan)).not.toContain('update_running');
});

test('a frozen layer passes on what trained layers below it need, and takes no gradient itself', () => {
  const plan = planOf(frozen(deep(), 'dense_2'));
  expect(plan.layout.entries.map(({ path }) => path)).toEqual([
    'dense_1/weight',
    'dense_1/bias',
    'batch_norm_1/gamma',
    'batch_norm_1/beta',
    'dense_3/weight',
    'dense_3/bias',
  ]);
  const whole = planOf(stepGraph(deep(), { probes: { tensors: ['z', 'h', 'delta', 'weight_gradient', 'weight', 'update'] } }));
  expect(backward(plan).length).toBeLessThanOrEqual(backward(whole).length);
  expect(kernels(plan)).toContain('update_running');
});

test("statistics: 'batch' of a frozen batch norm uses the batch's, and what it keeps moves", () => {
  for (const match of ['batch_norm_1', 'batch_norm_1/*', '*']) {
    const groups = [
      { match, frozen: true, statistics: 'batch' as const },
      { match: 'dense_3', frozen: false },
    ];
    const plan = planOf(stepGraph(deep(), { groups: groupsOf(groups) }));
    expect(kernels(plan)).toContain('update_running');
    expect(kernels(plan)).not.toContain('batch_norm_infer');
  }
  // Not the whole layer: it works as in training.
  expect(kernels(planOf(frozen(deep(), '*/gamma')))).toContain('update_running');
});

test('what is seen of a frozen layer', () => {
  const { taps, probes } = frozen(deep(), ['dense_1', 'batch_norm_1']);
  expect(infoOf(taps).layers.map(({ name, frozen: still }) => [name, still])).toEqual([
    ['dense_1', true],
    ['dense_2', undefined],
    ['dense_3', undefined],
  ]);
  const [ring] = probes!.probes.map(({ ring: of }) => of);
  // z, h and weight of the frozen one; all six of the others, and how far their weights moved.
  expect(ring!.rowBytes).toBe((3 + 6 + 6 + 2) * 12 * 4);
});

test('the later group decides, setting by setting', () => {
  const of = groupsOf([
    { match: '*', learningRateFactor: 0.1, weightDecayFactor: 0 },
    { match: ['block_*', 'dense_1'], frozen: true },
    { match: 'block_2', frozen: false, learningRateFactor: 0.5 },
  ]);
  expect(of('dense_2/weight')).toEqual({ frozen: false, statistics: 'running', learningRateFactor: 0.1, weightDecayFactor: 0, since: 0 });
  expect(of('block_1/dense_1/weight')).toEqual({ frozen: true, statistics: 'running', learningRateFactor: 0.1, weightDecayFactor: 0, since: 0 });
  expect(of('block_2/dense_1/weight')).toEqual({ frozen: false, statistics: 'running', learningRateFactor: 0.5, weightDecayFactor: 0, since: 0 });
  // dense_1 is no part of the name dense_10.
  expect(of('dense_10/weight').frozen).toBe(false);
});

test('since when a parameter is updated goes to the GPU as two numbers, none of which is a denormal', () => {
  const type = { shape: [65], dtype: 'f32', rowsPerSample: 0 } as const;
  const since = [0, 1, 70_000, 2 ** 32 - 1];
  const layout = layOut(since.map((_, i) => ({ name: `${i}`, type })));
  const table = hyperWords(layout, (path) => ({ ...NO_FACTORS, since: since[Number(path)]! }));
  const counts = Array.from({ length: 8 }, (_, block) => table.subarray((8 + block) * 4, (9 + block) * 4));
  expect(counts.map(([low, high]) => low! + high! * 2 ** 16)).toEqual(since.flatMap((count) => [count, count]));
  for (const value of table) expect(value === 0 || value >= 2 ** -126).toBe(true);
});

const WRONG: [group: unknown, message: string][] = [
  [null, 'groups[0]: expected options (match, learningRateFactor, weightDecayFactor, frozen, statistics), got null'],
  [{}, 'groups[0]: match is missing: expected a path of the model, or a list of them'],
  [{ match: 3 }, 'groups[0]: match: expected a path of the model, or a list of them, got 3'],
  [{ match: [] }, 'groups[0]: match: expected a list of paths, at least one, got []'],
  [{ match: [3] }, 'groups[0]: match[0]: expected a path or a live model, got 3'],
  [{ match: 'dense_1', lr: 0.1 }, 'groups[0]: unknown option lr; it has match, learningRateFactor, weightDecayFactor, frozen, statistics'],
  [{ match: 'dense_1', learningRateFactr: 0.1 }, 'groups[0]: unknown option learningRateFactr; did you mean "learningRateFactor"?'],
  [{ match: 'dense_1', learningRateFactor: -1 }, 'groups[0]: learningRateFactor: expected a number from 0 to 3.4e+38, got -1'],
  [{ match: 'dense_1', learningRateFactor: 1e300 }, 'groups[0]: learningRateFactor: expected a number from 0 to 3.4e+38, got 1e+300'],
  [{ match: 'dense_1', weightDecayFactor: Number.NaN }, 'groups[0]: weightDecayFactor: expected a number from 0 to 3.4e+38, got NaN'],
  [{ match: 'dense_1', frozen: 1 }, 'groups[0]: frozen: expected true or false, got 1'],
  [{ match: 'dense_1', statistics: 'none' }, 'groups[0]: statistics: expected one of running, batch; got "none"'],
];
test.each(WRONG)('refuses %j', (group, message) => {
  expect(() => groupsOf([group as ParameterGroup])).toThrow(message);
});

describe('theory of a document with groups', () => {
  const dense = { type: 'dense', units: 20 } as const;
  const tanh = { type: 'activation', name: 'tanh' } as const;
  const theory = (groups: GroupDocument[], layers: LayerDocument[] = [dense, tanh, dense, tanh, dense, tanh, { type: 'dense', units: 2 }]) =>
    predict({ model: { layers }, training: { batchSize: 16 }, optimizer: { groups } }, 10, 1);

  test('there is no gradient below the first layer that is trained', () => {
    const whole = theory([])!;
    const part = theory([{ match: ['dense_1', 'dense_2'], frozen: true }])!;
    expect(part.map(({ q }) => q)).toEqual(whole.map(({ q }) => q));
    expect(part.slice(2)).toEqual(whole.slice(2));
    for (const { delta, chi } of part.slice(0, 2)) expect([delta, chi]).toEqual([Number.NaN, undefined]);
    // A trained layer below one that is frozen, or a bias in it, needs the gradient.
    expect(theory([{ match: 'dense_2', frozen: true }])).toEqual(whole);
    expect(theory([{ match: 'dense_1/weight', frozen: true }])).toEqual(whole);
  });

  test('a batch norm that uses what it has kept is not known to it', () => {
    const layers: LayerDocument[] = [dense, { type: 'batch_norm' }, tanh, dense, tanh, { type: 'dense', units: 2 }];
    const whole = theory([], layers)!;
    // Nothing after it is known, nor a gradient before it.
    const kept = theory([{ match: 'batch_norm_1', frozen: true }], layers)!;
    expect(kept.map(({ unknown }) => unknown)).toEqual([undefined, 'batch_norm_1', 'batch_norm_1']);
    expect(kept.map(({ q }) => q)).toEqual([expect.any(Number), Number.NaN, Number.NaN]);
    expect(kept[0]!.delta).toBeNaN();
    expect(theory([{ match: 'batch_norm_1', frozen: true, statistics: 'batch' }], layers)).toEqual(whole);
    expect(theory([{ match: 'dense_1', frozen: true }], layers)).toEqual(whole);
  });

  test.each(['layer_norm', 'rms_norm'] as const)('a frozen %s keeps nothing, and is as known as one that is not', (type) => {
    const layers: LayerDocument[] = [dense, { type }, tanh, dense, tanh, { type: 'dense', units: 2 }];
    const whole = theory([], layers)!;
    expect(whole.map(({ unknown }) => unknown)).toEqual([undefined, undefined, undefined]);
    expect(theory([{ match: `${type}_1`, frozen: true }], layers)).toEqual(whole);
  });

  test('a norm that is trained needs the gradient, one without a scale does not', () => {
    const net = (affine: boolean): LayerDocument[] => [dense, { type: 'rms_norm', affine }, tanh, dense, tanh, { type: 'dense', units: 2 }];
    const frozen: GroupDocument[] = [{ match: 'dense_1', frozen: true }];
    expect(theory(frozen, net(true))).toEqual(theory([], net(true)));
    expect(theory(frozen, net(false))![0]!.delta).toBeNaN();
  });
});

test('rules are quiet about frozen layers', () => {
  const dead: Partial<Shape> = { loss: () => 2.3, tensors: { h: () => ({ zeroFraction: 0.9 }) }, dead: () => 0.95 };
  const of = (frozen: boolean) => history({ layers: layers(4, { frozen }), ...dead });
  expect(diagnose(of(false)).findings.map(({ rule }) => rule)).toContain('dead_units');
  expect(diagnose(of(true)).findings.map(({ rule }) => rule)).not.toContain('dead_units');
  // The signal may grow in what is frozen.
  const grown = (frozen: boolean) => history({ layers: layers(8, { frozen }), tensors: { z: (l) => ({ std: 10 ** l, rms: 10 ** l }) } });
  expect(diagnose(grown(false)).findings.map(({ rule }) => rule)).toContain('forward_scale');
  expect(diagnose(grown(true)).findings.map(({ rule }) => rule)).not.toContain('forward_scale');
});

test('a document is told at once of a group that holds nothing, and of no other', () => {
  const layers: LayerDocument[] = [
    { type: 'dense', name: 'first', units: 4 },
    { type: 'repeat', times: 2, layers: [{ type: 'residual', layers: [{ type: 'dense', units: 4 }, { type: 'layer_norm' }] }] },
    {
      type: 'concat',
      branches: [[{ type: 'dense', units: 2 }], [{ type: 'dense', units: 3 }]],
    },
    { type: 'dense', units: 2 },
  ];
  const paths = layerPaths(layers) as string[];
  const graph = new Graph();
  sequential(buildLayers(layers)).build(graph, graph.input('x', [4, 4], { batch: true }), 'train');
  const tensors = graph.values.filter(({ origin }) => origin === 'parameter').map(({ name }) => name);
  expect(tensors.length).toBeGreaterThan(10);
  const parts = tensors.flatMap((path) => path.split('/').map((_, i, all) => all.slice(0, i + 1).join('/')));
  const stars = ['*', '*bias', '*/gamma', 'residual_*', 'residual_2*weight', '*dense_1', 'concat_1/branch_*/bias'];
  for (const match of [...parts, ...stars]) expect(wrongGroup([{ match }], paths), match).toBeUndefined();
  for (const match of ['', 'dense_3', 'residual_3', 'first_1', 'residual_3*weight', 'concat_1/branch_3/bias'])
    expect(wrongGroup([{ match: ['*', match] }], paths)?.path, match).toBe('groups[0].match');
});
