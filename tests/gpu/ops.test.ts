// Every op, forward and backward, against its float64 reference, with random upstream gradients.
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../src/autodiff.ts';
import { Graph } from '../../src/graph/graph.ts';
import { LOSSES } from '../../src/nn/losses.ts';
import { ACTIVATIONS } from '../../src/ops/activation_table.ts';
import { activationAttrs, activationOf, activationOp } from '../../src/ops/activations.ts';
import { addOp } from '../../src/ops/elementwise.ts';
import { crossEntropyOp, elementwiseLossOp } from '../../src/ops/losses.ts';
import { softmaxOp } from '../../src/ops/softmax.ts';
import { tensor64 } from '../../src/reference/index.ts';
import { expectAsReference, runGraph } from '../support/gpu.ts';
import { ALL_CASES, type Size } from '../support/op_cases.ts';
import { checkOp } from '../support/op_check.ts';

const SIZES: Record<string, Size & { maxWorkgroups?: number }> = {
  ordinary: { rows: 12, columns: 20 },
  'one element': { rows: 1, columns: 1 },
  prime: { rows: 31, columns: 17 },
  // As if the device allowed 13 workgroups per dimension: more are folded, as 65,536 are.
  'folded rows': { rows: 60, columns: 80, maxWorkgroups: 13 },
  'folded columns': { rows: 4, columns: 900, maxWorkgroups: 13 },
};

describe.each(Object.entries(SIZES))('%s', (_name, size) => {
  test.each(ALL_CASES)('$name', async (op) => {
    // Products have more tiles than others have workgroups, and batches of them many more.
    const { maxWorkgroups } = size;
    const products = op.name.startsWith('batched') ? 160 : 16;
    // So has the scale of group norm, where a workgroup sums one channel (the portable kernels).
    const many = op.name.includes('matmul') || op.name === 'group_norm';
    await checkOp(op, size, maxWorkgroups === undefined ? {} : { maxWorkgroups: many ? products : maxWorkgroups });
  });
});

describe('padding behind the true rows', () => {
  test.each(ALL_CASES.filter((op) => op.batched))('$name', async (op) => {
    await checkOp(op, { rows: 12, columns: 7 }, { rows: 9 });
  });
  test.each(ALL_CASES.filter((op) => op.loss))('the mean of $name', async (op) => {
    await checkOp(op, { rows: 12, columns: 7 }, { rows: 9, mean: true });
  });
});

describe('more than 65,535 workgroups', () => {
  test('of 64 elements', async () => {
    const graph = new Graph();
    const [rows, columns] = [4099, 1024];
    const y = graph.apply(addOp, [graph.input('x', [rows, columns]), graph.input('bias', [columns])], {}, 'y')[0]!;
    const inputs = new Map([
      ['x', tensor64([rows, columns], (i) => i % 1009)],
      ['bias', tensor64([columns], (i) => i / 2)],
    ]);
    await expectAsReference(graph, inputs, [y], 0);
  });

  test('of 4 rows', async () => {
    const graph = new Graph();
    const rows = 262_148;
    const y = graph.apply(softmaxOp, [graph.input('x', [rows, 2])], {}, 'y')[0]!;
    await expectAsReference(graph, new Map([['x', tensor64([rows, 2], (i) => ((i * 7) % 13) / 4)]]), [y], 2e-6);
  });
});

describe('large arguments', () => {
  const at = [-1e4, -1e3, -100, -30, -1, 0, 1, 30, 100, 1e3, 1e4];

  test.each(Object.keys(ACTIVATIONS))('%s and its derivative are finite and right up to 1e4', async (name) => {
    const graph = new Graph();
    const z = graph.input('z', [at.length]);
    const h = graph.apply(activationOp, [z], activationAttrs(name), 'h')[0]!;
    const dz = differentiate(h, graph.input('upstream', [at.length])).get(z)!;
    const inputs = new Map([
      ['z', tensor64([at.length], at)],
      [
        'upstream',
        tensor64(
          [at.length],
          at.map(() => 1),
        ),
      ],
    ]);
    const got = await runGraph(graph, inputs, [h, dz]);
    const { value, derivative, params } = activationOf(name);
    at.forEach((x, i) => {
      const [y, dy] = [value(x, params), derivative(x, params)];
      // Each by its own size, not by that of the largest.
      expect(Math.abs(got.get(h)![i]! - y), `${name}(${x}) is ${y}, got ${got.get(h)![i]}`).toBeLessThanOrEqual(4e-6 * Math.abs(y) + 1e-30);
      expect(Math.abs(got.get(dz)![i]! - dy), `${name}'(${x}) is ${dy}, got ${got.get(dz)![i]}`).toBeLessThanOrEqual(4e-6 * Math.max(Math.abs(dy), 0.05));
    });
  });

  const logits = tensor64([4, 3], [1e4, 0, -1e4, -1e4, -1e4, -1e4, 1e4, 1e4, 0, 5, -1e4, 1e4]);

  test.each(['index', 'probability'] as const)('cross entropy of logits of 1e4, targets by %s', async (targets) => {
    const graph = new Graph();
    const x = graph.input('x', [4, 3]);
    const losses = graph.apply(
      crossEntropyOp,
      [x, graph.input('targets', [4, targets === 'index' ? 1 : 3], { dtype: targets === 'index' ? 'i32' : 'f32' })],
      { targets, smoothing: 0.1 },
      'loss',
    )[0]!;
    const gradient = differentiate(losses).get(x)!;
    const labels = targets === 'index' ? tensor64([4, 1], [2, 1, 0, 0]) : tensor64([4, 3], [0, 0, 1, 0, 1, 0, 0.5, 0.5, 0, 1, 0, 0]);
    await expectAsReference(
      graph,
      new Map([
        ['x', logits],
        ['targets', labels],
      ]),
      [losses, gradient],
      1e-6,
    );
  });

  test('binary cross entropy of logits of 1e4', async () => {
    const graph = new Graph();
    const x = graph.input('x', [4, 3]);
    const losses = graph.apply(elementwiseLossOp, [x, graph.input('targets', [4, 3])], { entry: LOSSES.bce_with_logits.entry, params: {} }, 'loss')[0]!;
    const gradient = differentiate(losses).get(x)!;
    await expectAsReference(
      graph,
      new Map([
        ['x', logits],
        ['targets', tensor64([4, 3], (i) => i % 2)],
      ]),
      [losses, gradient],
      1e-6,
    );
  });
});
