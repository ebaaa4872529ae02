// Four kernels, four storage orders, every epilogue: all the same product.
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../src/autodiff.ts';
import { Graph } from '../../src/graph/graph.ts';
import type { ActivationName } from '../../src/ops/activation_table.ts';
import { activationAttrs, activationOp } from '../../src/ops/activations.ts';
import { addOp } from '../../src/ops/elementwise.ts';
import { matmulOp } from '../../src/ops/matmul.ts';
import { Random } from '../../src/random.ts';
import { type Tensor64, tensor64 } from '../../src/reference/index.ts';
import { schedule } from '../../src/scheduler/schedule.ts';
import { adaptersHere, expectAsReference } from '../support/gpu.ts';
import { PORTABLE, SWIFTSHADER, SWIFTSHADER_ALONE } from '../support/models.ts';
import { diagonal, oneIn } from '../support/quick.ts';

/** Whose kernels run on this machine's adapter. */
const here = await adaptersHere();

const random = new Random(29);
const noise = (shape: readonly number[]): Tensor64 => tensor64(shape, () => Math.fround(random.normal()));

/** m, n, k and the kernel of a software adapter with subgroups; one without takes the plain one, real GPUs shared tiles. */
const SHAPES: [number, number, number, string][] = [
  [1, 1, 1, 'matmul'],
  [5, 7, 3, 'matmul'],
  [33, 18, 29, 'matmul'],
  [64, 64, 63, 'matmul'],
  [4, 4, 4, 'matmul'],
  [8, 12, 20, 'matmul'],
  [60, 100, 36, 'matmul_quad'],
  [16, 16, 8, 'matmul_quad'],
  [84, 52, 40, 'matmul_quad'],
  [128, 64, 264, 'matmul_quad'],
  [128, 64, 260, 'matmul_quad'],
  [760, 740, 8, 'matmul_quad'],
  [260, 252, 260, 'matmul_quad64'],
  [256, 260, 264, 'matmul_quad64'],
  [709, 743, 9, 'matmul'],
];

describe.each(SHAPES.map((shape, i) => [...shape, i] as const))('[%i, %i] with inner size %i', (m, n, k, kernel, row) => {
  test.each(diagonal(4, row, ['nn', 'nt', 'tn', 'tt']))('stored %s', async (order) => {
    const [transposeA, transposeB] = [order[0] === 't', order[1] === 't'];
    const graph = new Graph();
    const shapes = { a: transposeA ? [k, m] : [m, k], b: transposeB ? [n, k] : [k, n] };
    const c = graph.apply(matmulOp, [graph.input('a', shapes.a), graph.input('b', shapes.b)], { transposeA, transposeB }, 'c')[0]!;
    const inputs = new Map([
      ['a', noise(shapes.a)],
      ['b', noise(shapes.b)],
    ]);
    for (const [capabilities, expected] of [
      [SWIFTSHADER, kernel],
      [SWIFTSHADER_ALONE, 'matmul'],
      [PORTABLE, m * n < 500_000 ? 'matmul_shared' : 'matmul_shared64'],
    ] as const) {
      expect(schedule(graph, { capabilities, retain: [c] }).dispatches.map((d) => d.kernel)).toEqual([expected]);
      if (here.includes(capabilities)) await expectAsReference(graph, inputs, [c], 1e-6 + 4e-7 * Math.sqrt(k), { capabilities });
    }
  });
});

const LAYERS: [rows: number, inputs: number, hidden: number, outputs: number][] = [
  [4, 3, 5, 2],
  [8, 8, 12, 4],
  [64, 20, 32, 16],
  [12, 33, 17, 10],
];

// A linear layer (no activation), one that keeps its output, one that keeps z, and one with parameters.
const ACTIVATIONS = ['linear', 'relu', 'gelu', 'leaky_relu'] as const satisfies ActivationName[];

describe.each(
  oneIn(
    2,
    ACTIVATIONS.map((name, i) => [name, i] as const),
  ),
)('two fused layers of %s', (name, row) => {
  test.each(diagonal(4, row, LAYERS))('%i rows, widths %i, %i and %i', async (rows, width, hidden, outputs) => {
    const graph = new Graph();
    const attrs = activationAttrs(name, name === 'leaky_relu' ? { alpha: 0.2 } : {});
    const x = graph.input('x', [rows, width]);
    let h = x;
    const shapes: [string, number[]][] = [
      ['w0', [width, hidden]],
      ['b0', [hidden]],
      ['w1', [hidden, outputs]],
      ['b1', [outputs]],
    ];
    const [w0, b0, w1, b1] = shapes.map(([path, shape]) => graph.parameter(path, shape));
    for (const [w, b, layer] of [
      [w0, b0, 0],
      [w1, b1, 1],
    ] as const) {
      const z = graph.apply(addOp, [graph.apply(matmulOp, [h, w!], {}, `${layer}`)[0]!, b!], {}, `${layer}/z`)[0]!;
      h = graph.apply(activationOp, [z], attrs, `${layer}/h`)[0]!;
    }
    const upstream = graph.input('upstream', h.type.shape);
    const gradients = differentiate(h, upstream);
    const inputs = new Map<string, Tensor64>([...graph.values].filter((v) => v.origin !== 'node').map((v) => [v.name, noise(v.type.shape)]));
    const wanted = [h, ...[x, w0, b0, w1, b1].map((value) => gradients.get(value!)!)];
    const tolerance = 1e-6 + 4e-7 * Math.sqrt(Math.max(rows, width, hidden));
    for (const capabilities of here) await expectAsReference(graph, inputs, wanted, 2 * tolerance, { capabilities });
    // As the trainer has it: weight gradients in an arena of their own, where one dispatch makes them all.
    const gradientSlots = new Map([w0, b0, w1, b1].map((value) => [gradients.get(value!)!, value!.name]));
    for (const capabilities of here) await expectAsReference(graph, inputs, wanted, 2 * tolerance, { capabilities, gradientSlots });
  });
});
