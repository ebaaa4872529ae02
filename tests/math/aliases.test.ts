// A reshape is another name for the same memory, and a copy only where one would read something else.
import { describe, expect, test } from 'vitest';
import { Graph } from '../../src/graph/graph.ts';
import { entryOf } from '../../src/layout.ts';
import { activationAttrs, activationOp } from '../../src/ops/activations.ts';
import { addOp, scaleOp } from '../../src/ops/elementwise.ts';
import { matmulOp } from '../../src/ops/matmul.ts';
import { reshape } from '../../src/ops/reshape.ts';
import { segmentNormKernel, segmentNormOp } from '../../src/ops/segment_norm.ts';
import { explain } from '../../src/scheduler/explain.ts';
import { placeOf } from '../../src/scheduler/place_of.ts';
import { schedule } from '../../src/scheduler/schedule.ts';
import { ALIAS_CASES, buildAliasCase } from '../support/alias_cases.ts';
import { PORTABLE, SWIFTSHADER } from '../support/models.ts';
import { expectSound } from '../support/plans.ts';

test.each(ALIAS_CASES.map((of) => [of.name, of] as const))('%s', (_name, of) => {
  for (const capabilities of [SWIFTSHADER, PORTABLE]) {
    const { graph, outputs, gradientSlots } = buildAliasCase(of);
    const plan = schedule(graph, { capabilities, retain: outputs, gradientSlots });
    expectSound(plan);
    expect(plan.dispatches.filter(({ kernel }) => kernel === 'copy')).toHaveLength(of.copies);
    for (const [gradient, parameter] of gradientSlots)
      expect(placeOf(plan, gradient)).toMatchObject({ buffer: 'gradients', offset: entryOf(plan.layout, parameter).offset });
  }
});

test('an alias lies where its source lies, and both live as long as either is read', () => {
  const graph = new Graph();
  const h = graph.apply(scaleOp, [graph.input('x', [6, 8])], { factor: 2 }, 'h')[0]!;
  const flat = reshape(graph, h, [48]);
  const plan = schedule(graph, { capabilities: SWIFTSHADER, retain: [flat, h] });
  const { buffer, offset } = placeOf(plan, h);
  expect(placeOf(plan, flat)).toMatchObject({ buffer, offset });
  expect(explain(plan)).toContain('aliases\n  reshape [48] is h [6, 8]');
});

test('statistics read an alias where it lies: among the activations, the gradients or the parameters', () => {
  const graph = new Graph();
  const w = graph.parameter('w', [6, 8]);
  const [g, h] = [2, 3].map((factor) => graph.apply(scaleOp, [graph.input('x', [6, 8])], { factor })[0]!);
  const deltas = [w, g!, h!].map((value) => reshape(graph, value, [48]));
  const ring = { name: 'ring/norms', rowBytes: 12, every: 1 } as const;
  graph.apply(segmentNormOp, deltas, { sums: 0, deltas: deltas.length, segments: [], ring });
  const plan = schedule(graph, { capabilities: PORTABLE, gradientSlots: new Map([[g!, 'w']]) });
  const walked = plan.dispatches.filter(({ kernel }) => kernel === segmentNormKernel.name).map(({ bindings }) => bindings[1]!.range.buffer);
  expect(walked).toEqual(['parameters', 'gradients', 'activations']);
  expectSound(plan);
});

describe('dense layers around reshapes are fused like others', () => {
  const layer = (between: (graph: Graph, step: 'product' | 'z') => readonly number[]): { names: string[] } => {
    const graph = new Graph();
    const product = graph.apply(matmulOp, [graph.input('x', [6, 8]), graph.parameter('w', [8, 4])], {}, 'product')[0]!;
    const z = graph.apply(addOp, [reshape(graph, product, between(graph, 'product')), graph.parameter('b', [4])], {}, 'z')[0]!;
    const h = graph.apply(activationOp, [reshape(graph, z, between(graph, 'z'))], activationAttrs('relu'), 'h')[0]!;
    const plan = schedule(graph, { capabilities: SWIFTSHADER, retain: [h] });
    return { names: plan.dispatches.map(({ kernel }) => kernel) };
  };
  test('another shape before the activation', () => {
    expect(layer((_graph, step) => (step === 'product' ? [6, 4] : [2, 3, 4])).names).toEqual(['matmul']);
    expect(layer((_graph, step) => (step === 'product' ? [6, 4] : [24])).names).toEqual(['matmul']);
  });
});
