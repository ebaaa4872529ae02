// One or more examples of every function of `fathom-webgpu/ops`. One without an example does not compile.
import type { Graph, Value } from '../../src/graph/graph.ts';
import * as ops from '../../src/ops/public.ts';
import type { Random } from '../../src/random.ts';
import type { TensorType } from '../../src/shape.ts';
import { normal, type OpCase } from './op_cases.ts';

/** What a case computes from x [samples, 3, columns] of a batch. */
type Of = (x: Value, weights: (name: string, shape: readonly number[]) => Value, graph: Graph) => Value;

/** Apart from each other, so that no two are the same extreme, and positive. */
const positive = (_random: Random, index: number): number => 0.3 + ((index * 37) % 101) / 40;

const one = (name: string, of: Of, more: Partial<OpCase> & { fill?: typeof positive } = {}): OpCase => ({
  name,
  build: (graph, { rows, columns }, input) =>
    of(input('x', [rows, 3, columns], more.fill ?? normal, 'samples'), (path, shape) => input(path, shape, more.fill ?? normal), graph),
  ...more,
});

const unary = (name: string, f: (x: Value) => Value): OpCase[] => [one(`ops ${name}`, f, { fill: positive })];

const binary = (name: string, f: (a: ops.Operand, b: ops.Operand) => Value): OpCase[] => [
  one(`ops ${name} of a batch and features`, (x, w) => f(x, w('b', [x.type.shape[2]!])), { fill: positive }),
  one(`ops ${name} of one row and a batch`, (x, w) => f(w('b', [1, 3, 1]), x), { fill: positive }),
  one(`ops ${name} with a number`, (x) => f(x, 1.7101), { fill: positive }),
  one(`ops ${name} of a number`, (x) => f(1.7101, x), { fill: positive }),
];

type Reduce = (x: Value, axis?: ops.Axes, options?: ops.ReduceOptions) => Value;
const reduction = (name: string, f: Reduce): OpCase[] => [
  one(`ops ${name} over all`, (x) => f(x), { fill: positive }),
  one(`ops ${name} over samples`, (x) => f(x, 0), { fill: positive }),
  one(`ops ${name} over samples and features`, (x) => f(x, [0, -1], { keepDims: true }), { fill: positive }),
  one(`ops ${name} over the middle`, (x) => f(x, 1), { fill: positive }),
];

/** A loss of x and targets, both of the batch; gradients go to both. */
const loss = (name: string, f: (output: Value, target: Value) => Value, targets: (type: TensorType) => TensorType = (type) => type): OpCase[] => [
  one(`ops ${name}`, (x, _w, graph) => f(x, graph.input('targets', targets(x.type)))),
];

/** Indices or a mask beside x, of the batch; no gradient is taken of them. */
const beside = (graph: Graph, x: Value, shape = x.type.shape): Value => graph.input('targets', { shape, dtype: 'i32', rowsPerSample: x.type.rowsPerSample });
/** What a mask chooses: x and -x. */
const comparison = (name: string, f: (a: ops.Operand, b: ops.Operand) => Value): OpCase[] => [
  one(`ops ${name} of a batch and features`, (x, w) => ops.where(f(x, ops.mul(w('b', [features(x)]), 1.0037)), x, ops.neg(x)), { fill: positive }),
  one(`ops ${name} of a number`, (x) => ops.where(f(1.7101, x), x, ops.neg(x)), { fill: positive }),
];

const features = (x: Value): number => ops.last(x);

/** x as images of one row: [samples, 1, 3, columns]. */
const images = (x: Value): Value => ops.reshape(x, [x.type.shape[0]!, 1, 3, features(x)]);

/** x as sequences of three: [samples, 3, columns]. */
const sequences = (x: Value): Value => ops.reshape(x, [x.type.shape[0]!, 3, features(x)]);

export const PUBLIC_CASES: Record<keyof typeof ops, readonly OpCase[]> = {
  conv2d: [
    one('ops conv2d', (x, w) => ops.conv2d(images(x), w('w', [1, 2, features(x), 4]), { padding: 'same' })),
    one('ops conv2d by strides', (x, w) => ops.conv2d(images(x), w('w', [3, 1, features(x), 2]), { padding: [1, 0], stride: [1, 2], dilation: 1, groups: 1 })),
  ],
  conv1d: [
    one('ops conv1d', (x, w) => ops.conv1d(sequences(x), w('w', [2, features(x), 4]), { padding: 'same' })),
    one('ops conv1d by strides', (x, w) => ops.conv1d(sequences(x), w('w', [3, features(x), 2]), { padding: 1, stride: 2 })),
  ],
  convTranspose2d: [
    one('ops convTranspose2d', (x, w) => ops.convTranspose2d(images(x), w('w', [2, 2, 4, features(x)]), { stride: 2 })),
    one('ops convTranspose2d cut', (x, w) =>
      ops.convTranspose2d(images(x), w('w', [3, 2, 2, features(x)]), { stride: [1, 2], padding: [1, 0], outputPadding: [0, 1] }),
    ),
  ],
  upsample2d: [
    one('ops upsample2d', (x) => ops.upsample2d(images(x), { scaleFactor: [2, 3] })),
    one('ops upsample2d bilinear', (x) => ops.upsample2d(images(x), { scaleFactor: 2, mode: 'bilinear', alignCorners: true })),
  ],
  maxPool2d: [one('ops maxPool2d', (x) => ops.maxPool2d(images(x), { kernelSize: [1, 2], stride: 1 }), { fill: positive })],
  avgPool2d: [one('ops avgPool2d', (x) => ops.avgPool2d(images(x), { kernelSize: [1, 3], padding: [0, 1], countIncludePad: false }))],
  globalAvgPool2d: [one('ops globalAvgPool2d', (x) => ops.globalAvgPool2d(images(x)))],
  add: binary('add', ops.add),
  sub: binary('sub', ops.sub),
  mul: binary('mul', ops.mul),
  div: binary('div', ops.div),
  pow: [...binary('pow', ops.pow), one('ops pow 2', (x) => ops.pow(x, 2))],
  maximum: binary('maximum', ops.maximum),
  minimum: binary('minimum', ops.minimum),
  equal: comparison('equal', ops.equal),
  notEqual: comparison('notEqual', ops.notEqual),
  less: comparison('less', ops.less),
  lessEqual: comparison('lessEqual', ops.lessEqual),
  greater: comparison('greater', ops.greater),
  greaterEqual: comparison('greaterEqual', ops.greaterEqual),
  where: [
    one('ops where by a mask', (x, w, graph) => ops.where(beside(graph, x), x, w('b', [features(x)]))),
    one('ops where by a mask, of numbers', (x, _w, graph) => ops.mul(x, ops.where(beside(graph, x), 2, -1))),
    one('ops where by a mask of features', (x, _w, graph) => ops.where(graph.input('targets', [features(x)], { dtype: 'i32' }), x, 0)),
  ],
  cast: [one('ops cast of an index', (x, _w, graph) => ops.mul(x, ops.cast(beside(graph, x), 'f32')))],
  neg: unary('neg', ops.neg),
  exp: unary('exp', ops.exp),
  log: unary('log', ops.log),
  log1p: unary('log1p', ops.log1p),
  sqrt: unary('sqrt', ops.sqrt),
  rsqrt: unary('rsqrt', ops.rsqrt),
  abs: unary('abs', ops.abs),
  square: unary('square', ops.square),
  sign: unary('sign', (x) => ops.mul(x, ops.sign(x))),
  floor: unary('floor', (x) => ops.sub(x, ops.floor(x))),
  ceil: unary('ceil', (x) => ops.sub(x, ops.ceil(x))),
  round: unary('round', (x) => ops.sub(x, ops.round(x))),
  stopGradient: [],
  clip: [one('ops clip', (x) => ops.clip(x, { min: 0.5111, max: 1.5111 }), { fill: positive })],
  relu: unary('relu', ops.relu),
  leakyRelu: unary('leakyRelu', (x) => ops.leakyRelu(ops.neg(x), 0.2)),
  elu: unary('elu', (x) => ops.elu(ops.neg(x), 1.2)),
  selu: unary('selu', ops.selu),
  gelu: unary('gelu', ops.gelu),
  silu: unary('silu', ops.silu),
  tanh: unary('tanh', ops.tanh),
  sigmoid: unary('sigmoid', ops.sigmoid),
  logSigmoid: unary('logSigmoid', ops.logSigmoid),
  softplus: unary('softplus', ops.softplus),
  mish: unary('mish', ops.mish),
  relu6: unary('relu6', ops.relu6),
  softsign: unary('softsign', ops.softsign),
  hardSigmoid: unary('hardSigmoid', ops.hardSigmoid),
  hardSwish: unary('hardSwish', ops.hardSwish),
  geluTanh: unary('geluTanh', ops.geluTanh),
  matmul: [
    one('ops matmul with a weight', (x, w) => ops.matmul(x, w('w', [features(x), 4]))),
    one('ops matmul within samples', (x) => ops.matmul(x, ops.transpose(x, [0, 2, 1]))),
    one('ops matmul with one matrix for all samples', (x, w) => ops.matmul(w('w', [1, 2, 3]), x)),
    one('ops matmul with a vector', (x, w) => ops.matmul(x, w('w', [features(x)]))),
  ],
  sum: reduction('sum', ops.sum),
  mean: reduction('mean', ops.mean),
  max: reduction('max', ops.max),
  min: reduction('min', ops.min),
  variance: reduction('variance', ops.variance),
  norm: reduction('norm', ops.norm),
  std: reduction('std', ops.std),
  argmax: [
    one('ops argmax', (x) => ops.mul(x, ops.cast(ops.argmax(x, -1, { keepDims: true }), 'f32')), { fill: positive }),
    one('ops argmax over samples', (x) => ops.mul(x, ops.cast(ops.argmax(x, 0), 'f32')), { fill: positive }),
  ],
  argmin: [one('ops argmin', (x) => ops.mul(x, ops.cast(ops.argmin(x, 1, { keepDims: true }), 'f32')), { fill: positive })],
  cumsum: [one('ops cumsum', (x) => ops.cumsum(x)), one('ops cumsum along the middle', (x) => ops.cumsum(x, 1))],
  logSumExp: reduction('logSumExp', ops.logSumExp),
  softmax: [one('ops softmax', (x) => ops.softmax(x)), one('ops softmax over the middle', (x) => ops.softmax(x, 1))],
  logSoftmax: [one('ops logSoftmax', (x) => ops.logSoftmax(x, -2))],
  layerNorm: [
    one('ops layerNorm', (x, w) => ops.layerNorm(x, { weight: w('weight', [features(x)]), bias: w('bias', [features(x)]), eps: 1e-3 })),
    one('ops layerNorm over two axes', (x) => ops.layerNorm(x, { axis: 1, eps: 1e-3 })),
  ],
  batchNorm: [
    one('ops batchNorm', (x, w) => ops.batchNorm(x, { weight: w('weight', [features(x)]), bias: w('bias', [features(x)]), eps: 1e-3 }), { fourRows: true }),
    one('ops batchNorm by what is given', (x, w) => ops.batchNorm(x, { mean: w('mean', [features(x)]), variance: w('variance', [features(x)]), eps: 1e-3 }), {
      fill: positive,
    }),
  ],
  groupNorm: [one('ops groupNorm', (x, w) => ops.groupNorm(x, { groups: 1, weight: w('weight', [features(x)]), bias: w('bias', [features(x)]), eps: 1e-3 }))],
  instanceNorm: [
    one('ops instanceNorm', (x, w) => ops.instanceNorm(x, { weight: w('weight', [features(x)]), bias: w('bias', [features(x)]), eps: 1e-3 })),
    one('ops instanceNorm without scales', (x) => ops.instanceNorm(x, { eps: 1e-3 })),
  ],
  rmsNorm: [
    one('ops rmsNorm', (x, w) => ops.rmsNorm(x, { weight: w('weight', [features(x)]), eps: 1e-3 })),
    one('ops rmsNorm over two axes', (x) => ops.rmsNorm(x, { axis: 1, eps: 1e-3 })),
  ],
  reshape: [one('ops reshape', (x) => ops.reshape(x, [-1, features(x)]))],
  flatten: [one('ops flatten', (x) => ops.flatten(x))],
  slice: [one('ops slice', (x) => ops.slice(x, 1, -2)), one('ops slice by steps', (x) => ops.slice(x, 1, 0, 3, 2))],
  gather: [
    one('ops gather by index', (x, w, graph) =>
      ops.mul(ops.gather(w('table', [features(x), 4]), beside(graph, x, x.type.shape.slice(0, 2))), ops.sum(x, -1, { keepDims: true })),
    ),
    one('ops gather of columns by index', (x, _w, graph) => ops.gather(x, graph.input('targets', [7], { dtype: 'i32' }), -1)),
  ],
  oneHot: [one('ops oneHot of an index', (x, _w, graph) => ops.mul(x, ops.oneHot(beside(graph, x, x.type.shape.slice(0, 2)), features(x))))],
  tensor: [
    one('ops tensor', (x) =>
      ops.mul(
        x,
        ops.tensor(
          x,
          Array.from({ length: 3 }, (_, i) => Array.from({ length: features(x) }, (_, j) => i - j / 2)),
        ),
      ),
    ),
  ],
  concat: [one('ops concat', (x) => ops.concat([x, ops.mul(x, 2), x])), one('ops concat in the middle', (x) => ops.concat([x, ops.slice(x, 1, 0, 1)], 1))],
  transpose: [one('ops transpose', (x) => ops.transpose(x, [0, -1, 1]))],
  pad: [
    one('ops pad', (x) =>
      ops.pad(
        x,
        [
          [0, 0],
          [1, 0],
          [0, 2],
        ],
        0.5,
      ),
    ),
  ],
  broadcastTo: [one('ops broadcastTo', (x) => ops.broadcastTo(ops.sum(x, -1, { keepDims: true }), [x.type.shape[0]!, 3, 5]))],
  dropout: [one('ops dropout', (x) => ops.dropout(x, 0.3, { key: 5 }))],
  last: [],
  mse: loss('mse', ops.mse),
  mae: loss('mae', ops.mae),
  huber: loss('huber', (output, target) => ops.huber(output, target, { delta: 0.7 })),
  bceWithLogits: loss('bceWithLogits', ops.bceWithLogits),
  hinge: loss('hinge', ops.hinge),
  squaredHinge: loss('squaredHinge', ops.squaredHinge),
  klDivergence: [
    one('ops klDivergence', (x, w) => ops.klDivergence(x, ops.softmax(ops.mul(x, w('b', [features(x)]))))),
    one('ops klDivergence of targets', (x, w) => ops.klDivergence(x, ops.add(ops.mul(x, 0), w('t', [1, 3, features(x)]))), { fill: positive }),
  ],
  crossEntropy: [
    ...loss(
      'cross_entropy index',
      (x, t) => ops.crossEntropy(x, t, { labelSmoothing: 0.1 }),
      (type) => ({ ...type, shape: [...type.shape.slice(0, -1), 1], dtype: 'i32' }),
    ),
    ...loss('crossEntropy of probabilities', (x, t) => ops.crossEntropy(x, t, { labelSmoothing: 0.1 })),
  ],
};

export const ALL_PUBLIC_CASES: readonly OpCase[] = Object.values(PUBLIC_CASES).flat();
