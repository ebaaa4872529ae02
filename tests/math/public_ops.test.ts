// The functions of `fathom-webgpu/ops`: values by hand, gradients by central differences, and what is refused.
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../src/autodiff.ts';
import { DataError, ShapeError, UsageError } from '../../src/errors.ts';
import { Graph, type Value } from '../../src/graph/graph.ts';
import { layer, ones } from '../../src/nn/custom.ts';
import * as layers from '../../src/nn/layers.ts';
import { sequential } from '../../src/nn/sequential.ts';
import * as ops from '../../src/ops/public.ts';
import { Random } from '../../src/random.ts';
import { gradcheck, interpret, tensor64 } from '../../src/reference/index.ts';
import { sizeOf } from '../../src/shape.ts';
import { buildCase } from '../support/op_cases.ts';
import { ALL_PUBLIC_CASES } from '../support/public_cases.ts';

test.each(ALL_PUBLIC_CASES)('gradients of $name', (op) => {
  const { graph, output, inputs } = buildCase(op, { rows: 4, columns: 5 }, new Graph(), { rowsPerSample: 1 });
  const random = new Random(5);
  const upstream = tensor64(output.type.shape, () => random.normal());
  const results = gradcheck(graph, output, { inputs, upstream, step: 1e-4 });
  expect(results.length).toBeGreaterThan(0);
  for (const { value, error, index, autodiff, numeric } of results)
    expect(error, `${value.name}[${index}]: ${autodiff}, by differences ${numeric}`).toBeLessThan(1e-7);
});

/** What a function of x gives. */
function run(shape: readonly number[], data: readonly number[], f: (x: Value) => Value): { shape: readonly number[]; data: number[] } {
  const graph = new Graph();
  const y = f(graph.input('x', shape));
  const { data: seen } = interpret(graph, new Map([['x', tensor64(shape, data)]])).get(y)!;
  return { shape: y.type.shape, data: [...seen].map((value) => Number(value.toFixed(6))) };
}
const counted = (...shape: number[]): [number[], number[]] => [shape, Array.from({ length: sizeOf(shape) }, (_, i) => i + 1)];

const VALUES: readonly [string, (x: Value) => Value, readonly number[], readonly number[]][] = [
  ['add', (x) => ops.add(x, 2), [2, 3], [3, 4, 5, 6, 7, 8]],
  ['sub', (x) => ops.sub(1, x), [2, 3], [0, -1, -2, -3, -4, -5]],
  ['mul', (x) => ops.mul(-2, x), [2, 3], [-2, -4, -6, -8, -10, -12]],
  ['div', (x) => ops.div(12, x), [2, 3], [12, 6, 4, 3, 2.4, 2]],
  ['pow', (x) => ops.pow(x, 3), [2, 3], [1, 8, 27, 64, 125, 216]],
  ['maximum', (x) => ops.maximum(x, 3), [2, 3], [3, 3, 3, 4, 5, 6]],
  ['minimum', (x) => ops.minimum(3, x), [2, 3], [1, 2, 3, 3, 3, 3]],
  ['clip', (x) => ops.clip(x, { min: 2 }), [2, 3], [2, 2, 3, 4, 5, 6]],
  ['sum', (x) => ops.sum(x), [], [21]],
  ['sum of rows', (x) => ops.sum(x, -1), [2], [6, 15]],
  ['mean', (x) => ops.mean(x, 0, { keepDims: true }), [1, 3], [2.5, 3.5, 4.5]],
  ['max', (x) => ops.max(x, [0, 1]), [], [6]],
  ['min', (x) => ops.min(x, 0), [3], [1, 2, 3]],
  ['variance', (x) => ops.variance(x, -1), [2], [0.666667, 0.666667]],
  ['norm', (x) => ops.norm(x), [], [9.539392]],
  ['logSumExp', (x) => ops.logSumExp(x, -1), [2], [3.407606, 6.407606]],
  ['softmax', (x) => ops.softmax(x, 0), [2, 3], [0.047426, 0.047426, 0.047426, 0.952574, 0.952574, 0.952574]],
  ['groupNorm', (x) => ops.groupNorm(x, { groups: 3, eps: 1.25, bias: ops.tensor(x, [1, 2, 3]) }), [2, 3], [1, 2, 3, 1, 2, 3]],
  ['instanceNorm', (x) => ops.reshape(ops.instanceNorm(ops.reshape(x, [1, 2, 3]), { eps: 0 }), [2, 3]), [2, 3], [-1, -1, -1, 1, 1, 1]],
  ['rmsNorm', (x) => ops.rmsNorm(x, { eps: 0 }), [2, 3], [0.46291, 0.92582, 1.38873, 0.789542, 0.986928, 1.184313]],
  ['layerNorm', (x) => ops.layerNorm(x, { eps: 0 }), [2, 3], [-1.224745, 0, 1.224745, -1.224745, 0, 1.224745]],
  ['matmul', (x) => ops.matmul(x, ops.transpose(x)), [2, 2], [14, 32, 32, 77]],
  ['matmul of vectors', (x) => ops.matmul(ops.reshape(x, [6]), ops.reshape(x, [-1])), [], [91]],
  ['reshape', (x) => ops.reshape(x, [3, -1]), [3, 2], [1, 2, 3, 4, 5, 6]],
  ['slice', (x) => ops.slice(x, -1, -2), [2, 2], [2, 3, 5, 6]],
  ['slice by steps', (x) => ops.slice(x, 1, 0, 3, 2), [2, 2], [1, 3, 4, 6]],
  ['concat', (x) => ops.concat([x, x], 0), [4, 3], [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]],
  [
    'pad',
    (x) =>
      ops.pad(
        x,
        [
          [1, 0],
          [0, 1],
        ],
        9,
      ),
    [3, 4],
    [9, 9, 9, 9, 1, 2, 3, 9, 4, 5, 6, 9],
  ],
  ['broadcastTo', (x) => ops.broadcastTo(ops.slice(x, 1, 0, 1), [2, 2]), [2, 2], [1, 1, 4, 4]],
  ['mse', (x) => ops.mse(x, ops.mul(x, 2)), [2], [14 / 3, 77 / 3].map((value) => Number(value.toFixed(6)))],
  ['huber', (x) => ops.huber(x, ops.mul(x, 1.5)), [2], [0.541667, 2]],
  ['equal', (x) => ops.cast(ops.equal(x, 3), 'f32'), [2, 3], [0, 0, 1, 0, 0, 0]],
  ['where', (x) => ops.where(ops.greater(x, 3), x, ops.slice(x, 0, 0, 1)), [2, 3], [1, 2, 3, 4, 5, 6]],
  ['where of numbers, one of them infinite', (x) => ops.where(ops.less(x, 3), Number.NEGATIVE_INFINITY, 1), [2, 3], [-Infinity, -Infinity, 1, 1, 1, 1]],
  ['not and or', (x) => ops.cast(ops.where(ops.equal(ops.less(x, 5), 0), 1, ops.equal(x, 1)), 'f32'), [2, 3], [1, 0, 0, 0, 1, 1]],
  ['cast', (x) => ops.cast(ops.cast(ops.sub(x, 3.4), 'i32'), 'f32'), [2, 3], [-2, -1, 0, 0, 1, 2]],
  ['round', (x) => ops.round(ops.div(x, 2)), [2, 3], [0, 1, 2, 2, 2, 3]],
  ['floor', (x) => ops.floor(ops.div(x, -2)), [2, 3], [-1, -1, -2, -2, -3, -3]],
  ['ceil', (x) => ops.ceil(ops.div(x, 2)), [2, 3], [1, 1, 2, 2, 3, 3]],
  ['sign', (x) => ops.sign(ops.sub(x, 3)), [2, 3], [-1, -1, 0, 1, 1, 1]],
  ['std', (x) => ops.std(x, -1), [2], [0.816497, 0.816497]],
  ['argmax', (x) => ops.argmax(x, 0, { keepDims: true }), [1, 3], [1, 1, 1]],
  ['argmin', (x) => ops.argmin(ops.abs(ops.sub(x, 2.4))), [2], [1, 0]],
  ['cumsum', (x) => ops.cumsum(x), [2, 3], [1, 3, 6, 4, 9, 15]],
  ['cumsum of rows', (x) => ops.cumsum(x, 0), [2, 3], [1, 2, 3, 5, 7, 9]],
  ['tensor', (x) => ops.mul(x, ops.tensor(x, [[1], [-1]])), [2, 3], [1, 2, 3, -4, -5, -6]],
  ['a tensor of integers', (x) => ops.gather(x, ops.tensor(x, Int32Array.of(1, 0), { dtype: 'i32' })), [2, 3], [4, 5, 6, 1, 2, 3]],
  [
    'gather',
    (x) =>
      ops.gather(
        x,
        ops.tensor(
          x,
          [
            [2, 0],
            [0, 0],
          ],
          { dtype: 'i32' },
        ),
        -1,
      ),
    [2, 2, 2],
    [3, 1, 1, 1, 6, 4, 4, 4],
  ],
  [
    'gather of what is none',
    (x) => ops.gather(x, ops.tensor(x, [-1, 1, 2], { dtype: 'i32' })),
    [3, 3],
    [Number.NaN, Number.NaN, Number.NaN, 4, 5, 6, Number.NaN, Number.NaN, Number.NaN],
  ],
  ['oneHot', (x) => ops.oneHot(ops.tensor(x, [1, 3], { dtype: 'i32' }), 3), [2, 3], [0, 1, 0, Number.NaN, Number.NaN, Number.NaN]],
  [
    'klDivergence',
    (x) =>
      ops.klDivergence(
        x,
        ops.tensor(x, [
          [0, 0.5, 0.5],
          [1, 0, 0],
        ]),
      ),
    [2],
    [0.214459, 2.407606],
  ],
  ['an operand that is broadcast', (x) => ops.sub(x, ops.mean(x, -1, { keepDims: true })), [2, 3], [-1, 0, 1, -1, 0, 1]],
];
test.each(VALUES)('%s', (_name, f, shape, data) => {
  expect(run(...counted(2, 3), f)).toEqual({ shape, data });
});

test('what is broadcast is one op, and a bias is the second input on either side', () => {
  const graph = new Graph();
  const [x, bias, each] = [graph.input('x', [8, 3], { batch: true }), graph.parameter('bias', [3]), graph.input('each', [8, 1], { batch: true })];
  ops.add(x, bias);
  ops.add(bias, x);
  ops.div(each, x);
  expect(graph.nodes.map(({ op, inputs }) => [op.name, ...inputs.map(({ name }) => name)])).toEqual([
    ['add', 'x', 'bias'],
    ['add', 'x', 'bias'],
    ['divide', 'each', 'x'],
  ]);
});

test('within a layer a message names the layer', () => {
  const graph = new Graph();
  const model = sequential([layers.dense(3), layer('own', (x, { parameter }) => ops.sub(x, parameter('w', [8, 3], ones())))]);
  expect(() => model.build(graph, graph.input('x', [8, 3], { batch: true }), 'train', new Map())).toThrow(/^sub at own_1: axis 0 of \[8, 3\] counts samples/);
});

test('what is not chosen reaches nothing, and an index that is none has no gradient', () => {
  const graph = new Graph();
  const x = graph.input('x', [3]);
  const y = ops.where(ops.greater(x, 0), ops.log(x), 0);
  const table = graph.input('table', [2, 2]);
  const picked = ops.gather(table, ops.tensor(x, [1, 5, 1], { dtype: 'i32' }));
  const [dx, dt] = [differentiate(ops.sum(y)).get(x)!, differentiate(ops.sum(picked)).get(table)!];
  const values = interpret(
    graph,
    new Map([
      ['x', tensor64([3], [-1, 2, Number.NaN])],
      ['table', tensor64([2, 2], [1, 2, 3, 4])],
    ]),
  );
  expect([...values.get(y)!.data]).toEqual([0, Math.log(2), 0]);
  expect([...values.get(dx)!.data].map(Math.abs)).toEqual([0, 0.5, Number.NaN]);
  expect([...values.get(dt)!.data]).toEqual([0, 0, 2, 2]);
});

describe('refused', () => {
  const graph = new Graph();
  const x = graph.input('x', [8, 3], { batch: true });
  const labels = graph.input('labels', [8, 1], { batch: true, dtype: 'i32' });
  const other = new Graph().input('z', [8, 3], { batch: true });
  const square = graph.input('square', [4, 5]);
  const any = (value: unknown): Value => value as Value;
  test.each<[string, () => unknown, new (...args: never[]) => Error, string]>([
    ['a layer', () => ops.add(x, any(layers.dense(3))), UsageError, 'add: b: expected a value, got a dense layer'],
    ['a model', () => ops.relu(any(sequential([layers.dense(3)]))), UsageError, 'relu: x: expected a value, got a model'],
    ['a function', () => ops.mul(any(layers.dense), 2), UsageError, 'mul: a: expected a value of a graph, got a function'],
    ['nothing', () => ops.exp(any(undefined)), UsageError, 'exp: x: expected a value of a graph, got undefined'],
    ['an array', () => ops.concat([x, any([1, 2])]), UsageError, 'concat: values[1]: expected a value of a graph, got [1, 2]'],
    ['two numbers', () => ops.add(1, 2), UsageError, 'add: a: expected a value of a graph, got 1'],
    ['no number', () => ops.add(x, Number.NaN), UsageError, 'add: b: expected a finite number, got NaN'],
    ['a number of 64 bits', () => ops.add(x, 1e39), UsageError, 'add: b: expected a finite number, got 1e+39'],
    ['exchanged bounds', () => ops.clip(x, { min: 2, max: 1 }), UsageError, 'clip: expected a min of at most max, got 2 and 1'],
    ['an infinite factor', () => ops.mul(x, Number.POSITIVE_INFINITY), UsageError, 'mul: factor: expected a finite number, got Infinity'],
    ['two graphs', () => ops.matmul(x, other), UsageError, 'matmul: a and b belong to two graphs'],
    ['integers', () => ops.sub(labels, 1), ShapeError, 'sub: expected f32 elements in labels, got i32'],
    ['integers in a function of functions', () => ops.mse(labels, labels), ShapeError, 'mse: expected f32 elements in labels, got i32'],
    ['shapes', () => ops.mul(square, graph.input('five', [4])), ShapeError, 'mul: [4, 5] and [4] cannot be broadcast'],
    ['samples and rows', () => ops.sub(x, graph.input('rows', [8, 3])), ShapeError, 'sub: axis 0 of [8, 3] counts samples, and that of [8, 3] does not'],
    ['inner sizes', () => ops.matmul(x, square), ShapeError, 'matmul: expected a [..., m, k] and b [..., k, n] with one k, got [8, 3] and [4, 5]'],
    ['a sum over samples', () => ops.matmul(graph.input('eight', [4, 8]), x), ShapeError, 'matmul: b: axis 0 of [8, 3] counts samples'],
    ['an axis', () => ops.sum(x, 2), UsageError, 'sum: axis: expected an integer from -2 to 1 for [8, 3], got 2'],
    ['half an axis', () => ops.softmax(x, 0.5), UsageError, 'softmax: axis: expected an integer'],
    ['an axis twice', () => ops.mean(x, [1, -1]), UsageError, 'mean: axis: expected each axis once, got [1, -1]'],
    ['softmax over samples', () => ops.softmax(x, 0), ShapeError, 'softmax: axis 0 of [8, 3] counts samples'],
    ['concat of samples', () => ops.concat([x, x], 0), ShapeError, 'concat: axis 0 of [8, 3] counts samples'],
    ['an empty list', () => ops.concat([]), UsageError, 'concat: expected a list of values, got []'],
    ['concat of shapes', () => ops.concat([x, square]), ShapeError, 'concat: expected one shape but for axis -1, got [8, 3] and [4, 5]'],
    ['elements', () => ops.reshape(x, [8, 4]), ShapeError, 'reshape: [8, 3] has 24 elements, [8, 4] needs 32'],
    ['two open sizes', () => ops.reshape(x, [-1, -1]), UsageError, 'reshape: shape: expected positive sizes'],
    ['mixed samples', () => ops.reshape(x, [3, 8]), ShapeError, 'reshape: '],
    ['layer norm over samples', () => ops.layerNorm(x, { axis: 0 }), ShapeError, 'layerNorm: '],
    [
      'a mean alone',
      () => ops.batchNorm(x, { mean: ops.tensor(x, [1, 2, 3]) }),
      UsageError,
      'batchNorm: expected a mean and a variance or neither, got only a mean',
    ],
    ['groups', () => ops.groupNorm(x, { groups: 2 }), ShapeError, 'groupNorm: expected groups that divide the channels, got 2 for 3 of [8, 3]'],
    ['no groups', () => ops.groupNorm(x, {} as never), UsageError, 'groupNorm: '],
    ['no positions', () => ops.instanceNorm(x), ShapeError, 'instanceNorm: expected [batch, ..., channels] with at least 2 positions, got [8, 3]'],
    ['a weight', () => ops.layerNorm(x, { weight: square }), ShapeError, 'layerNorm: weight: expected [3] for x [8, 3], got [4, 5]'],
    ['an empty slice', () => ops.slice(x, 1, 2, 2), ShapeError, 'slice: expected bounds within axis 1 of [8, 3], start before end, got 2 to 2'],
    ['a slice of samples', () => ops.slice(x, 0, 0, 4), ShapeError, 'slice: axis 0 of [8, 3] counts samples'],
    ['a transpose of samples', () => ops.transpose(x), ShapeError, 'transpose: axis 0 of [8, 3] counts samples'],
    ['an order', () => ops.transpose(square, [0, 0]), ShapeError, 'transpose: '],
    ['padding', () => ops.pad(x, [[0, 1]]), UsageError, 'pad: padding: expected [before, after] for each axis of [8, 3], got [[0, 1]]'],
    ['a broadcast', () => ops.broadcastTo(square, [4]), ShapeError, 'broadcastTo: [4, 5] does not fit [4]'],
    ['a rate', () => ops.dropout(x, 1, { key: 0 }), UsageError, 'dropout: rate must be below 1'],
    ['targets', () => ops.mse(x, square), ShapeError, 'mse: expected output and target of one shape, got [8, 3] and [4, 5]'],
    ['labels', () => ops.crossEntropy(x, graph.input('wide', [8, 3], { batch: true, dtype: 'i32' })), ShapeError, 'crossEntropy: '],
    ['a condition of f32', () => ops.where(x, 1, 0), ShapeError, 'where: expected a condition of i32, as greater(x, 0) makes it, got f32'],
    ['branches of two types', () => ops.where(labels, labels, x), ShapeError, 'where: expected a and b of one element type, got i32 and f32'],
    ['a comparison of two types', () => ops.equal(labels, x), ShapeError, 'equal: expected a and b of one element type'],
    ['half a class', () => ops.equal(labels, 0.5), UsageError, 'equal: b: expected an integer'],
    ['NaN to choose', () => ops.where(labels, Number.NaN, 0), UsageError, 'where: a: expected a finite number, got NaN'],
    ['a type', () => ops.cast(x, 'f16' as never), UsageError, 'cast: dtype: expected one of f32, i32; got "f16"'],
    ['indices of f32', () => ops.gather(square, x), ShapeError, 'gather: expected i32 elements in x, got f32'],
    ['gather of samples', () => ops.gather(x, labels), ShapeError, 'gather: axis 0 of [8, 3] counts samples'],
    [
      'indices of samples along another axis',
      () => ops.gather(square, labels, 1),
      ShapeError,
      'gather: axis 0 of the indices [8, 1] counts samples: expected axis 0 of x [4, 5], got axis 1',
    ],
    ['classes', () => ops.oneHot(labels, 0), UsageError, 'oneHot: classes: expected a positive integer, got 0'],
    ['cumsum over samples', () => ops.cumsum(x, 0), ShapeError, 'cumsum: axis 0 of [8, 3] counts samples'],
    ['argmax of integers', () => ops.argmax(labels), ShapeError, 'argmax: expected f32 elements in labels, got i32'],
    ['ragged lists', () => ops.tensor(x, [[1, 2], [3]]), UsageError, 'tensor: values: expected lists of one length for [2, 2], got [3] where 2 belongs'],
    ['an empty tensor', () => ops.tensor(x, [[], []]), UsageError, 'tensor: values: expected numbers, got an empty list'],
    ['a tensor of text', () => ops.tensor(x, ['a'] as never), DataError, 'tensor: values[0]: expected a number, got "a"'],
    ['a tensor of halves as integers', () => ops.tensor(x, [0.5], { dtype: 'i32' }), DataError, 'tensor: values[0]: expected a whole number'],
    ['a parameter', () => ops.leakyRelu(x, -1), UsageError, 'leakyRelu: '],
    ['a bound', () => ops.clip(x, any({ low: 1 }) as never), UsageError, 'clip: '],
  ])('%s', (_name, call, kind, message) => {
    expect(call).toThrow(kind);
    expect(call).toThrow(new RegExp(`^${message.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`));
    // Nothing is left of it but what was made for its arguments.
    expect(graph.nodes.filter(({ op }) => op.name !== 'tensor')).toEqual([]);
    expect(graph.values.filter(({ origin }) => origin === 'node')).toHaveLength(graph.nodes.length);
    expect(graph.values.every(({ id }, i) => id === i)).toBe(true);
  });
});

test('an op that was refused leaves the ones before it', () => {
  const graph = new Graph();
  const [x, y] = [graph.input('x', [2, 3]), graph.input('y', [2, 3])];
  const sum = ops.add(x, y);
  expect(() => ops.std(sum, 5)).toThrow('std: axis');
  expect(() => ops.hinge(sum, graph.input('z', [4]))).toThrow('hinge: ');
  expect(graph.nodes.map(({ op }) => op.name)).toEqual(['add']);
  expect(ops.relu(sum).id).toBe(graph.values.length - 1);
});

test('a value handed where a layer belongs', () => {
  const x = new Graph().input('x', [8, 3], { batch: true });
  const given = x as never;
  for (const [call, where] of [
    [() => sequential([given]), 'sequential: layers[0]: expected a layer'],
    [() => sequential(given), 'sequential: expected a list of layers'],
    [() => layers.add(given), 'add: expected two branches or more'],
    [() => layers.concat([given, given]), 'concat: expected two branches or more'],
    [() => layers.residual(given), 'residual: expected a list of layers'],
  ] as const) {
    expect(call).toThrow(UsageError);
    expect(call).toThrow(`${where}, got the value x: functions of that name in fathom-webgpu/ops take values`);
  }
});
