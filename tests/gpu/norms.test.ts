// Norms on numbers that cost digits, among padding, at odd sizes and along long sets, beside float64.
import { describe, test } from 'vitest';
import { differentiate } from '../../src/autodiff.ts';
import { Graph, type Value } from '../../src/graph/graph.ts';
import { batchNormOp } from '../../src/ops/batch_norm.ts';
import { groupNormOp } from '../../src/ops/group_norm.ts';
import { layerNormOp } from '../../src/ops/layer_norm.ts';
import { rmsNormOp } from '../../src/ops/rms_norm.ts';
import { Random } from '../../src/random.ts';
import { type Tensor64, tensor64 } from '../../src/reference/index.ts';
import { sizeOf } from '../../src/shape.ts';
import { expectAsReference, kernelsHere } from '../support/gpu.ts';

type Norm = (graph: Graph, x: Value, scale: (name: string) => Value) => Value;

const NORMS: Record<'batch' | 'layer' | 'rms' | 'group' | 'instance', Norm> = {
  batch: (graph, x, scale) => graph.apply(batchNormOp, [x, scale('gamma'), scale('beta')], { epsilon: 1e-5 })[0]!,
  layer: (graph, x, scale) => graph.apply(layerNormOp, [x, scale('gamma'), scale('beta')], { epsilon: 1e-5 })[0]!,
  rms: (graph, x, scale) => graph.apply(rmsNormOp, [x, scale('gamma')], { epsilon: 1e-5 })[0]!,
  group: (graph, x, scale) => graph.apply(groupNormOp, [x, scale('gamma'), scale('beta')], { groups: 3, epsilon: 1e-5 })[0]!,
  instance: (graph, x, scale) => graph.apply(groupNormOp, [x, scale('gamma'), scale('beta')], { groups: 9, epsilon: 1e-5 })[0]!,
};
/** Those that take the mean out: an offset does not change them. */
const CENTRED = ['batch', 'layer', 'group', 'instance'] as const;

/** Output, statistics and gradients of a norm of x [samples, ..., 9]. */
async function check(
  norm: Norm,
  shape: readonly number[],
  fill: (normal: number, i: number) => number,
  options: { rows?: number; swiftshader: boolean },
): Promise<void> {
  const random = new Random(11);
  const graph = new Graph();
  const x = graph.input('x', shape, { batch: true });
  const y = norm(graph, x, (name) => graph.input(name, [shape.at(-1)!]));
  const { inputs: all, outputs } = graph.nodes.at(-1)!;
  const upstream = graph.input('upstream', y.type);
  const gradients = differentiate(y, upstream);
  const given = new Map<string, Tensor64>();
  for (const value of [...all, upstream]) {
    const f = value === x ? fill : (v: number) => v;
    given.set(
      value.name,
      tensor64(value.type.shape, (i) => Math.fround(f(random.normal(), i))),
    );
  }
  const { rows, swiftshader } = options;
  const kept = options.rows === undefined ? [y, ...outputs.slice(1)] : [];
  const longest = sizeOf(shape);
  await expectAsReference(
    graph,
    given,
    [...kept, ...all.map((value) => gradients.get(value)!)],
    1e-6 + 4e-7 * Math.sqrt(longest),
    { ...(rows === undefined ? {} : { rows }), capabilities: { swiftshader } },
    0.01,
  );
}

describe.each(await kernelsHere())('%s', (_name, swiftshader) => {
  test.each(CENTRED)('%s norm keeps the variance of 1e3 and 1e4 ± 0.5', async (name) => {
    await check(NORMS[name], [4, 3, 9], (v) => 1e3 + v, { swiftshader });
    await check(NORMS[name], [4, 3, 9], (v) => 1e4 + v / 2, { swiftshader });
  });
  test.each(Object.entries(NORMS).filter(([name]) => name !== 'batch'))('%s norm of 1e30', async (_norm, norm) => {
    await check(norm, [3, 4, 9], (v) => 1e30 * v, { swiftshader });
  });
  test.each(Object.entries(NORMS))('%s norm of 1e-20', async (_norm, norm) => {
    await check(norm, [4, 3, 9], (v) => 1e-20 * v, { swiftshader });
  });
  test.each(Object.entries(NORMS))('%s norm: gradients of 5 samples of 7 positions among padding', async (_norm, norm) => {
    // Of the batch's 8 samples.
    await check(norm, [8, 7, 9], (v, i) => (i < 5 * 63 ? v : 1e4), { rows: 5, swiftshader });
  });
  test.each(Object.entries(NORMS))('%s norm of maps of 31 x 37, many lanes to a set', async (_norm, norm) => {
    await check(norm, [4, 31, 37, 9], (v) => v, { swiftshader });
  });
});
