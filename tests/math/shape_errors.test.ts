// Wrong shapes fail where the graph is built, with a message that says where, what was expected and what came.
import { expect, test } from 'vitest';
import { ShapeError, UsageError } from '../../src/errors.ts';
import { Graph, type Value } from '../../src/graph/graph.ts';
import type { Layer } from '../../src/nn/layer.ts';
import { activation, add, batchNorm, concat, dense, dropout, repeat, residual } from '../../src/nn/layers.ts';
import { huber, LOSSES, mse, softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { softmaxAlong } from '../../src/ops/along.ts';
import { batchNormOp } from '../../src/ops/batch_norm.ts';
import { broadcastOp } from '../../src/ops/broadcast.ts';
import { concatOp } from '../../src/ops/concat.ts';
import { addOp } from '../../src/ops/elementwise.ts';
import { crossEntropyOp, elementwiseLossOp } from '../../src/ops/losses.ts';
import { matmulOp } from '../../src/ops/matmul.ts';
import { reshapeOp } from '../../src/ops/reshape.ts';
import { padOp, sliceOp, transposeOp } from '../../src/ops/strided.ts';
import { stepGraph } from '../support/models.ts';

type Build = (graph: Graph, input: (...shape: number[]) => Value) => unknown;

const shapeErrors: [Build, string][] = [
  [
    (g, input) => g.apply(matmulOp, [input(32, 128), input(64, 10)], {}, 'dense_3'),
    'matmul at dense_3: inner sizes differ, 128 and 64 (a is [32, 128], b is [64, 10])',
  ],
  [
    (g, input) => g.apply(matmulOp, [input(32, 128), input(64, 10)], { transposeB: true }, 'y'),
    'matmul at y: inner sizes differ, 128 and 10 (a is [32, 128], b is [64, 10])',
  ],
  [(g, input) => g.apply(matmulOp, [input(4), input(4, 5)], {}, 'y'), 'matmul at y: expected at least 2 dimensions, got [4]'],
  [(g, input) => g.apply(addOp, [input(2, 3), input(3, 2)], {}, 'sum'), 'add at sum: [2, 3] and [3, 2] cannot be broadcast to one shape: 2 and 3 differ'],
  [(g, input) => g.apply(addOp, [input(2, 3), input(4)], {}, 'z'), 'add at z: [2, 3] and [4] cannot be broadcast to one shape: 3 and 4 differ'],
  [
    (g, input) => g.apply(elementwiseLossOp, [input(4, 2), input(4, 1)], { entry: LOSSES.mse.entry, params: {} }, 'loss'),
    'mse at loss: expected two tensors of one shape, got [4, 2] and [4, 1]',
  ],
  [
    (g, input) => g.apply(crossEntropyOp, [input(4, 10), input(4, 10)], { targets: 'index', smoothing: 0 }, 'loss'),
    'cross_entropy at loss: expected class indices, i32 [4, 1] for logits [4, 10], got f32 [4, 10]',
  ],
  [
    (g, input) => g.apply(crossEntropyOp, [input(4, 10), input(4, 1)], { targets: 'probability', smoothing: 0 }, 'loss'),
    'cross_entropy at loss: expected class probabilities, f32 [4, 10] for logits [4, 10], got f32 [4, 1]',
  ],
  [
    (g, input) => g.apply(batchNormOp, [input(4, 3), input(2), input(3)], { epsilon: 0 }, 'norm'),
    'batch norm at norm: expected one scale and shift per column, got [2] for x [4, 3]',
  ],
  [
    (g, input) => g.apply(concatOp, [input(4, 3), input(5, 3)], { axis: 1 }, 'both'),
    'concat at both: expected one shape but for axis 1, got [4, 3] and [5, 3]',
  ],
  [(g, input) => g.apply(reshapeOp, [input(4, 3)], { shape: [5, 2] }, 'r'), 'reshape at r: [4, 3] has 12 elements, [5, 2] needs 10'],
  [(g, input) => g.apply(transposeOp, [input(4, 3)], { perm: [0, 0] }, 't'), 'transpose at t: expected an order of the 2 dimensions of [4, 3], got [0, 0]'],
  [(g, input) => g.apply(addOp, [g.input('labels', [2, 3], { dtype: 'i32' }), input(2, 3)], {}, 'sum'), 'add at sum: expected f32 elements in labels, got i32'],
];

/** What would mix samples with the padding behind them. */
const batchErrors: [Build, string][] = [
  [
    (g, x) => g.apply(addOp, [x(4, 3), g.input('c', [4, 3])], {}, 'sum'),
    'add at sum: axis 0 of [4, 3] counts samples, and that of [4, 3] does not: give it a size of 1',
  ],
  [(g, x) => g.apply(matmulOp, [x(4, 3), x(4, 2)], { transposeA: true }, 'y'), 'matmul at y, a: axis 0 of [4, 3] counts samples'],
  [(g, x) => g.apply(matmulOp, [g.input('w', [2, 4]), x(4, 3)], {}, 'y'), 'matmul at y, b: axis 0 of [4, 3] counts samples'],
  [(g, x) => g.apply(transposeOp, [x(4, 3)], { perm: [1, 0] }, 't'), 'transpose at t: axis 0 of [4, 3] counts samples'],
  [(g, x) => g.apply(reshapeOp, [x(4, 3)], { shape: [2, 6] }, 'r'), 'reshape at r: axis 0 of [4, 3] counts 4 samples, which a row of [2, 6] would mix'],
  [(g, x) => g.apply(sliceOp, [x(4, 3)], { starts: [1, 0], steps: [1, 1], shape: [3, 3] }, 's'), 'slice at s: axis 0 of [4, 3] counts samples'],
  [(g, x) => g.apply(padOp, [x(4, 3)], { starts: [1, 0], steps: [1, 1], shape: [6, 3], value: 0 }, 'p'), 'pad at p: axis 0 of [4, 3] counts samples'],
  [(g, x) => g.apply(broadcastOp, [x(4, 3)], { shape: [2, 4, 3] }, 'b'), 'broadcast at b: axis 0 of [4, 3] counts samples'],
  [(g, x) => g.apply(concatOp, [x(4, 3), x(4, 3)], { axis: 0 }, 'both'), 'concat at both: axis 0 of [4, 3] counts samples'],
  [(g, x) => g.apply(concatOp, [x(4, 3), g.input('c', [4, 2])], { axis: 1 }, 'both'), 'concat at both: axis 0 counts samples in one of two tensors'],
  [(g, x) => softmaxAlong(g, x(4, 3), 0), 'softmax: axis 0 of [4, 3] counts samples'],
];

test.each(batchErrors)('%# of a batch', (build, message) => {
  let inputs = 0;
  const graph = new Graph();
  const attempt = () => build(graph, (...shape) => graph.input(`x${inputs++}`, shape, { batch: true }));
  expect(attempt).toThrow(ShapeError);
  expect(attempt).toThrow(message);
});

test.each(shapeErrors)('%#', (build, message) => {
  let inputs = 0;
  const graph = new Graph();
  const attempt = () => build(graph, (...shape) => graph.input(`x${inputs++}`, shape));
  expect(attempt).toThrow(ShapeError);
  expect(attempt).toThrow(message);
});

test('layers that add up branches do not broadcast them', () => {
  const graph = new Graph();
  const build = (layer: Layer) => () => sequential([layer]).build(graph, graph.input('x', [4, 3], { batch: true }), 'train', new Map());
  expect(build(add([[dense(5)], [dense(1)]]))).toThrow('add at add_1/sum: expected two tensors of one shape, got [4, 5] and [4, 1]');
});

const usageErrors: [() => unknown, string][] = [
  [() => dense(0), 'dense: units: expected a positive integer, got 0'],
  [() => dense(2.5), 'dense: units: expected a positive integer, got 2.5'],
  [() => dense({ units: 3, l2: -1 }), 'dense: l2: expected a number of at least 0, got -1'],
  [
    () => dense({ units: 3, initializer: { scheme: 'xavier' as 'constant' } }),
    'dense: initializer.scheme: expected one of he_normal, he_uniform, glorot_normal',
  ],
  [() => activation('rellu' as 'relu'), 'activation: expected one of linear, relu'],
  [() => activation('relu', { alpha: 1 }), 'relu: unknown option alpha; it has none'],
  [() => dropout(1), 'dropout: rate: expected a number of at least 0 and below 1, got 1'],
  [() => dropout(-0.1), 'dropout: rate: expected a number of at least 0 and below 1, got -0.1'],
  [() => repeat(0, [dense(1)]), 'repeat: times: expected a positive integer, got 0'],
  [() => repeat(2, []), 'repeat: there are no layers'],
  [() => residual([]), 'residual: there are no layers'],
  [() => concat([[dense(1)]]), 'concat: expected two branches or more, got 1'],
  [() => batchNorm({ momentum: 2 }), 'batch_norm: momentum: expected a number from 0 to 1, got 2'],
  [() => sequential([]), 'sequential: there are no layers'],
  [() => stepGraph(sequential([activation('relu')])), 'sequential: a model needs at least one layer with weights'],
  [() => softmaxCrossEntropy({ labelSmoothing: 1.5 }), 'softmaxCrossEntropy: labelSmoothing: expected a number of at least 0 and below 1, got 1.5'],
  [() => mse({ delta: 1 } as never), 'mse: unknown option delta; it has none'],
  [() => huber({ beta: 1 } as never), 'huber: unknown option beta; it has delta'],
];

test.each(usageErrors)('usage %#', (call, message) => {
  expect(call).toThrow(UsageError);
  expect(call).toThrow(message);
});
