// A plan is data: it can be cloned, compared, stored and read back.
import { expect, test } from 'vitest';
import { Graph } from '../../src/graph/graph.ts';
import { activity } from '../../src/inspect/activity.ts';
import { histograms } from '../../src/inspect/histograms.ts';
import { norms } from '../../src/inspect/norms.ts';
import { activation, batchNorm, dense, dropout, repeat, residual } from '../../src/nn/layers.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { scaleOp } from '../../src/ops/elementwise.ts';
import { matmulOp } from '../../src/ops/matmul.ts';
import { explain } from '../../src/scheduler/explain.ts';
import { type Plan, placeOf } from '../../src/scheduler/plan.ts';
import { schedule } from '../../src/scheduler/schedule.ts';
import { PORTABLE, SWIFTSHADER, stepGraph } from '../support/models.ts';

/** A whole step with everything that can watch it; as if it were planned in another program at every call. */
function stepPlan(capabilities = SWIFTSHADER): Plan {
  const layers = [repeat(2, [dense(8), batchNorm(), activation('gelu'), dropout(0.1), residual([dense(8), activation('relu')])]), dense(3)];
  const step = stepGraph(sequential(layers), {
    probes: {
      activity: activity(),
      tensors: ['z', 'h', 'delta', 'weight_gradient', 'update'],
      histograms: histograms({ every: 5 }),
      norms: norms({ every: 1 }),
    },
  });
  return schedule(step.graph, { capabilities, pins: step.pins, keep: [step.losses] });
}

function productPlan(capabilities = SWIFTSHADER): Plan {
  const graph = new Graph();
  const y = graph.apply(matmulOp, [graph.input('x', [2, 3]), graph.parameter('w', [3, 4])], {}, 'y')[0]!;
  return schedule(graph, { capabilities, keep: [y] });
}

test('the same program gives the same plan, on another kind of adapter another', () => {
  expect(stepPlan()).toEqual(stepPlan());
  expect(stepPlan(PORTABLE)).not.toEqual(stepPlan());
});

test('a plan goes through what workers send, and is explained there', () => {
  const plan = stepPlan();
  const sent = structuredClone(plan);
  expect(sent).toEqual(plan);
  expect(explain(sent)).toBe(explain(plan));
});

test('values are found by themselves or by name', () => {
  const graph = new Graph();
  const x = graph.input('x', [2]);
  const [a, b, c] = ['twice', 'twice', 'once'].map((name) => graph.apply(scaleOp, [x], { factor: 2 }, name)[0]!) as [typeof x, typeof x, typeof x];
  const plan = schedule(graph, { capabilities: SWIFTSHADER, keep: [a, b] });
  expect(placeOf(plan, 'x')).toEqual(placeOf(plan, x));
  expect(placeOf(plan, a).offset).not.toBe(placeOf(plan, b).offset);
  expect(() => placeOf(plan, 'twice')).toThrow('2 values of this plan are named "twice": give them different names');
  expect(() => placeOf(plan, 'nobody')).toThrow('there is no "nobody" in this plan: it keeps x, twice');
  expect(() => placeOf(plan, c)).toThrow('once is not in this plan: name it in `outputs`');
  expect(() => placeOf(productPlan(), a)).toThrow('twice is not in this plan');
});
