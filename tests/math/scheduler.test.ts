// From graph to plan: what is left out, what a plan looks like, and what a device's limits refuse.
import { expect, test } from 'vitest';
import type { Value } from '../../src/graph/graph.ts';
import { Graph } from '../../src/graph/graph.ts';
import { activity } from '../../src/inspect/activity.ts';
import { histograms } from '../../src/inspect/histograms.ts';
import { norms } from '../../src/inspect/norms.ts';
import { activation, batchNorm, dense, repeat, residual } from '../../src/nn/layers.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { addOp, scaleOp } from '../../src/ops/elementwise.ts';
import { matmulOp } from '../../src/ops/matmul.ts';
import { explain } from '../../src/scheduler/explain.ts';
import type { Plan } from '../../src/scheduler/plan.ts';
import { prune } from '../../src/scheduler/prune.ts';
import { schedule } from '../../src/scheduler/schedule.ts';
import { adamw } from '../../src/train/optimizers.ts';
import type { StepGraph } from '../../src/train/step_graph.ts';
import { cpuTime } from '../support/cpu_time.ts';
import { PORTABLE, SWIFTSHADER, stepGraph } from '../support/models.ts';
import { expectSound } from '../support/plans.ts';

const scaled = (graph: Graph, x: Parameters<Graph['apply']>[1][number], name: string) => graph.apply(scaleOp, [x], { factor: 2 }, name)[0]!;

test('what nobody asked for is left out', () => {
  const graph = new Graph();
  const x = graph.input('x', [2, 2]);
  const wanted = scaled(graph, x, 'wanted');
  const y = scaled(graph, wanted, 'y');
  scaled(graph, y, 'unwanted');
  expect(prune(graph.nodes, [y]).map((node) => node.name)).toEqual(['wanted', 'y']);
  expect(prune(graph.nodes, [])).toEqual([]);
});

test('what has an effect stays, with all it needs', () => {
  const { graph } = stepGraph(sequential([dense(3)]));
  const names = prune(graph.nodes, []).map((node) => node.op.name);
  for (const name of ['begin_step', 'matmul', 'cross_entropy', 'squared_norm', 'end_step', 'update']) expect(names).toContain(name);
});

function planOf(step: StepGraph, capabilities = SWIFTSHADER, fuse = true): Plan {
  return schedule(step.graph, { capabilities, gradientSlots: step.gradientSlots, retain: [...Object.values(step.model.outputs), step.losses], fuse });
}

const deep = sequential([repeat(3, [dense(8), batchNorm(), activation('gelu'), residual([dense(8), activation('relu')])]), dense(3)]);

test.each([
  ['fused on SwiftShader', SWIFTSHADER, true],
  ['unfused on SwiftShader', SWIFTSHADER, false],
  ['fused on any other adapter', PORTABLE, true],
] as const)('the bindings of every dispatch fit together: %s', (_name, capabilities, fused) => {
  expectSound(
    planOf(
      stepGraph(deep, {
        probes: {
          activity: activity(),
          tensors: ['z', 'h', 'delta', 'weight_gradient', 'weight', 'update'],
          histograms: histograms({ every: 5 }),
          norms: norms({ every: 1 }),
        },
      }),
      capabilities,
      fused,
    ),
  );
});

test('a value used twice in a dispatch is copied first', () => {
  const graph = new Graph();
  const x = graph.input('x', [4]);
  const y = graph.apply(addOp, [x, x], {}, 'y')[0]!;
  const plan = schedule(graph, { capabilities: SWIFTSHADER, retain: [y] });
  expect(plan.dispatches.map((d) => d.kernel)).toEqual(['copy', 'binary']);
  expectSound(plan);
});

// A plan is text that a person can read and a change can be seen in. Accept an intended one with `vitest -u`.
test('the plan of two layers', () => {
  expect(explain(planOf(stepGraph(sequential([dense(8), activation('relu'), dense(3)]))))).toMatchSnapshot();
});
test('the plan of a network with batch norm, AdamW, a penalty and probes', () => {
  const model = sequential([dense({ units: 8, l2: 1e-3 }), batchNorm(), activation('gelu'), dense(3)]);
  expect(
    explain(
      planOf(
        stepGraph(model, {
          optimizer: adamw({ learningRate: 1e-3 }),
          source: 'dataset',
          clip: { norm: 1 },
          probes: { every: 10, histograms: histograms({ every: 50 }) },
        }),
      ),
    ),
  ).toMatchSnapshot();
});
test('the plan of two layers on a real GPU, unfused', () => {
  expect(explain(planOf(stepGraph(sequential([dense(8), activation('relu'), dense(3)])), PORTABLE, false))).toMatchSnapshot();
});

test('dispatches do not grow with what can be grouped: the update, the norm and the weight gradients are one each', () => {
  const count = (depth: number): number => planOf(stepGraph(sequential([repeat(depth, [dense(8), activation('relu')]), dense(3)]))).dispatches.length;
  // A layer more costs its forward and its backward product, nothing else.
  expect(count(20) - count(10)).toBe(20);
});

test('a depth of 1,000 is planned in a moment', () => {
  const begun = cpuTime();
  const plan = planOf(stepGraph(sequential([repeat(1000, [dense(4), activation('tanh')]), dense(3)]), { probes: {} }));
  expect(plan.dispatches.length).toBeGreaterThan(2000);
  // 0.3 s on an idle machine.
  expect(cpuTime() - begun).toBeLessThan(30_000);
});

test('what a node reads are its inputs: its attributes hold no values', () => {
  const step = stepGraph(sequential([dense(8), batchNorm(), activation('relu'), dense(3)]), {
    probes: { tensors: ['h'], norms: norms({ every: 1 }), activity: activity() },
  });
  const values = (attrs: unknown): string[] => {
    if (typeof attrs !== 'object' || attrs === null || ArrayBuffer.isView(attrs)) return [];
    return 'kind' in attrs && attrs.kind === 'value' ? [(attrs as Value).name] : Object.values(attrs).flatMap(values);
  };
  expect(step.graph.nodes.flatMap(({ op, attrs }) => values(attrs).map((name) => `${op.name}: ${name}`))).toEqual([]);
});

test('activations that a binding cannot hold lie in several buffers', () => {
  const model = sequential([repeat(3, [dense(64), activation('relu')]), dense(3)]);
  const step = stepGraph(model, { batch: 64, probes: { every: 1, tensors: ['z', 'h', 'delta'], norms: norms({ every: 1 }), activity: activity() } });
  const plan = planOf(step, { ...SWIFTSHADER, maxBufferBytes: 40_000 });
  expectSound(plan);
  expect(plan.activations.length).toBeGreaterThan(1);
  for (const { bytes } of plan.activations) expect(bytes).toBeLessThanOrEqual(40_000);
  expect(explain(plan)).toMatch(/ activations {2}\d+\.\d KiB in \d buffers, because a binding holds 39.1 KiB: \d+\.\d KiB, /);
  // The same but for what walks the activations.
  const walks = ['dense_weight_grads_quad', 'moments', 'segment_norm', 'unit_activity'];
  const others = (of: Plan): string[] => of.dispatches.filter(({ kernel }) => !walks.includes(kernel)).map(({ label }) => label);
  const whole = planOf(step);
  expect(others(plan)).toEqual(others(whole));
  expect(plan.activations.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThan(1.5 * whole.activations[0]!.bytes);
});

test('partial sums of squares lie apart from what is summed, and take memory only while they are needed', () => {
  const step = stepGraph(deep, { probes: { tensors: ['z', 'delta', 'weight_gradient'], norms: norms({ every: 1 }) } });
  const plan = planOf(step);
  const bound = plan.dispatches.flatMap(({ label, bindings }) => bindings.map(({ range }) => ({ label, buffer: range.buffer })));
  const users = bound.filter(({ buffer }) => buffer === 'sums').map(({ label }) => label.split(' ')[0]);
  expect([...new Set(users)].sort()).toEqual(['dense_weight_grads_quad', 'end_step', 'moments', 'moments_combine', 'segment_norm']);
  expect([...plan.persistentBuffers.keys()].filter((name) => name.startsWith('retained/'))).toEqual([]);
  expect(plan.sums).toHaveLength(1);
  expectSound(plan);
  // Unfused, only those of the moments are apart: the others read the gradients.
  const plain = planOf(step, SWIFTSHADER, false);
  expect(plain.dispatches.find(({ kernel }) => kernel === 'squared_norm')!.bindings[2]!.range.buffer).toBe('activations');
});

test('large deltas that lie in several buffers leave their partial sums in one', () => {
  const step = stepGraph(sequential([repeat(3, [dense(1040), activation('relu')]), dense(3)]), {
    batch: 1024,
    probes: { tensors: [], norms: norms({ every: 1, tensors: ['delta'] }) },
  });
  const count = (limit: number): Record<string, number> => {
    const plan = planOf(step, { ...PORTABLE, maxBufferBytes: limit });
    expectSound(plan);
    const of = (name: string): number => plan.dispatches.filter(({ kernel, label }) => kernel === name && label.endsWith('norms')).length;
    return { buffers: plan.activations.length, sums: of('squared_norm'), norms: of('segment_norm') };
  };
  expect(count(2 ** 27)).toEqual({ buffers: 1, sums: 1, norms: 1 });
  const several = count(13_000_000);
  expect(several.buffers).toBeGreaterThan(1);
  expect(several).toMatchObject({ norms: 1 });
  expect(several.sums).toBeGreaterThan(1);
});

test('a value that a binding cannot hold is refused in words', () => {
  const step = stepGraph(sequential([dense(64), dense(3)]), { batch: 64 });
  expect(() => planOf(step, { ...SWIFTSHADER, maxBufferBytes: 4096 })).toThrow(
    'dense_1/z [64, 64] needs 16384 bytes, but this device allows 4096 in a buffer: use a smaller batch or width',
  );
});

test('a grid above the limit is folded into two dimensions, where the kernel can undo it', () => {
  const graph = new Graph();
  const wide = graph.input('wide', [1, 4000]);
  const y = scaled(graph, wide, 'y');
  const limited = { ...SWIFTSHADER, maxWorkgroups: 10 };
  expect(schedule(graph, { capabilities: limited, retain: [y] }).dispatches[0]!.workgroups).toEqual([4, 4, 1]);
  // A product has two dimensions already: its kernel counts the tiles through.
  const product = graph.apply(matmulOp, [graph.input('a', [1, 4]), graph.input('b', [4, 800])], {}, 'product')[0]!;
  const [folded] = schedule(graph, { capabilities: limited, retain: [product] }).dispatches;
  expect(folded).toMatchObject({ workgroups: [8, 7, 1], overrides: { FOLDED: 1 } });
  expect(schedule(graph, { capabilities: SWIFTSHADER, retain: [product] }).dispatches[0]).toMatchObject({ workgroups: [50, 1, 1], overrides: { FOLDED: 0 } });
  const huge = graph.apply(matmulOp, [graph.input('c', [4, 4]), graph.input('d', [4, 8000])], {}, 'huge')[0]!;
  expect(() => schedule(graph, { capabilities: limited, retain: [huge] })).toThrow(/matmul huge: a grid of 500 x 1 x 1 exceeds this device's 10: use smaller/);
});
