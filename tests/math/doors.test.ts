// Every public function is called with what makes no sense, in each of its arguments: the answer is an error of ours that says so, or a value where that was
// fine. A raw TypeError of the inside is a door without a check. New exports are found by themselves.
import { expect, test } from 'vitest';
import * as exchange from '../../src/exchange/index.ts';
import * as experiment from '../../src/experiment/index.ts';
import * as root from '../../src/index.ts';
import * as ops from '../../src/ops/public.ts';
import * as reference from '../../src/reference/index.ts';
import * as verify from '../../src/verify/index.ts';
import { faultsOf } from '../support/wrong.ts';

type Call = (...given: unknown[]) => unknown;

const { Graph, dense, sequential, dataset } = root;
const graph = new Graph();
const x = graph.input('x', [4, 6], { batch: true });
const square = graph.input('square', [4, 4]);
const labels = graph.input('labels', [4, 1], { dtype: 'i32', batch: true });
const data = dataset({
  x: [
    [1, 2],
    [3, 4],
    [5, 6],
    [7, 8],
  ],
  y: [0, 1, 0, 1],
  classes: 2,
});
const net = sequential([dense(2)]);
const document = experiment.parseExperiment({
  data: { source: 'generator', name: 'moons' },
  model: { layers: [{ type: 'dense', units: 2 }] },
  loss: 'softmax_cross_entropy',
  optimizer: { name: 'sgd', learningRate: 0.1 },
  training: { steps: 1, batchSize: 4 },
});
const history = { layers: [], steps: new root.Steps(), validations: [] };

const floats = (...shape: number[]) => ({ shape, data: new Float32Array(shape.reduce((a, b) => a * b)) });
const weights = root.writeSafetensors(
  new Map([
    ['dense_1.weight', floats(2, 2)],
    ['dense_1.bias', floats(2)],
  ]),
);

/** Right arguments, each of which is replaced in turn. Functions that are missing here take what is wrong as their first one. */
const RIGHT: Readonly<Record<string, readonly unknown[]>> = {
  activation: ['relu', {}],
  batchNorm: [{}],
  dense: [{ units: 2 }],
  dropout: [0.5],
  residual: [[dense(2)], {}],
  repeat: [2, [dense(2)]],
  concat: [[[dense(2)], [dense(2)]]],
  add: [[[dense(2)], [dense(2)]]],
  layer: ['mine', () => x],
  loss: ['mine', () => x, {}],
  model: [{ x: [2] }, () => ({ y: x })],
  summary: [net, 2],
  wgslActivation: ['mine', { wgsl: 'fn act(x: vec4f) -> vec4f { return x; } fn act_grad(x: vec4f) -> vec4f { return x; }', value: Number, derivative: Number }],
  differentiate: [ops.sum(square), null],
  fromCsv: ['a,b\n1,2\n', {}],
  parseCsv: ['a,b\n1,2\n', {}],
  fromDigitsCsv: ['a,b\n1,2\n'],
  fromIdx: [Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 1, 5), Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 0), {}],
  gunzip: [new Uint8Array(2), 5],
  generate: ['moons', {}, 0],
  take: [data, [0]],
  split: [data, {}],
  oneHot: [[0, 1], 2],
  divideBy: [data, 2],
  applyScaling: [data, { offset: [0, 0], divisor: [1, 1] }],
  fitMinMax: [data],
  fitStandardiser: [data],
  permuted: [0, 4, [1, 2]],
  dataset: [{ x: [[1]], y: [1] }],
  namedDataset: [{ x: [[1]] }],
  writeSafetensors: [new Map([['a', { shape: [1], data: Float32Array.of(1) }]]), {}],
  losses: [{ y: root.mse() }],
  metric: ['mine', () => 1],
  ...Object.fromEntries(Object.values(root.METRICS).map(({ create }) => [create.name, [{}]])),
  histograms: [{ every: 1 }],
  norms: [{ every: 1 }],
  rank: [{ every: 1 }],
  'experiment.diagnose': [history, {}],
  'experiment.beforehand': [history, undefined],
  'experiment.factsOf': [history],
  'experiment.unchecked': ['no targets'],
  'experiment.modelDocument': [net],
  'experiment.buildSchedule': [{ name: 'constant' }, 0.1],
  'experiment.loadData': [document, () => ''],
  'experiment.trainerOptions': [document, { train: data }],
  'experiment.tryRemedies': [document, { run: () => Promise.reject(new root.UsageError('run: stopped')) }],
  'experiment.examine': [document, () => Promise.reject(new root.UsageError('run: stopped')), 'x'],
  'experiment.predict': [document, 2, 1],
  'experiment.predictPlaces': [document, 2, 1],
  'experiment.deltaRatio': [history, undefined],
  'experiment.historyLines': [history, {}],
  'experiment.fromJson': ['1'],
  'exchange.exportPyTorch': [document, {}],
  'exchange.exportStateDict': [document, {}],
  'exchange.importPyTorch': [document, [{ name: 'weights.safetensors', bytes: weights }], {}],
  'exchange.jsProgram': [document, {}],
  'experiment.buildLoss': ['mse', false],
  'reference.computeHistogram': [[1], [1]],
  'reference.tensor64': [[1], [1]],
  'reference.createInterpreterState': [[], {}],
  'reference.interpret': [new Graph(), new Map(), {}],
  'reference.gradcheck': [graph, ops.sum(square), { inputs: new Map(), upstream: null }],
  'ops.add': [x, x],
  'ops.sub': [x, x],
  'ops.mul': [x, x],
  'ops.div': [x, x],
  'ops.pow': [x, x],
  'ops.maximum': [x, x],
  'ops.minimum': [x, x],
  'ops.matmul': [square, square],
  'ops.clip': [x, { min: 0 }],
  'ops.elu': [x, 1],
  'ops.leakyRelu': [x, 0.1],
  'ops.mse': [x, x],
  'ops.mae': [x, x],
  'ops.huber': [x, x, {}],
  'ops.hinge': [x, x],
  'ops.squaredHinge': [x, x],
  'ops.bceWithLogits': [x, x],
  'ops.klDivergence': [x, x],
  'ops.crossEntropy': [x, labels, {}],
  'ops.cast': [x, 'i32'],
  'ops.where': [ops.greater(x, 0), x, x],
  'ops.layerNorm': [x, {}],
  'ops.rmsNorm': [x, {}],
  'ops.batchNorm': [x, {}],
  'ops.groupNorm': [x, { groups: 3 }],
  'ops.instanceNorm': [ops.reshape(x, [8, 3, 1]), {}],
  'ops.softmax': [x, -1],
  'ops.logSoftmax': [x, -1],
  'ops.gather': [square, ops.tensor(square, [0, 1], { dtype: 'i32' })],
  'ops.oneHot': [labels, 3],
  'ops.tensor': [x, [1, 2], {}],
  'ops.argmax': [x, -1, {}],
  'ops.argmin': [x, -1, {}],
  'ops.cumsum': [x, -1],
  'ops.broadcastTo': [square, [2, 4, 4]],
  'ops.concat': [[x, x], -1],
  'ops.flatten': [x],
  'ops.last': [x],
  'ops.pad': [
    square,
    [
      [0, 1],
      [0, 0],
    ],
    0,
  ],
  'ops.reshape': [x, [4, 6]],
  'ops.slice': [x, -1, 0, 2],
  'ops.transpose': [square, [1, 0]],
  'ops.dropout': [x, 0.1, { key: 0 }],
  ...Object.fromEntries(['sum', 'mean', 'max', 'min', 'norm', 'variance', 'std', 'logSumExp'].map((name) => [`ops.${name}`, [x, -1, {}]])),
  ...Object.fromEntries(['equal', 'notEqual', 'greater', 'greaterEqual', 'less', 'lessEqual'].map((name) => [`ops.${name}`, [x, x]])),
};

/** Where anything may be: what is not looked at, what is the caller's own, and calls that have no argument. */
const TAKES_ALL =
  /^root\.(activity|flatten|globalAvgPool2d|ones|zeros),|divideBy, argument 1|argument 1, classes$|keepCheckpoints, argument 1, document|dataset, argument 1, reading|experimentJsonSchema|historyJsonSchema|buildSchedule, argument 2|predict(Places)?, argument 1, (data|format|loss)$|toJson, argument 1|interpret, argument 2/;

const isClass = (f: unknown): boolean => /^class\b/.test(Function.prototype.toString.call(f));
const doors = Object.entries({ root, ops, experiment, reference, verify, exchange }).flatMap(([entry, module]) =>
  Object.entries(module).flatMap(([name, f]): [string, Call, readonly unknown[]][] => {
    if (typeof f !== 'function' || isClass(f)) return [];
    return [[`${entry}.${name}`, f as Call, RIGHT[`${entry}.${name}`] ?? (entry === 'root' ? RIGHT[name] : undefined) ?? [undefined]]];
  }),
);

test.each(doors)('%s', async (name, f, right) => {
  expect(await faultsOf(name, f, right, TAKES_ALL)).toEqual([]);
});

test.each<[string, Call, readonly unknown[]]>([
  ['input', (...given) => new Graph().input(...(given as ['x', [4]])), ['a', [4, 3], {}]],
  ['parameter', (...given) => new Graph().parameter(...(given as ['x', [4]])), ['a', [4, 3], {}]],
  ['buffer', (...given) => new Graph().buffer(...(given as ['x', [4]])), ['a', [4, 3]]],
  // How many inputs an op takes is its own affair.
  ['apply', (op, attrs, name) => graph.apply(op as typeof root.matmulOp, [square, square], attrs as object, name as string), [root.matmulOp, {}, 'product']],
  ['apply: inputs', (input) => graph.apply(root.matmulOp, [square, input as typeof x], {}), [square]],
])('Graph.%s', async (name, f, right) => {
  expect(await faultsOf(name, f, right)).toEqual([]);
});

test('right arguments are right', async () => {
  const refused: string[] = [];
  for (const [name, f, right] of doors) {
    if (right[0] === undefined || /fromDigitsCsv|gunzip|tryRemedies|examine|gradcheck/.test(name)) continue;
    try {
      await f(...right);
    } catch (error) {
      refused.push(`${name}: ${error}`);
    }
  }
  expect(refused).toEqual([]);
});
