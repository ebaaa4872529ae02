// Fusing changes what is dispatched, never what is computed: the fused list of nodes, interpreted in float64, gives the same numbers.
import { expect, test } from 'vitest';
import { ShapeError } from '../../src/errors.ts';
import { Graph, type Node, type Value } from '../../src/graph/graph.ts';
import type { Fusion, FusionContext } from '../../src/graph/op.ts';
import { verify } from '../../src/graph/verify.ts';
import { activity } from '../../src/inspect/activity.ts';
import { norms } from '../../src/inspect/norms.ts';
import type { Layer } from '../../src/nn/layer.ts';
import {
  activation,
  batchNorm,
  concat,
  conv2d,
  convTranspose2d,
  dense,
  dropout,
  flatten,
  repeat,
  reshape as reshapeTo,
  residual,
} from '../../src/nn/layers.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { activationAttrs, activationOp } from '../../src/ops/activations.ts';
import { denseInputGradOp, denseOp, denseWeightGradsOp } from '../../src/ops/dense.ts';
import { addOp, scaleOp } from '../../src/ops/elementwise.ts';
import { fusionsFor } from '../../src/ops/fusions.ts';
import { matmulOp } from '../../src/ops/matmul.ts';
import { fillPadding } from '../../src/ops/padding.ts';
import { reshape } from '../../src/ops/reshape.ts';
import { Random } from '../../src/random.ts';
import { createInterpreterState, type InterpreterState, interpretStep, maxAbs, type Tensor64, tensor64 } from '../../src/reference/index.ts';
import { fuse } from '../../src/scheduler/fuse.ts';
import { prune } from '../../src/scheduler/prune.ts';
import { schedule } from '../../src/scheduler/schedule.ts';
import { batch, f32 } from '../../src/shape.ts';
import { onHalfRows, onMean, SWIFTSHADER, stepGraph, turned } from '../support/models.ts';

const models: [string, (Layer | readonly Layer[])[]][] = [
  ['dense layers', [repeat(4, [dense(6), activation('relu')]), dense(3)]],
  ['activations that keep z', [repeat(3, [dense(6), activation('gelu')]), dense(3)]],
  ['no bias', [dense({ units: 6, bias: false }), activation('tanh'), dense({ units: 3, bias: false })]],
  ['residual blocks, activation first', [dense(6), repeat(2, [residual([activation('silu'), dense(6)])]), dense(3)]],
  ['a shortcut with a weight', [residual([dense(7), activation('relu')]), dense(3)]],
  ['a shortcut with a weight beside a branch without an activation', [residual([dense(7)]), dense(3)]],
  ['batch norm and dropout', [dense(6), batchNorm(), activation('relu'), dropout(0.5), dense(6), batchNorm(), activation('gelu'), dense(3)]],
  ['reshapes in between', [dense(6), turned, activation('gelu'), turned, dense(8), turned, batchNorm(), turned, activation('relu'), turned, dense(3)]],
  [
    'layers with other numbers of rows',
    [dense(8), onHalfRows([dense(4), activation('tanh'), dense(4)]), dense(8), onHalfRows([onHalfRows([dense(2)])]), dense(3)],
  ],
  [
    'convolutions and transposed ones',
    [
      reshapeTo({ shape: [1, 5, 1] }),
      conv2d({ filters: 4, kernelSize: [1, 3] }),
      activation('gelu'),
      convTranspose2d({ filters: 4, kernelSize: [1, 2], stride: [1, 2] }),
      activation('tanh'),
      convTranspose2d({ filters: 4, kernelSize: [2, 1] }),
      activation('silu'),
      flatten(),
      dense(3),
    ],
  ],
  ['branches', [concat([[dense(4), activation('relu')], [dense(3)]]), dense(3)]],
];

function fused(nodes: readonly Node[], targets: ReadonlySet<Value>, pinned: ReadonlySet<Value> = new Set()): Node[] {
  const pruned = prune(nodes, targets);
  return fuse(pruned, fusionsFor(pruned), targets, pinned).nodes;
}

test.each(models)('a whole step: %s', (_name, layers) => {
  const step = stepGraph(sequential(layers), {
    probes: { activity: activity(), every: 1, tensors: ['z', 'h', 'delta', 'weight_gradient', 'weight', 'update'], norms: norms({ every: 1 }) },
  });
  const { graph, gradientSlots } = step;
  const random = new Random(11);
  const parameters = new Map(graph.values.filter((v) => v.origin === 'parameter').map((v) => [v.name, tensor64(v.type.shape, () => 0.5 * random.normal())]));
  const buffers = new Map(graph.values.filter((v) => v.origin === 'buffer').map((v) => [v.name, tensor64(v.type.shape, () => 0.5)]));
  const inputs = new Map<string, Tensor64>([
    ['x', tensor64([8, 5], () => random.normal())],
    ['y', tensor64([8, 1], (i) => i % 3)],
  ]);
  const world = (): InterpreterState =>
    createInterpreterState(graph.values, { parameters, buffers, gradientSlots, datasetSize: 7, batch: 8, learningRateAt: () => 0.1 });
  const targets = new Set<Value>([...gradientSlots.keys(), step.losses]);
  const watched = graph.nodes.filter((node) => node.op.sampleEvery).flatMap((node) => node.inputs);
  const list = fused(graph.nodes, targets, new Set(gradientSlots.keys()));
  expect(list.length).toBeLessThan(prune(graph.nodes, targets).length);

  const [plain, quick] = [world(), world()];
  const values = interpretStep(graph, plain, inputs);
  const again = interpretStep(graph, quick, inputs, list);
  for (const value of new Set([...targets, ...watched])) {
    const [expected, got] = [values.get(value)!.data, again.get(value)!.data];
    const scale = maxAbs(expected) || 1;
    expected.forEach((v, i) => expect(Math.abs(v - got[i]!) / scale, `${value.name}[${i}]`).toBeLessThan(1e-12));
  }
  expect(quick.run.norm).toBeCloseTo(plain.run.norm, 12);
  expect(quick.run.loss).toBeCloseTo(plain.run.loss, 12);
  expect(quick.moments).toEqual(plain.moments);
  for (const [path, tensor] of plain.arenas.get('parameters')!)
    quick.arenas
      .get('parameters')!
      .get(path)!
      .data.forEach((v, i) => expect(v).toBeCloseTo(tensor.data[i]!, 12));
});

test('one layer with another number of rows leaves the weight gradients of the others grouped', () => {
  const count = (middle: Layer, normed = true): { dispatches: number; grouped: number; norms: number } => {
    const model = sequential([repeat(5, [dense(8), activation('relu')]), middle, repeat(5, [dense(8), activation('relu')]), dense(3)]);
    const step = stepGraph(model, normed ? { probes: { tensors: [], norms: norms({ every: 1 }) } } : {});
    const { dispatches } = schedule(step.graph, { capabilities: SWIFTSHADER, gradientSlots: step.gradientSlots, retain: [step.losses] });
    const of = (name: string): number => dispatches.filter(({ kernel }) => kernel === name).length;
    return { dispatches: dispatches.length, grouped: of('dense_weight_grads_quad'), norms: of('segment_norm') };
  };
  const usual = count(dense(8));
  expect(usual).toMatchObject({ grouped: 1, norms: 1 });
  expect(count(onHalfRows([dense(4)]))).toEqual({ dispatches: usual.dispatches + 1, grouped: 2, norms: 1 });
  // A gradient that cannot be grouped, because the rows are no multiple of 4 there, has its norm from chunks.
  expect(count(onMean([dense(8)]))).toMatchObject({ grouped: 1, norms: 2 });
});

/** x W + b with readers of z in every order: the fused list must still compute before it uses. */
test.each([0, 1, 2])('z has another reader at place %i', (place) => {
  const graph = new Graph();
  const x = graph.input('x', [4, 4]);
  const product = graph.apply(matmulOp, [x, graph.parameter('w', [4, 4])], {}, 'product')[0]!;
  const z = graph.apply(addOp, [product, graph.parameter('b', [4])], {}, 'z')[0]!;
  const readers = [
    () => graph.apply(scaleOp, [z], { factor: 2 }, 'other')[0]!,
    () => graph.apply(activationOp, [z], activationAttrs('relu'), 'h')[0]!,
    () => graph.apply(addOp, [z, x], {}, 'sum')[0]!,
  ];
  const outputs = [...readers.slice(place), ...readers.slice(0, place)].map((reader) => reader());
  const nodes = fused(graph.nodes, new Set(outputs));
  verify(nodes, 'all passes');
  expect(nodes.map((node) => node.op.name)).toContain('dense');
});

test('a value that is used before it is computed is caught, with the pass that did it', () => {
  const graph = new Graph();
  const y = graph.apply(scaleOp, [graph.input('x', [1])], { factor: 2 }, 'y')[0]!;
  const z = graph.apply(scaleOp, [y], { factor: 2 }, 'z')[0]!;
  const turned = { name: 'turn', rewrite: (nodes: readonly Node[]) => ({ nodes: [...nodes].reverse(), fused: [] }) };
  expect(() => fuse(graph.nodes, [turned], new Set([z]))).toThrow('after turn: z (scale) uses y before it is computed');
});

test('a node that a pass makes has the outputs that its op infers', () => {
  const graph = new Graph();
  const x = graph.input('x', [2, 3]);
  const y = graph.apply(scaleOp, [x], { factor: 2 }, 'y')[0]!;
  const wide: Value = { ...y, type: { ...y.type, shape: [3, 2] } };
  const made = (by: (node: Node, context: FusionContext) => Node): Fusion => ({
    name: 'widen',
    rewrite: ([node], context) => ({ nodes: [by(node!, context)], fused: [] }),
  });
  const message = 'after widen: y (scale) makes f32 [2, 3], but its outputs are f32 [3, 2]';
  expect(() => fuse(graph.nodes, [made((node) => ({ ...node, outputs: [wide] }))], new Set([wide]))).toThrow(message);
  expect(() =>
    fuse(graph.nodes, [made(({ op, attrs, ...rest }, context) => context.node(op, [x], attrs, { ...rest, outputs: [wide] }))], new Set([wide])),
  ).toThrow(message);
  const none = made((node) => ({ ...node, outputs: [] }));
  expect(() => fuse(graph.nodes, [none], new Set())).toThrow('after widen: y (scale) makes f32 [2, 3], but its outputs are nothing');
});

test('fused nodes infer what they make, by themselves', () => {
  const product = { transposeB: true };
  const keep = { storeZ: true, observers: [] };
  const shapes = [
    [8, 4],
    [2, 16],
  ];
  const dense = { activation: activationAttrs('relu'), product, shapes, ...keep };
  expect(denseOp.infer([batch(8, 6), f32(4, 6), f32(4)], dense, 'a')).toEqual([batch(8, 4), { ...f32(2, 16) }]);
  expect(() => denseOp.infer([batch(8, 6), f32(4, 6), f32(3)], dense, 'a')).toThrow('dense at a: expected a bias per column of [8, 4], got [3]');
  expect(() => denseOp.infer([batch(8, 6), f32(4, 5), f32(4)], dense, 'a')).toThrow(ShapeError);
  expect(denseInputGradOp.infer([batch(8, 6), f32(4, 6), batch(16, 2)], { activation: activationAttrs('relu'), product, shape: [16, 2] }, 'a')).toEqual([
    { ...batch(16, 2), rowsPerSample: 2 },
  ]);
  expect(() => denseInputGradOp.infer([batch(8, 6), f32(4, 6)], { activation: activationAttrs('relu'), product, shape: [8] }, 'a')).toThrow(
    'dense_input_grad at a: expected the elements of [8, 4], got [8]',
  );
  expect(() => denseWeightGradsOp.infer([batch(8, 6), batch(4, 3)], { biases: [true] }, 'a')).toThrow(ShapeError);
});

test('a dense layer whose input was filled for nothing is fused all the same', () => {
  for (const left of [true, false]) {
    const graph = new Graph();
    const x = fillPadding(graph, graph.input('x', [8, 4], { batch: true, padding: 'zero' }), 0);
    const product = graph.apply(matmulOp, left ? [x, graph.parameter('w', [4, 4])] : [graph.parameter('w', [4, 8]), x], {}, 'product')[0]!;
    const z = graph.apply(addOp, [product, graph.parameter('b', [4])], {}, 'z')[0]!;
    const h = graph.apply(activationOp, [reshape(graph, z, [1, left ? 32 : 16])], activationAttrs('relu'), 'h')[0]!;
    const { dispatches } = schedule(graph, { capabilities: SWIFTSHADER, retain: [h] });
    expect(dispatches.map(({ kernel }) => kernel)).toEqual(['matmul']);
  }
});
