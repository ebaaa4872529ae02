// Kernels whose invocations go over windows, taps, long rows of pixels or all rows of a batch: llvmpipe leaves a loop after 65,535 turns, counted over all loops of an
// invocation, so each of these sizes was wrong there. They are right, or refused before anything is made. long_sums.test.ts has sums along axes.
import { describe, expect, test } from 'vitest';
import { Graph, type Value } from '../../src/graph/graph.ts';
import { augmentOp } from '../../src/ops/augment.ts';
import { conv2dAttrs, conv2dOp, conv2dWeightGradOp } from '../../src/ops/conv2d.ts';
import { multiplyOp } from '../../src/ops/elementwise.ts';
import { endStepOp } from '../../src/ops/end_step.ts';
import { gatherGradOp } from '../../src/ops/gather.ts';
import { avgPool2dGradOp, avgPool2dOp, maxPool2dGradOp, maxPool2dOp, poolAttrs } from '../../src/ops/pool2d.ts';
import type { Ring } from '../../src/ops/rings.ts';
import { ROW_DIFFERENCES, rowDifferencesOp, spreadOf } from '../../src/ops/row_differences.ts';
import { castOp } from '../../src/ops/select.ts';
import { listRowsOp } from '../../src/ops/taken_rows.ts';
import { targetWeightOp, weighing } from '../../src/ops/target_weights.ts';
import { Program } from '../../src/program.ts';
import { createInterpreterState, interpretStep, tensor64 } from '../../src/reference/index.ts';
import { schedule } from '../../src/scheduler/schedule.ts';
import { Stage } from '../conformance/stage.ts';
import { expectAsReference, openGpu } from '../support/gpu.ts';
import { PORTABLE } from '../support/models.ts';

const portable = { capabilities: { swiftshader: false } };
/** Numbers of a few values above 0, so that what is left out is missing in the sum. */
const positive = (shape: readonly number[], period: number) => tensor64(shape, (i) => 1 + (i % period) / 8);
/** What a graph is refused with where its kernels are the portable ones, or SwiftShader's. */
const refusal = (build: (graph: Graph) => Value[], swiftshader = false) => {
  const graph = new Graph();
  const retain = build(graph);
  return () => schedule(graph, { capabilities: { ...PORTABLE, swiftshader, maxBufferBytes: 2 ** 30 }, retain });
};
/** Of a sum of many thousands of terms of one sign; what llvmpipe left out was 1 % to all of it. */
const CLOSE = 1e-4;
const convolution = (groups: number) => conv2dAttrs('conv2d', [1, 1], { stride: 1, padding: 0, dilation: 1, groups });

test('the weights of 4,224,000 targets', async () => {
  const rows = 64 * 66_000;
  const graph = new Graph();
  const labels = graph.input('labels', [rows, 1], { dtype: 'i32' });
  const sum = graph.apply(targetWeightOp, [labels], { classes: 2, weighing: weighing([1, 2]) }, 'sum');
  await expectAsReference(graph, new Map([['labels', tensor64([rows, 1], (i) => i % 2)]]), sum, CLOSE, portable);
}, 120_000);

test('the mean of 16,908,288 losses, of which the last are the largest', async () => {
  const rows = 256 * 66_048;
  const large = 100_000;
  const graph = new Graph();
  const losses = graph.input('losses', { shape: [rows], dtype: 'f32', rowsPerSample: 1 });
  graph.apply(endStepOp, [losses], { maxNorm: 0, beta1: 0, beta2: 0 }, 'end_step');
  const stage = await Stage.create();
  const session = await stage.session(graph, { rows });
  try {
    session.write(
      losses,
      Float32Array.from({ length: rows }, (_, i) => (i < rows - large ? 1 : 101)),
    );
    session.run();
    expect((await session.runWord('loss')) / (1 + (100 * large) / rows)).toBeCloseTo(1, 5);
  } finally {
    session.destroy();
    stage.destroy();
  }
}, 120_000);

describe('convolutions', () => {
  test.each([
    ['depthwise, of 257 x 257 taps', [1, 257, 257, 4], [257, 257, 1, 4], 4],
    ['of 32,000 channels and a filter', [1, 1, 2, 32_000], [1, 1, 32_000, 1], 1],
    ['of 16,000 channels and four filters', [1, 1, 2, 16_000], [1, 1, 16_000, 4], 1],
    ['of 131,072 channels and eight filters', [1, 1, 2, 131_072], [1, 1, 131_072, 8], 1],
  ])(
    '%s',
    async (_, x, w, groups) => {
      const graph = new Graph();
      const y = graph.apply(conv2dOp, [graph.input('x', x), graph.input('w', w)], convolution(groups), 'y');
      await expectAsReference(
        graph,
        new Map([
          ['x', positive(x, 5)],
          ['w', positive(w, 3)],
        ]),
        y,
        CLOSE,
        portable,
      );
    },
    60_000,
  );

  test.each([5000, 70_000])(
    'the gradient of a depthwise weight, of rows of %i pixels',
    async (width) => {
      const graph = new Graph();
      const [x, dy] = [graph.input('x', [16, 1, width + 2, 4]), graph.input('dy', [16, 1, width, 4])];
      const dw = graph.apply(conv2dWeightGradOp, [x, dy], { ...convolution(4), shape: [1, 3, 1, 4] }, 'dw');
      await expectAsReference(
        graph,
        new Map([
          ['x', positive(x.type.shape, 5)],
          ['dy', positive(dy.type.shape, 3)],
        ]),
        dw,
        CLOSE,
        portable,
      );
    },
    60_000,
  );
});

test('the gradient of a weight in pieces is not refused for the size of one', () => {
  // Three pieces of 10,837 pixels, in fours 10,840.
  const [x, w, y] = [
    [1, 1 + 10, 32_511 + 10, 181],
    [11, 11, 181, 4],
    [1, 1, 32_511, 4],
  ] as const;
  const build = (graph: Graph): Value[] => graph.apply(conv2dWeightGradOp, [graph.input('x', x), graph.input('dy', y)], { ...convolution(1), shape: w }, 'dw');
  expect(refusal(build)).not.toThrow();
});

test('the gradient of a table of which one row is picked 140,000 times', async () => {
  const graph = new Graph();
  const picks = 140_000;
  const inputs = new Map([
    ['dy', positive([picks, 4], 5)],
    ['indices', tensor64([picks], () => 1)],
  ]);
  const table = [graph.input('dy', [picks, 4]), graph.input('indices', [picks], { dtype: 'i32' })];
  await expectAsReference(graph, inputs, graph.apply(gatherGradOp, table, { axis: 0, shape: [3, 4] }, 'dx'), CLOSE, portable);
}, 60_000);

describe('the rows that count', () => {
  const build = (graph: Graph, rows: number): Value[] =>
    graph.apply(listRowsOp, [graph.input('weights', { shape: [rows], dtype: 'f32', rowsPerSample: 1 })], {}, 'list');

  test('of 2,097,152', async () => {
    const rows = 2 ** 21;
    const graph = new Graph();
    const list = graph.apply(castOp, build(graph, rows), { dtype: 'f32' }, 'numbers');
    await expectAsReference(graph, new Map([['weights', tensor64([rows], (i) => Number(i % 3 === 0))]]), list, 0, { ...portable, rows });
  }, 60_000);

  test('of more are refused', () => {
    expect(refusal((graph) => build(graph, 2 ** 21 + 4))).toThrow(
      'statistics of what counts in list: expected at most 2,097,152 rows on this adapter, got 2,097,156',
    );
  });
});

describe('images changed at random', () => {
  const stages = [
    { kind: 'flip_horizontal', probability: 0.5 },
    { kind: 'noise', amount: 0.5 },
  ] as const;
  const build = (graph: Graph, channels: number): Value[] =>
    graph.apply(augmentOp, [graph.input('x', { shape: [4, 2 * channels], dtype: 'f32', rowsPerSample: 1 })], { image: [1, 2, channels], stages }, 'y');

  test('of 7,224 channels', async () => {
    const channels = 7224;
    const graph = new Graph();
    await expectAsReference(graph, new Map([['x', positive([4, 2 * channels], 7)]]), build(graph, channels), 1e-5, { ...portable, rows: 4 });
  });

  test('of more are refused on portable adapters alone', () => {
    expect(refusal((graph) => build(graph, 7225))).toThrow('augment: expected at most 7,224 channels on this adapter, got 7,225');
    expect(refusal((graph) => build(graph, 7225), true)).not.toThrow();
  });
});

describe('pools', () => {
  const attrs = poolAttrs({ kernelSize: 300 });

  test('the gradient of the largest in windows of 300 x 300', async () => {
    const graph = new Graph();
    const dy = graph.input('dy', [1, 1, 1, 4]);
    const dx = graph.apply(maxPool2dGradOp, [dy, graph.input('indices', [1, 1, 1, 4], { dtype: 'i32' })], { ...attrs, shape: [1, 300, 300, 4] }, 'dx');
    const inputs = new Map([
      ['dy', positive([1, 1, 1, 4], 3)],
      ['indices', tensor64([1, 1, 1, 4], () => 89_999)],
    ]);
    await expectAsReference(graph, inputs, dx, 1e-6, portable);
  });

  test('the largest window that is not refused', async () => {
    const graph = new Graph();
    const x = graph.input('x', [1, 254, 254, 1]);
    const options = poolAttrs({ kernelSize: 254 - 1 });
    const outputs = [graph.apply(avgPool2dOp, [x], options, 'mean')[0]!, graph.apply(maxPool2dOp, [x], options, 'largest')[0]!];
    await expectAsReference(graph, new Map([['x', tensor64(x.type.shape, (i) => 1 + i / 64_516)]]), outputs, 1e-5, portable);
  });

  test('windows that an invocation cannot go over are refused on portable adapters alone', () => {
    const images = (graph: Graph): Value => graph.input('x', [1, 300, 300, 1]);
    const pools = [
      ['avg_pool2d', (graph: Graph) => graph.apply(avgPool2dOp, [images(graph)], attrs, 'y')],
      ['max_pool2d', (graph: Graph) => graph.apply(maxPool2dOp, [images(graph)], attrs, 'y')],
      ['avg_pool2d', (graph: Graph) => graph.apply(avgPool2dGradOp, [graph.input('dy', [1, 1, 1, 1])], { ...attrs, shape: [1, 300, 300, 1] }, 'y')],
    ] as const;
    for (const [name, build] of pools) {
      expect(refusal(build)).toThrow(
        `${name} at y: expected at most 215 rows of 300 pixels in a window on this adapter, got 300; whole images are pooled by globalAvgPool2d, or by 'max' along their axes`,
      );
      expect(refusal(build, true)).not.toThrow();
    }
    const far = { ...poolAttrs({ kernelSize: 3, stride: 1, dilation: 150 }), shape: [1, 700, 700, 1] };
    const gradient = (graph: Graph): Value[] =>
      graph.apply(maxPool2dGradOp, [graph.input('dy', [1, 400, 400, 1]), graph.input('indices', [1, 400, 400, 1], { dtype: 'i32' })], far, 'dx');
    expect(refusal(gradient)).toThrow('max_pool2d at dx: expected at most 214 rows of 301 windows over a pixel on this adapter, got 301; take a larger stride');
  });
});

describe('how rows differ', () => {
  const run = async (width: number): Promise<void> => {
    const { device, cache } = await openGpu();
    const rows = 4;
    const graph = new Graph();
    const h = graph.input('h', { shape: [rows, width], dtype: 'f32', rowsPerSample: 1 });
    const words = rows * ROW_DIFFERENCES.words;
    const ring: Ring = { name: 'ring/rank', rowBytes: 2 * words * 4, every: 1 };
    // One is computed: what lies among activations is read there.
    graph.apply(rowDifferencesOp, [h, graph.apply(multiplyOp, [h, h], {})[0]!], { ring }, 'rank');
    // The rows are alike but for their last words.
    const x = Float32Array.from({ length: rows * width }, (_, i) => 1 + (i % width < width - 2000 ? 0 : ((i * (1 + Math.floor(i / width))) % 17) / 16));
    const state = createInterpreterState(graph.values, { rows });
    interpretStep(graph, state, new Map([['h', tensor64(h.type.shape, (i) => x[i]!)]]));
    const program = await Program.create(device, cache, graph, { outputs: [], rows, ...portable });
    try {
      program.write(h, x);
      program.run();
      const row = await program.runner.read([{ buffer: ring.name, offset: ring.rowBytes, size: ring.rowBytes }]);
      for (const [i, expected] of state.spreads.get('rank')!.entries()) {
        const got = spreadOf(new Float32Array(row, i * words * 4, words), rows)!;
        for (const key of ['effectiveRank', 'rowSpread'] as const) expect(got[key] / expected[key], key).toBeCloseTo(1, 4);
      }
    } finally {
      program.destroy();
    }
  };

  test.each([70_003, 524_288])('of %i words', run, 60_000);

  test('of more is refused', async () => {
    await expect(run(524_289)).rejects.toThrow('rank of h: expected at most 524,288 columns on this adapter, got 524,289');
  });
});
