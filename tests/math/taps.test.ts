// What probes see of a model is derived from its graph: which values belong to which layer, and what is on the trunk.
import { expect, test } from 'vitest';
import { Graph, type Value } from '../../src/graph/graph.ts';
import { deriveTaps, infoOf, type Taps } from '../../src/inspect/taps.ts';
import { type Initializers, initialValuesOf } from '../../src/nn/build.ts';
import { layer, ones, zeros } from '../../src/nn/custom.ts';
import type { BuildContext, Layer } from '../../src/nn/layer.ts';
import { activation, add, batchNorm, concat, dense, dropout, flatten, repeat, residual } from '../../src/nn/layers.ts';
import { mse } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { activationOp, attrsOf } from '../../src/ops/activations.ts';
import { addOp, multiplyOp, scaleOp } from '../../src/ops/elementwise.ts';
import { matmulOp } from '../../src/ops/matmul.ts';
import * as ops from '../../src/ops/public.ts';
import { reshape } from '../../src/ops/reshape.ts';
import { UNARY } from '../../src/ops/unary_table.ts';
import { keyOf, Random } from '../../src/random.ts';
import { computeStats } from '../../src/reference/index.ts';
import { sgd } from '../../src/train/optimizers.ts';
import { Twin } from '../support/twin.ts';

type Layers = readonly (Layer | readonly Layer[])[];

function tapsOf(layers: Layers, features = 6): Taps {
  const graph = new Graph();
  const x = graph.input('x', [8, features]);
  return deriveTaps({ inputs: [x], ...sequential(layers).build(graph, x, 'train', new Map()) });
}

/** A custom layer. */
const own = (kind: string, build: (context: BuildContext, x: Parameters<Layer['build']>[1]) => ReturnType<Layer['build']>): Layer => ({
  kind,
  residualBlocks: 0,
  build,
});
const NORMAL = { scheme: 'lecun_normal' } as const;

/** Each layer as `name z -> h activation`, branches as `from > name ...`. */
function told({ layers, joins }: Taps): string[] {
  const lines = layers.map((tap) => {
    const flow = tap.z === tap.h ? tap.z.name : `${tap.z.name} -> ${tap.h.name} ${tap.activation}`;
    return `${tap.trunk ? '' : `${tap.branchOf} > `}${tap.name}: ${flow}${tap.batchNorm ? ' (batch norm)' : ''}${tap.role === 'output' ? ' (output)' : ''}`;
  });
  [...joins].reverse().forEach((join) => {
    lines.splice(
      join.after,
      0,
      `= ${join.name}: ${join.z === join.h ? join.z.name : `${join.z.name} -> ${join.h.name}`}${join.role === 'output' ? ' (output)' : ''}`,
    );
  });
  return lines;
}

const relu = activation('relu');
const tanh = activation('tanh');

test.each<[string, Layers, string[]]>([
  [
    'layers in a row',
    [dense(4), relu, dropout(0.1), dense(5), batchNorm(), tanh, flatten(), dense({ units: 3, bias: false })],
    ['dense_1: dense_1/z -> relu_1 relu', 'dense_2: batch_norm_1 -> tanh_1 tanh (batch norm)', 'dense_3: dense_3 (output)'],
  ],
  [
    'an output with an activation',
    [dense(4), relu, dense(3), activation('sigmoid')],
    ['dense_1: dense_1/z -> relu_1 relu', 'dense_2: dense_2/z -> sigmoid_1 sigmoid (output)'],
  ],
  [
    'norm after the activation, two norms and two activations: z is the input of the first activation',
    [dense(4), relu, batchNorm(), dense(4), batchNorm(), batchNorm(), relu, dense(4), tanh, relu, dense(4), dropout(0.5), tanh, dense(3)],
    [
      'dense_1: dense_1/z -> relu_1 relu',
      'dense_2: batch_norm_2 (batch norm)',
      'dense_3: dense_3/z -> tanh_1 tanh',
      'dense_4: dense_4/z',
      'dense_5: dense_5/z (output)',
    ],
  ],
  [
    'a block that begins with batch norm: the layer before it keeps its own z',
    [dense(4), residual([batchNorm(), relu, dense(4)]), dense(3)],
    ['dense_1: dense_1/z', 'dense_1 > residual_1/dense_1: residual_1/dense_1/z', '= residual_1: residual_1', 'dense_2: dense_2/z (output)'],
  ],
  [
    'activation in the branch, before the branch, after the sum',
    [dense(4), residual([relu, dense(4)]), residual([dense(4), tanh]), relu, dense(3)],
    [
      'dense_1: dense_1/z',
      'dense_1 > residual_1/dense_1: residual_1/dense_1/z',
      '= residual_1: residual_1',
      'residual_1 > residual_2/dense_1: residual_2/dense_1/z -> residual_2/tanh_1 tanh',
      '= residual_2: residual_2 -> relu_1',
      'dense_2: dense_2/z (output)',
    ],
  ],
  [
    'norm after the sum: the sum is what is seen of the trunk',
    [dense(4), repeat(2, [residual([dense(4), relu]), batchNorm()]), dense(3)],
    [
      'dense_1: dense_1/z',
      'dense_1 > residual_1/dense_1: residual_1/dense_1/z -> residual_1/relu_1 relu',
      '= residual_1: residual_1',
      'residual_1 > residual_2/dense_1: residual_2/dense_1/z -> residual_2/relu_1 relu',
      '= residual_2: residual_2',
      'dense_2: dense_2/z (output)',
    ],
  ],
  [
    'a shortcut with a weight of its own',
    [dense(4), relu, residual([dense(5), tanh]), dense(3)],
    [
      'dense_1: dense_1/z -> relu_1 relu',
      'dense_1 > residual_1/dense_1: residual_1/dense_1/z -> residual_1/tanh_1 tanh',
      'dense_1 > residual_1/shortcut: residual_1/shortcut',
      '= residual_1: residual_1',
      'dense_2: dense_2/z (output)',
    ],
  ],
  [
    'blocks within blocks: inside a branch is no trunk',
    [dense(4), residual([dense(4), residual([dense(4), relu]), dense(4)], { scale: 0.5 }), dense(3)],
    [
      'dense_1: dense_1/z',
      'dense_1 > residual_1/dense_1: residual_1/dense_1/z',
      'dense_1 > residual_1/residual_1/dense_1: residual_1/residual_1/dense_1/z -> residual_1/residual_1/relu_1 relu',
      'dense_1 > residual_1/dense_2: residual_1/dense_2/z',
      '= residual_1: residual_1',
      'dense_2: dense_2/z (output)',
    ],
  ],
  [
    'branches side by side and added up, from the input too',
    [concat([[dense(2), relu], [dense(3)]]), add([[dense(5)], [relu, dense(5), tanh], [flatten()]])],
    [
      'input > concat_1/branch_1/dense_1: concat_1/branch_1/dense_1/z -> concat_1/branch_1/relu_1 relu',
      'input > concat_1/branch_2/dense_1: concat_1/branch_2/dense_1/z',
      '= concat_1/joined: concat_1/joined',
      'concat_1/joined > add_1/branch_1/dense_1: add_1/branch_1/dense_1/z',
      'concat_1/joined > add_1/branch_2/dense_1: add_1/branch_2/dense_1/z -> add_1/branch_2/tanh_1 tanh',
      '= add_1/sum: add_1/sum (output)',
    ],
  ],
  ['a block without weights is no branch', [dense(4), residual([relu]), relu, dense(3)], ['dense_1: dense_1/z', 'dense_2: dense_2/z (output)']],
])('%s', (_name, layers, expected) => {
  expect(told(tapsOf(layers))).toEqual(expected);
});

test('layers of one own: with names of their own, several rows of a sample, two weights that meet', () => {
  const rows = own('rows', (context, x) => {
    // Several rows of a sample: the same numbers in another shape between product, bias and activation.
    const { graph, path } = context;
    const flat = reshape(graph, x, [16, 3]);
    const product = graph.apply(matmulOp, [flat, context.parameter('kernel', [3, 2], NORMAL)], {}, path)[0]!;
    const z = graph.apply(addOp, [product, context.parameter('shift', [2], { scheme: 'constant' })], {}, `${path}/z`)[0]!;
    return reshape(graph, z, [8, 4]);
  });
  const gated = own('gated', ({ graph, path, parameter }, x) => {
    const [value] = graph.apply(matmulOp, [x, parameter('value', [4, 4], NORMAL)], {}, `${path}/v`);
    const [gate] = graph.apply(matmulOp, [x, parameter('gate', [4, 4], NORMAL)], {}, `${path}/g`);
    const [open] = graph.apply(activationOp, [gate!], attrsOf(UNARY.exp), `${path}/exp`);
    return graph.apply(multiplyOp, [value!, open!], {}, path)[0]!;
  });
  const { layers, joins } = tapsOf([rows, tanh, gated, dense(3)]);
  expect(told({ layers, joins })).toEqual([
    'rows_1: reshape -> tanh_1 tanh',
    'rows_1 > gated_1/value: gated_1/v',
    'rows_1 > gated_1/gate: gated_1/g',
    '= gated_1: gated_1',
    'dense_1: dense_1/z (output)',
  ]);
  expect(layers[0]).toMatchObject({ fanIn: 3, width: 2, weight: { name: 'rows_1/kernel' }, bias: { name: 'rows_1/shift' } });
});

const swish2 = layer('swish2', (x) => ops.mul(x, ops.sigmoid(x)));
test.each<[string, Layers, string[]]>([
  ['two readers of z', [dense(4), swish2, dense(3)], ['dense_1: dense_1/z -> swish2_1/multiply swish2', 'dense_2: dense_2/z (output)']],
  [
    'after a norm, in a branch, after a join, as the output',
    [dense(4), batchNorm(), swish2, residual([dense(4), swish2]), swish2, dense(4), swish2],
    [
      'dense_1: batch_norm_1 -> swish2_1/multiply swish2 (batch norm)',
      'dense_1 > residual_1/dense_1: residual_1/dense_1/z -> residual_1/swish2_1/multiply swish2',
      '= residual_1: residual_1 -> swish2_2/multiply',
      'dense_2: dense_2/z -> swish2_3/multiply swish2 (output)',
    ],
  ],
  [
    'comparisons, several ops, and a trained number',
    [
      dense(4),
      layer('shifted', (x, { parameter }) => ops.where(ops.greater(x, 0), x, ops.mul(ops.sub(ops.exp(x), 1), parameter('alpha', [1], ones())))),
      dense(4),
      layer('relu2', (x) => ops.square(ops.relu(x))),
      dense(3),
    ],
    ['dense_1: dense_1/z -> shifted_1/where shifted', 'dense_2: dense_2/z -> relu2_1/activation relu2', 'dense_3: dense_3/z (output)'],
  ],
  [
    'one function that is no activation of ours',
    [dense(4), layer('squash', ops.exp), dense(3)],
    ['dense_1: dense_1/z -> squash_1/activation squash', 'dense_2: dense_2/z (output)'],
  ],
  [
    'one of ours keeps its name',
    [dense(4), layer('mine', ops.silu), dense(3)],
    ['dense_1: dense_1/z -> mine_1/activation silu', 'dense_2: dense_2/z (output)'],
  ],
  [
    'in the layer that has the weight',
    [
      layer('whole', (x, { parameter }) => {
        const z = ops.add(ops.matmul(x, parameter('weight', [ops.last(x), 4], NORMAL)), parameter('bias', [4], zeros()));
        return ops.mul(z, ops.sigmoid(z));
      }),
      dense(3),
    ],
    ['whole_1: whole_1/add -> whole_1/multiply whole', 'dense_1: dense_1/z (output)'],
  ],
  [
    'what is no activation: a scale, sums over features, z that a shortcut needs',
    [
      dense(4),
      layer('scale', (x, { parameter }) => ops.mul(ops.mul(x, 2), parameter('gain', [4], ones()))),
      dense(4),
      layer('normal', (x) => ops.div(x, ops.norm(x, -1, { keepDims: true }))),
      dense(4),
      residual([swish2, dense(4)]),
      dense(3),
    ],
    [
      'dense_1: dense_1/z',
      'dense_2: dense_2/z',
      'dense_3: dense_3/z',
      'dense_3 > residual_1/dense_1: residual_1/dense_1/z',
      '= residual_1: residual_1',
      'dense_4: dense_4/z (output)',
    ],
  ],
])('an activation of one’s own is seen: %s', (_name, layers, expected) => {
  expect(told(tapsOf(layers))).toEqual(expected);
});

test('one weight in two places, and weights that are made of weights', () => {
  const shared = own('shared', ({ graph, path }, x) => graph.apply(matmulOp, [x, graph.parameter('common/weight', [4, 4])], {}, path)[0]!);
  const tied = own('tied', ({ graph, path }, x) => graph.apply(matmulOp, [x, graph.parameter('common/weight', [4, 4])], { transposeB: true }, path)[0]!);
  const scaled = own('scaled', ({ graph, path, parameter }, x) => {
    const weight = parameter('weight', [4, 2], NORMAL);
    const [half] = graph.apply(scaleOp, [weight], { factor: 0.5 }, `${path}/half`);
    return graph.apply(matmulOp, [x, reshape(graph, half!, [4, 2])], {}, `${path}/product`)[0]!;
  });
  const { layers } = tapsOf([dense(4), shared, relu, tied, scaled]);
  expect(layers.map(({ name, weight, z, h, trunk }) => [name, weight.name, z.name, h.name, trunk])).toEqual([
    ['dense_1', 'dense_1/weight', 'dense_1/z', 'dense_1/z', true],
    ['common', 'common/weight', 'shared_1', 'relu_1', true],
    ['common:2', 'common/weight', 'tied_1', 'tied_1', true],
    ['scaled_1', 'scaled_1/weight', 'scaled_1/product', 'scaled_1/product', true],
  ]);
});

test('a product of data with data is no layer, nor is one that nobody reads', () => {
  const square = own('square', ({ graph, path, parameter }, x) => {
    graph.apply(matmulOp, [x, parameter('unread', [4, 4], NORMAL)], {}, `${path}/unread`);
    const [gram] = graph.apply(matmulOp, [x, x], { transposeB: true }, `${path}/gram`);
    return graph.apply(matmulOp, [gram!, x], {}, path)[0]!;
  });
  expect(told(tapsOf([dense(4), square, dense(3)]))).toEqual(['dense_1: dense_1/z', 'dense_2: dense_2/z (output)']);
});

test('two inputs have a trunk each until they join', () => {
  const graph = new Graph();
  const layer = (x: Value, name: string): Value => graph.apply(matmulOp, [x, graph.parameter(`${name}/weight`, [4, 4])], {}, name)[0]!;
  const [a, b] = [graph.input('a', [8, 4]), graph.input('b', [8, 4])];
  const left = graph.apply(addOp, [a, layer(a, 'branch')], {}, 'block')[0]!;
  const sum = graph.apply(addOp, [layer(left, 'left'), layer(b, 'right')], {}, 'sum')[0]!;
  const output = layer(sum, 'head');
  const taps = deriveTaps({ nodes: graph.nodes, inputs: [a, b], outputs: { output } });
  expect(told(taps)).toEqual(['input > branch: branch', '= block: block', 'left: left', 'right: right', 'head: head (output)']);
  const { layers, joins } = infoOf(taps);
  expect(layers.map(({ inputs }) => inputs)).toEqual([undefined, ['a'], ['b'], undefined]);
  expect(joins!.map(({ inputs }) => inputs)).toEqual([['a']]);
});

test('what a history says: which layers are on the trunk, and where branches leave', () => {
  const places = infoOf(tapsOf([dense(4), residual([dense(4), relu]), concat([[dense(2)], [dense(3)]]), dense(3)]));
  expect(places.layers.map(({ name, trunk, branchOf, residual }) => [name, trunk, branchOf, residual])).toEqual([
    ['dense_1', true, undefined, false],
    ['residual_1/dense_1', false, 'dense_1', true],
    ['concat_1/branch_1/dense_1', false, 'residual_1', false],
    ['concat_1/branch_2/dense_1', false, 'residual_1', false],
    ['dense_2', true, undefined, false],
  ]);
  expect(places.joins).toEqual([
    { name: 'residual_1', role: 'hidden', activation: 'linear', width: 4, after: 2 },
    { name: 'concat_1/joined', role: 'hidden', activation: 'linear', width: 5, after: 4 },
  ]);
  expect(infoOf(tapsOf([dense(4), dense(3)]))).not.toHaveProperty('joins');
});

test('a thousand blocks are no depth for it', () => {
  const { layers, joins } = tapsOf([dense(4), repeat(1000, [residual([relu, dense(4)])]), dense(3)]);
  expect([layers.length, joins.length]).toEqual([1002, 1000]);
  expect(layers.at(-2)).toMatchObject({ branchOf: 'residual_999' });
});

test('before a block that begins with batch norm, z is that of the layer and not that of the branch', () => {
  const random = new Random(5);
  const noise = (n: number): Float32Array => Float32Array.from({ length: n }, () => random.normal());
  const model = sequential([dense(16), residual([batchNorm(), relu, dense(16)]), dense(3)]);
  const options = { model, loss: mse(), optimizer: sgd({ learningRate: 0 }), features: 24, batchSize: 32 };
  const graph = new Graph();
  const initializers: Initializers = new Map();
  model.build(graph, graph.input('x', [32, 24]), 'train', initializers);
  const values = initialValuesOf(initializers, keyOf(1));
  const twin = new Twin(options, new Map([...initializers].map(([path, { shape }]) => [path, { shape, data: values.get(path)! }])));
  const x = noise(32 * 24);
  twin.run({ x, y: noise(32 * 3) });
  const [layer] = twin.step.taps.layers;
  // By hand: x W, the bias is 0 at the start.
  const weight = values.get('dense_1/weight')!;
  const product = Float64Array.from({ length: 32 * 16 }, (_, i) =>
    Array.from({ length: 24 }, (_k, k) => x[Math.floor(i / 16) * 24 + k]! * weight[k * 16 + (i % 16)]!).reduce((sum, v) => sum + v, 0),
  );
  const l2 = (data: Float64Array): number => computeStats(data).l2;
  expect(l2(twin.values.get(layer!.z)!.data)).toBeCloseTo(l2(product), 9);
  // Batch norm's output has the norm of sqrt(32 * 16) = 22.6 whatever the layer does.
  const inBranch = twin.graph.values.find(({ name }) => name === 'residual_1/batch_norm_1')!;
  expect(l2(twin.values.get(inBranch)!.data)).toBeCloseTo(22.6, 1);
  expect(l2(product)).toBeGreaterThan(28);
});
