// Convolutions and their gradients by both kernels, tiles and single numbers, with edges of tiles, groups, and sums over pixels that are cut into pieces.
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../src/autodiff.ts';
import { Graph, type Value } from '../../src/graph/graph.ts';
import type { Capabilities } from '../../src/graph/op.ts';
import { type Conv2dAttrs, conv2dOp } from '../../src/ops/conv2d.ts';
import { Random } from '../../src/random.ts';
import { type Tensor64, tensor64 } from '../../src/reference/index.ts';
import { schedule } from '../../src/scheduler/schedule.ts';
import { pooledNetwork, twoConvolutions, twoTransposed } from '../support/convolutions.ts';
import { adaptersHere, expectAsReference, runGraph } from '../support/gpu.ts';
import { PORTABLE, SWIFTSHADER, SWIFTSHADER_ALONE } from '../support/models.ts';
import { oneIn } from '../support/quick.ts';

const here = await adaptersHere();
const [DIRECT, DIRECT_GRAD] = ['conv2d_direct', 'conv2d_weight_grad_direct'];
const DEPTHWISE = ['conv2d_depthwise', 'conv2d_depthwise', 'conv2d_depthwise_weight_grad'];
const NARROW = ['conv2d_narrow', 'conv2d_narrow', 'conv2d_narrow'];
const QUADS = ['conv2d_quad', 'conv2d_quad', 'conv2d_weight_grad_quad'];

const random = new Random(31);
const noise = (shape: readonly number[]): Tensor64 => tensor64(shape, () => Math.fround(random.normal()));

/** Images, weight, and the dispatches of y, dx and dw with portable kernels, and on SwiftShader where these are others than single numbers. */
const SHAPES: [name: string, x: number[], w: number[], attrs: Partial<Conv2dAttrs>, kernels: string[], quads?: string[]][] = [
  ['more than a tile each way', [3, 9, 7, 9], [3, 3, 9, 37], { padding: [1, 1, 1, 1] }, ['conv2d', 'conv2d', 'conv2d'], [DIRECT, 'conv2d_narrow', DIRECT_GRAD]],
  ['groups of tiles, by strides', [2, 7, 8, 18], [3, 2, 9, 16], { groups: 2, stride: [2, 1], dilation: [1, 2] }, ['conv2d', 'conv2d', 'conv2d']],
  [
    'few channels: their gradient has few columns',
    [2, 5, 5, 3],
    [5, 5, 3, 8],
    { padding: [2, 2, 2, 2] },
    ['conv2d', 'conv2d_narrow', 'conv2d'],
    [DIRECT, 'conv2d_narrow', DIRECT_GRAD],
  ],
  ['sums over pixels in pieces', [2, 41, 40, 8], [1, 2, 8, 8], {}, ['conv2d', 'conv2d', 'conv2d', 'sum_axis0'], QUADS],
  ['depthwise, in pieces', [1, 50, 45, 6], [2, 2, 1, 6], { groups: 6 }, ['conv2d_narrow', 'conv2d_narrow', 'conv2d_narrow', 'sum_axis0']],
  ['one channel', [2, 7, 9, 1], [3, 3, 1, 18], { padding: [1, 1, 1, 1] }, ['conv2d', 'conv2d_narrow', 'conv2d'], [DIRECT, DIRECT, DIRECT_GRAD]],
  ['depthwise in fours', [2, 7, 9, 12], [3, 4, 1, 12], { groups: 12, padding: [1, 1, 2, 1] }, DEPTHWISE, DEPTHWISE],
  [
    'depthwise in fours, by strides, in pieces',
    [5, 9, 6, 4],
    [2, 3, 1, 4],
    { groups: 4, stride: [2, 3], dilation: [3, 1], padding: [2, 0, 0, 2] },
    [...DEPTHWISE, 'sum_axis0'],
    [...DEPTHWISE, 'sum_axis0'],
  ],
  [
    'few channels, by strides, in pieces',
    [3, 33, 5, 2],
    [4, 2, 2, 7],
    { stride: [1, 2], dilation: [2, 1], padding: [3, 3, 1, 0] },
    ['conv2d_narrow', 'conv2d_narrow', 'conv2d_narrow'],
    [DIRECT, 'conv2d_narrow', DIRECT_GRAD, 'sum_axis0'],
  ],
  ['few filters, dilated', [2, 8, 7, 5], [3, 2, 5, 3], { dilation: [2, 3], padding: [1, 2, 0, 3] }, NARROW, [DIRECT, DIRECT, DIRECT_GRAD]],
  ['in fours, tiles of both kinds', [3, 7, 5, 12], [3, 3, 12, 36], { padding: [1, 1, 1, 1] }, ['conv2d', 'conv2d', 'conv2d'], QUADS],
  [
    'in fours, by strides, more padding behind',
    [2, 9, 8, 20],
    [3, 4, 20, 12],
    { stride: [2, 3], padding: [0, 2, 1, 2] },
    ['conv2d', 'conv2d', 'conv2d'],
    QUADS,
  ],
  ['in fours, by strides larger than the window', [2, 7, 7, 4], [2, 1, 4, 8], { stride: [3, 2] }, ['conv2d', 'conv2d_narrow', 'conv2d'], QUADS],
  ['in fours, groups, dilated', [2, 8, 9, 24], [3, 2, 8, 60], { groups: 3, dilation: [2, 3], padding: [2, 2, 3, 1] }, ['conv2d', 'conv2d', 'conv2d'], QUADS],
];

describe.each(oneIn(2, SHAPES))('%s', (_name, shapeOfX, shapeOfW, given, kernels, quads) => {
  const graph = new Graph();
  const attrs: Conv2dAttrs = { stride: [1, 1], padding: [0, 0, 0, 0], dilation: [1, 1], groups: 1, ...given };
  const [x, w] = [graph.input('x', shapeOfX), graph.input('w', shapeOfW)];
  const y = graph.apply(conv2dOp, [x, w], attrs, 'y')[0]!;
  const gradients = differentiate(y, graph.input('upstream', y.type.shape));
  const outputs: Value[] = [y, gradients.get(x)!, gradients.get(w)!];
  const inputs = new Map([...graph.values].filter(({ origin }) => origin === 'input').map(({ name, type }) => [name, noise(type.shape)]));
  const longest = Math.max(shapeOfX[0]! * shapeOfX[1]! * shapeOfX[2]!, shapeOfW[0]! * shapeOfW[1]! * shapeOfW[2]!);

  test('is what float64 makes of it', async () => {
    const kernelsOf = (capabilities: Capabilities): string[] => schedule(graph, { capabilities, retain: outputs }).dispatches.map((d) => d.kernel);
    expect(kernelsOf(PORTABLE)).toEqual(kernels);
    if (quads) expect(kernelsOf(SWIFTSHADER)).toEqual(quads);
    for (const capabilities of [...(quads ? [SWIFTSHADER] : []), SWIFTSHADER_ALONE, PORTABLE])
      if (here.includes(capabilities)) await expectAsReference(graph, inputs, outputs, 1e-6 + 4e-7 * Math.sqrt(longest), { capabilities });
  });
});

describe.each(
  oneIn(2, [
    ['any number of channels', 3, 5, 6, 1],
    ['fours', 8, 20, 4, 1],
    ['fours, in groups', 16, 40, 8, 2],
    ['one channel a group', 8, 8, 8, 8],
  ] as const),
)('two layers of %s, fused', (_name, channels, between, filters, groups) => {
  // Four rows that all count, and a short batch whose padded sample holds rubbish.
  test.each([true, false])('every row counts: %s', async (all) => {
    const { graph, outputs } = twoConvolutions(all ? {} : { batch: true }, [channels, between, filters], groups);
    const fused = schedule(graph, { capabilities: PORTABLE, retain: outputs }).fused.map((line) => line.split(':')[0]);
    const sums = ['conv2d_weight_bias_grad', 'conv2d_weight_bias_grad'];
    expect(fused).toEqual(['conv2d_bias', 'conv2d_bias', 'conv2d_input_grad_activation', ...(all ? sums : [])]);
    const inputs = new Map([...graph.values].filter(({ origin }) => origin === 'input').map(({ name, type }) => [name, noise(type.shape)]));
    for (const capabilities of here) await expectAsReference(graph, inputs, outputs, 1e-5, { capabilities, ...(all ? {} : { rows: 3 }) });
  });
});

describe.each(
  oneIn(4, [
    ['any number of channels', 3, 5, 6, 1],
    ['fours', 8, 20, 4, 1],
    ['fours, in groups', 16, 40, 8, 2],
    ['one channel a group', 8, 8, 8, 8],
  ] as const),
)('two transposed layers of %s, fused', (_name, channels, between, filters, groups) => {
  test.each([true, false])('every row counts: %s', async (all) => {
    const { graph, outputs } = twoTransposed(all ? {} : { batch: true }, [channels, between, filters], groups);
    const fused = schedule(graph, { capabilities: PORTABLE, retain: outputs }).fused.map((line) => line.split(':')[0]);
    expect(fused).toEqual(['conv_transpose2d_bias', 'conv_transpose2d_bias', 'conv_transpose2d_input_grad_activation']);
    const inputs = new Map([...graph.values].filter(({ origin }) => origin === 'input').map(({ name, type }) => [name, noise(type.shape)]));
    for (const capabilities of here) await expectAsReference(graph, inputs, outputs, 1e-5, { capabilities, ...(all ? {} : { rows: 3 }) });
  });
});

describe('a network of images, fused with pools and sums', () => {
  // Sizes that windows of 2 x 2 divide, and others, whose last row and column no window sees.
  test.each(
    oneIn(2, [
      [7, 13],
      [8, 12],
    ]),
  )('%i x %i pixels', async (height, width) => {
    const { graph, outputs } = pooledNetwork([height, width, 3]);
    const plan = schedule(graph, { capabilities: SWIFTSHADER, retain: outputs });
    expect(plan.fused.filter((line) => line.startsWith('conv2d_bias_max_pool2d'))).toHaveLength(2);
    expect(plan.fused.filter((line) => line.startsWith('max_pool2d') || line.startsWith('sum_activation'))).toHaveLength(3);
    expect(plan.dispatches.filter(({ kernel }) => kernel.startsWith('max_pool2d')).map(({ kernel }) => kernel)).toEqual([
      'max_pool2d_grad_fours',
      'max_pool2d_grad_fours',
    ]);
    const given = [...graph.values].filter(({ origin }) => ['input', 'parameter'].includes(origin));
    const inputs = new Map(given.map(({ name, type }) => [name, noise(type.shape)]));
    for (const capabilities of here) for (const rows of [4, 3]) await expectAsReference(graph, inputs, outputs, 1e-5, { capabilities, rows });
  });
});

test.skipIf(!here.includes(SWIFTSHADER))('many images take taller tiles and give the bits that few give', async () => {
  const two = [noise([2, 32, 32, 16]), noise([2, 32, 32, 16])];
  const weight = noise([3, 3, 16, 16]);
  const run = async (copies: number): Promise<{ files: string[]; values: Float32Array[] }> => {
    const graph = new Graph();
    const shape = [2 * copies, 32, 32, 16];
    const [x, w] = [graph.input('x', shape), graph.input('w', weight.shape)];
    const y = graph.apply(conv2dOp, [x, w], { stride: [1, 1], padding: [1, 1, 1, 1], dilation: [1, 1], groups: 1 }, 'y')[0]!;
    const outputs = [y, differentiate(y, graph.input('upstream', shape)).get(x)!];
    const many = ({ data }: Tensor64): Tensor64 => tensor64(shape, (i) => data[i % data.length]!);
    const inputs = new Map([
      ['x', many(two[0]!)],
      ['w', weight],
      ['upstream', many(two[1]!)],
    ]);
    const { dispatches } = schedule(graph, { capabilities: SWIFTSHADER, retain: outputs });
    const got = await runGraph(graph, inputs, outputs, { capabilities: SWIFTSHADER });
    return {
      files: dispatches.flatMap(({ sources }) => sources.map(({ file }) => file).filter((file) => file.includes('tile_'))),
      values: outputs.map((value) => got.get(value)!),
    };
  };
  const [few, all] = [await run(1), await run(16)];
  expect([few.files[0], all.files[0]]).toEqual(['conv2d/tile_32x16', 'conv2d/tile_64x16']);
  few.values.forEach((values, i) => {
    for (const copy of [0, 7, 15]) expect(all.values[i]!.subarray(copy * values.length, (copy + 1) * values.length)).toEqual(values);
  });
});
