// Wrong shapes fail where the graph is built, with a message that says where, what was expected and what came.
import { expect, test } from 'vitest';
import { ShapeError, UsageError } from '../../src/errors.ts';
import { Graph, type Value } from '../../src/graph/graph.ts';
import { activation, batchNorm, concat, dense, dropout, repeat, residual } from '../../src/nn/layers.ts';
import { elementwiseLoss, softmaxCrossEntropy } from '../../src/nn/losses.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { batchNormOp } from '../../src/ops/batch_norm.ts';
import { biasAddOp } from '../../src/ops/bias.ts';
import { concatOp } from '../../src/ops/concat.ts';
import { addOp } from '../../src/ops/elementwise.ts';
import { crossEntropyOp, elementwiseLossOp } from '../../src/ops/losses.ts';
import { matmulOp } from '../../src/ops/matmul.ts';
import { reshapeOp } from '../../src/ops/reshape.ts';
import { softmaxOp } from '../../src/ops/softmax.ts';
import { transposeOp } from '../../src/ops/strided.ts';

type Build = (graph: Graph, input: (...shape: number[]) => Value) => unknown;

const shapeErrors: [Build, string][] = [
  [
    (g, input) => g.apply(matmulOp, [input(32, 128), input(64, 10)], {}, '3.dense'),
    'matmul at 3.dense: inner sizes differ, 128 and 64 (a is [32, 128], b is [64, 10])',
  ],
  [
    (g, input) => g.apply(matmulOp, [input(32, 128), input(64, 10)], { transposeB: true }, 'y'),
    'matmul at y: inner sizes differ, 128 and 10 (a is [32, 128], b is [64, 10])',
  ],
  [(g, input) => g.apply(matmulOp, [input(2, 3, 4), input(4, 5)], {}, 'y'), 'matmul at y: expected 2 dimensions, got [2, 3, 4]'],
  [(g, input) => g.apply(addOp, [input(2, 3), input(3, 2)], {}, 'sum'), 'sum: expected two tensors of one shape, got [2, 3] and [3, 2]'],
  [(g, input) => g.apply(biasAddOp, [input(2, 3), input(4)], {}, 'z'), 'bias at z: expected x [rows, columns] and one bias per column, got [2, 3] and [4]'],
  [(g, input) => g.apply(softmaxOp, [input(5)], {}, 'p'), 'softmax at p: expected 2 dimensions, got [5]'],
  [
    (g, input) => g.apply(elementwiseLossOp, [input(4, 2), input(4, 1)], { loss: 'mse', params: {} }, 'loss'),
    'mse at loss: expected two tensors of one shape, got [4, 2] and [4, 1]',
  ],
  [
    (g, input) => g.apply(crossEntropyOp, [input(4, 10), input(4, 10)], { targets: 'index', smoothing: 0 }, 'loss'),
    'cross entropy at loss: expected class indices of shape [4, 1] for logits [4, 10], got [4, 10]',
  ],
  [
    (g, input) => g.apply(crossEntropyOp, [input(4, 10), input(4, 1)], { targets: 'probability', smoothing: 0 }, 'loss'),
    'cross entropy at loss: expected class probabilities of shape [4, 10] for logits [4, 10], got [4, 1]',
  ],
  [
    (g, input) => g.apply(batchNormOp, [input(4, 3), input(2), input(3)], { epsilon: 0 }, 'norm'),
    'batch norm at norm: expected one scale and shift per column, got [2] for x [4, 3]',
  ],
  [
    (g, input) => g.apply(concatOp, [input(4, 3), input(5, 3)], {}, 'both'),
    'concat at both: expected two tensors [rows, columns] of as many rows, got [4, 3] and [5, 3]',
  ],
  [(g, input) => g.apply(reshapeOp, [input(4, 3)], { shape: [5, 2] }, 'r'), 'reshape at r: [4, 3] has 12 elements, [5, 2] needs 10'],
  [(g, input) => g.apply(transposeOp, [input(4, 3)], { perm: [0, 0] }, 't'), 'transpose at t: expected an order of the 2 dimensions of [4, 3], got [0, 0]'],
  [
    (g, input) => sequential([dense(4)]).build(g, input(2, 3, 4), 'train', new Map()),
    '0.dense: expected [batch, features], got [2, 3, 4]: put flatten() before dense',
  ],
];

test.each(shapeErrors)('%#', (build, message) => {
  let inputs = 0;
  const graph = new Graph();
  const attempt = () => build(graph, (...shape) => graph.input(`x${inputs++}`, shape));
  expect(attempt).toThrow(ShapeError);
  expect(attempt).toThrow(message);
});

const usageErrors: [() => unknown, string][] = [
  [() => dense(0), 'dense: units: expected a positive integer, got 0'],
  [() => dense(2.5), 'dense: units: expected a positive integer, got 2.5'],
  [() => dense({ units: 3, l2: -1 }), 'dense: l2: expected a finite number of at least 0, got -1'],
  [() => dense({ units: 3, initial: { scheme: 'xavier' as 'constant' } }), 'dense: initial.scheme: expected one of he_normal, he_uniform, glorot_normal'],
  [() => activation('rellu' as 'relu'), 'activation: expected one of linear, relu'],
  [() => activation('relu', { alpha: 1 }), 'activation relu: unknown parameter alpha; it has none'],
  [() => dropout(1), 'dropout: rate must be below 1: nothing would be left'],
  [() => dropout(-0.1), 'dropout: rate: expected a finite number from 0 to 1, got -0.1'],
  [() => repeat(0, [dense(1)]), 'repeat: times: expected a positive integer, got 0'],
  [() => repeat(2, []), 'repeat: there are no layers to repeat'],
  [() => residual([]), 'residual: the branch has no layers'],
  [() => concat([[dense(1)]]), 'concat: expected two branches or more, got 1'],
  [() => batchNorm({ momentum: 2 }), 'batch_norm: momentum: expected a finite number from 0 to 1, got 2'],
  [() => sequential([]), 'sequential: there are no layers'],
  [() => sequential([activation('relu')]).outputWidth(3), 'sequential: a model needs at least one dense layer'],
  [() => softmaxCrossEntropy({ labelSmoothing: 1.5 }), 'softmax_cross_entropy: labelSmoothing: expected a finite number from 0 to 1, got 1.5'],
  [() => elementwiseLoss('l2' as 'mse'), 'loss: expected one of mse, mae, huber'],
  [() => elementwiseLoss('huber', { beta: 1 }), 'loss huber: unknown parameter beta; it has delta'],
];

test.each(usageErrors)('usage %#', (call, message) => {
  expect(call).toThrow(UsageError);
  expect(call).toThrow(message);
});
