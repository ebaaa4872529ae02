// Kernels that most plans do without are loaded for the first plan that has one.
import { beforeEach, expect, test, vi } from 'vitest';

/** Modules of a program that has just begun: nothing is loaded. */
async function begun() {
  const [models, { Graph }, { planOf, schedule }, { NotLoaded }, { addOp }, { sequential }, { dense }, { tanh }] = await Promise.all([
    import('../support/models.ts'),
    import('../../src/graph/graph.ts'),
    import('../../src/scheduler/schedule.ts'),
    import('../../src/ops/kernel_choice.ts'),
    import('../../src/ops/elementwise.ts'),
    import('../../src/nn/sequential.ts'),
    import('../../src/nn/layers/dense.ts'),
    import('../../src/nn/activations.ts'),
  ]);
  const { graph, gradientSlots } = models.stepGraph(sequential([dense(16), tanh(), dense(16), tanh(), dense(2)]), { features: 2, batch: 32, probes: {} });
  return { ...models, Graph, planOf, schedule, NotLoaded, addOp, graph, gradientSlots };
}

beforeEach(() => {
  vi.resetModules();
});

test('a step of dense layers needs none of them on a GPU', async () => {
  const { graph, gradientSlots, schedule, PORTABLE } = await begun();
  const kernels = schedule(graph, { capabilities: PORTABLE, gradientSlots }).dispatches.map(({ kernel }) => kernel);
  expect(kernels).toEqual(expect.arrayContaining(['matmul_shared', 'dense_weight_grads_shared', 'moments', 'update']));
});

test('what is not loaded is named, and loaded for a plan', async () => {
  const { graph, gradientSlots, schedule, planOf, NotLoaded, Graph, addOp, PORTABLE, SWIFTSHADER } = await begun();
  const tuned = { capabilities: SWIFTSHADER, gradientSlots };
  expect(() => schedule(graph, tuned)).toThrow(NotLoaded);
  expect((await planOf(graph, tuned)).dispatches.map(({ kernel }) => kernel)).toContain('dense_weight_grads_quad');
  expect(schedule(graph, tuned)).toEqual(await planOf(graph, tuned));

  const sum = new Graph();
  const retain = sum.apply(addOp, [sum.input('a', [4]), sum.input('b', [4])], {});
  const portable = { capabilities: PORTABLE, retain };
  expect(() => schedule(sum, portable)).toThrow('ops/seldom are not loaded');
  expect((await planOf(sum, portable)).dispatches.map(({ kernel }) => kernel)).toEqual(['binary']);
});

test('other errors are passed on', async () => {
  const { planOf, Graph, addOp, PORTABLE } = await begun();
  const graph = new Graph();
  const retain = graph.apply(addOp, [graph.input('a', [2 ** 26]), graph.input('b', [2 ** 26])], {});
  expect(() => planOf(graph, { capabilities: PORTABLE, retain })).toThrow('this device allows');
});
