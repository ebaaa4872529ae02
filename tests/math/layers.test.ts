// Layers as records: what a layer's file says of it holds for documents, sizes, theory and PyTorch alike.
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { torchModel } from '../../src/exchange/pytorch_model.ts';
import type { LayerDocument } from '../../src/experiment/document.ts';
import { predict } from '../../src/experiment/predict.ts';
import { buildLayers, featureOf, innerLists, LAYER_FEATURES, roleOf } from '../../src/experiment/registry/layers.ts';
import { REMEDIES } from '../../src/experiment/remedies/index.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';
import { modelSize, type Sample, sampleAfter, widthAfter } from '../../src/experiment/size.ts';
import { Graph } from '../../src/graph/graph.ts';
import { offer } from '../../src/inspect/diagnose/offer.ts';
import type { History } from '../../src/inspect/history.ts';
import { deriveTaps, infoOf } from '../../src/inspect/taps.ts';
import type { ActivationConstructor } from '../../src/nn/activation_constructor.ts';
import * as makers from '../../src/nn/activations.ts';
import type { Initializers } from '../../src/nn/build.ts';
import { layer } from '../../src/nn/custom.ts';
import { type LayerType, modelDocument } from '../../src/nn/document.ts';
import { type Initializer, initialValues } from '../../src/nn/initializers.ts';
import * as layers from '../../src/nn/layers.ts';
import { activation, add, batchNorm, concat, conv2d, dense, dropout, layerNorm, repeat, residual, rmsNorm } from '../../src/nn/layers.ts';
import { sequential } from '../../src/nn/sequential.ts';
import { ACTIVATIONS, type ActivationName } from '../../src/ops/activation_table.ts';
import { keyOf } from '../../src/random.ts';
import { sizeOf } from '../../src/shape.ts';

const FEATURES = 6;
const inside: LayerDocument[] = [{ type: 'dense', units: 4 }];

/** Each type with an option that is not as by default, and its lines in PyTorch behind 6 features. A type that is not here does not compile. */
const EXAMPLES: { [Type in LayerType]: [document: Extract<LayerDocument, { type: Type }>, torch: string | string[] | null] } = {
  dense: [{ type: 'dense', name: 'a', units: 4, bias: false, l2: 0.1 }, 'nn.Linear(6, 4, bias=False)'],
  activation: [{ type: 'activation', name: 'leaky_relu', params: { alpha: 0.2 } }, 'nn.LeakyReLU(0.2)'],
  batch_norm: [{ type: 'batch_norm', name: 'a', eps: 0.001, momentum: 0.3 }, 'nn.BatchNorm1d(6, eps=0.001, momentum=0.3)'],
  layer_norm: [{ type: 'layer_norm', name: 'a', eps: 0.001 }, 'nn.LayerNorm(6, eps=0.001)'],
  rms_norm: [{ type: 'rms_norm', name: 'a', eps: 0.001, affine: false }, 'nn.RMSNorm(6, eps=0.001, elementwise_affine=False)'],
  group_norm: [{ type: 'group_norm', name: 'a', groups: 2, eps: 0.001, affine: false }, 'nn.GroupNorm(2, 6, eps=0.001, affine=False)'],
  instance_norm: [{ type: 'instance_norm', name: 'a', eps: 0.001, affine: true }, 'nn.InstanceNorm2d(3, eps=0.001, affine=True)'],
  dropout: [{ type: 'dropout', name: 'a', rate: 0.25 }, 'nn.Dropout(0.25)'],
  flatten: [{ type: 'flatten', name: 'a' }, 'nn.Flatten()'],
  reshape: [{ type: 'reshape', name: 'a', shape: [3, 1, 2] }, ['nn.Unflatten(1, (3, 1, 2))', 'Permute(0, 3, 1, 2)']],
  conv2d: [
    { type: 'conv2d', name: 'a', filters: 6, kernelSize: [1, 2], padding: 'same', groups: 3, bias: false },
    "nn.Conv2d(3, 6, (1, 2), padding='same', groups=3, bias=False)",
  ],
  conv1d: [
    { type: 'conv1d', name: 'a', filters: 4, kernelSize: 2, stride: 2, padding: 1, dilation: 2, groups: 2 },
    'nn.Conv1d(2, 4, 2, stride=2, padding=1, dilation=2, groups=2)',
  ],
  conv_transpose2d: [
    { type: 'conv_transpose2d', name: 'a', filters: 6, kernelSize: [1, 2], stride: [1, 2], outputPadding: [0, 1], groups: 3, bias: false },
    'nn.ConvTranspose2d(3, 6, (1, 2), stride=(1, 2), output_padding=(0, 1), groups=3, bias=False)',
  ],
  upsample2d: [{ type: 'upsample2d', name: 'a', scaleFactor: [1, 2], mode: 'bilinear' }, "nn.Upsample(scale_factor=(1, 2), mode='bilinear')"],
  zero_pad2d: [{ type: 'zero_pad2d', name: 'a', padding: [1, 0, 0, 2] }, 'nn.ZeroPad2d((0, 2, 1, 0))'],
  max_pool2d: [{ type: 'max_pool2d', name: 'a', kernelSize: [1, 2], ceilMode: true }, 'nn.MaxPool2d((1, 2), ceil_mode=True)'],
  avg_pool2d: [
    { type: 'avg_pool2d', name: 'a', kernelSize: 2, stride: 1, padding: [1, 0], countIncludePad: false },
    'nn.AvgPool2d(2, stride=1, padding=(1, 0), count_include_pad=False)',
  ],
  global_avg_pool2d: [{ type: 'global_avg_pool2d', name: 'a' }, ['nn.AdaptiveAvgPool2d(1)', 'nn.Flatten()']],
  sequential: [
    { type: 'sequential', name: 'a', layers: [...inside, { type: 'activation', name: 'tanh' }] },
    'Layers({"dense_1": nn.Linear(6, 4),"tanh_1": nn.Tanh(),})',
  ],
  repeat: [{ type: 'repeat', times: 2, layers: inside }, ['nn.Linear(6, 4)', 'nn.Linear(4, 4)']],
  residual: [
    { type: 'residual', name: 'a', scale: '1/sqrt(L)', layers: inside },
    'Residual({"dense_1": nn.Linear(6, 4),}, scale=1 / math.sqrt(1), shortcut=nn.Linear(6, 4, bias=False))',
  ],
  graph: [
    { type: 'graph', name: 'a', nodes: { b: { from: 'x', layers: inside }, c: { from: ['x', 'b'], join: 'concat' } }, output: 'c' },
    'Wired({"b": (["x"], None, {"dense_1": nn.Linear(6, 4),}),"c": (["x", "b"], "concat", {}),}, output="c")',
  ],
  concat: [{ type: 'concat', name: 'a', branches: [inside, inside] }, 'Concat([{"dense_1": nn.Linear(6, 4),},{"dense_1": nn.Linear(6, 4),},])'],
  add: [{ type: 'add', name: 'a', branches: [inside, inside] }, 'Sum([{"dense_1": nn.Linear(6, 4),},{"dense_1": nn.Linear(6, 4),},])'],
};

/** What stands before and after a layer of images or sequences, in a row of 6 features. */
const IMAGES: [LayerDocument[], LayerDocument[]] = [[{ type: 'reshape', shape: [1, 2, 3] }], [{ type: 'flatten' }]];
const SEQUENCES: [LayerDocument[], LayerDocument[]] = [[{ type: 'reshape', shape: [3, 2] }], IMAGES[1]];
const around = (type: string): [LayerDocument[], LayerDocument[]] =>
  type.endsWith('2d') || type === 'instance_norm' ? IMAGES : type === 'conv1d' ? SEQUENCES : type === 'reshape' ? [[], IMAGES[1]] : [[], []];

const documentOf = (list: LayerDocument[]): unknown => ({
  data: { source: 'generator', name: 'moons' },
  model: { layers: list },
  loss: 'softmax_cross_entropy',
  optimizer: { name: 'sgd', learningRate: 0.1 },
  training: { steps: 1, batchSize: 8 },
});

/** The lines of layers in PyTorch, as the exporter writes them, without their names. */
function torchOf(list: readonly LayerDocument[], given: Sample = { width: FEATURES }): { lines: string[] | null } {
  const { code, missing } = torchModel(list, given.width, given.image);
  return {
    lines: missing.length > 0 ? null : [...code.matchAll(/^ {4}"\w+": ([\s\S]*?),$(?=\n(?: {4}"|\}))/gm)].map(([, line]) => line!.replaceAll(/\n\s*/g, '')),
  };
}

describe.each(Object.entries(EXAMPLES))('%s', (type, [document, torch]) => {
  const [before, after] = around(type);
  const list = [...before, document, ...after, { type: 'dense', units: 3 } as const];

  test('is what its document says: there and back, with the size that it has', () => {
    const parsed = parseExperiment(JSON.parse(JSON.stringify(documentOf(list)))).model.layers;
    expect(parsed).toEqual(list);
    const net = sequential(buildLayers(parsed));
    expect(modelDocument(net)).toEqual({ layers: list });
    const [graph, initializers] = [new Graph(), new Map() as Initializers];
    const built = net.build(graph, graph.input('x', [4, FEATURES], { batch: true }), 'train', initializers);
    expect(modelSize(list, FEATURES)).toEqual({ parameters: [...initializers.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0) });
    const other = new Graph();
    const start: LayerDocument[] = [...(after.length > 0 ? [{ type: 'dense', units: 6 } as const] : inside), ...before, document];
    const first = sequential(buildLayers(start)).build(other, other.input('x', [4, FEATURES], { batch: true }));
    expect(first.output.type.shape.at(-1)).toBe(widthAfter(start, FEATURES));
    expect(built.output.type.shape).toEqual([4, 3]);
  });

  test('has its line in PyTorch, and words in every language', () => {
    expect(torchOf([document], sampleAfter(before, { width: FEATURES })).lines).toEqual(torch === null ? null : [torch].flat());
    const { en, zh } = featureOf(document).text;
    for (const text of [en, zh]) for (const words of [text.title, text.summary]) expect(words, type).not.toBe('');
    expect(zh.summary).not.toBe(en.summary);
  });
});

const files = import.meta.glob<{ record?: { type: string } }>('../../src/nn/layers/*.ts', { eager: true });

test('every layer that has a file is in the list', () => {
  const types = Object.values(files).flatMap(({ record }) => record?.type ?? []);
  expect(types.sort()).toEqual(LAYER_FEATURES.map(([type]) => type).sort());
});

test('types are the names in the list, and the containers are those with layers inside', () => {
  for (const [type, { record }] of LAYER_FEATURES) expect(record.type).toBe(type);
  for (const [document] of Object.values(EXAMPLES)) expect(innerLists(document).length > 0).toBe(roleOf(document) === 'container');
});

test('activations have their lines in PyTorch where it has their parameters', () => {
  const line = (name: ActivationName, params?: Record<string, number>): unknown => torchOf([{ type: 'activation', name, ...(params ? { params } : {}) }]).lines;
  for (const name of Object.keys(ACTIVATIONS) as ActivationName[]) expect(line(name), name).toEqual([expect.stringMatching(/^nn\.\w+\([^{}]*\)$/)]);
  expect(line('softplus', { beta: 2 })).toEqual(['nn.Softplus(2, 20)']);
  expect(line('hard_sigmoid', { alpha: 0.2 })).toBeNull();
});

const wrongKind = 3 as never;
test.each<[string, () => unknown, string]>([
  ['dense()', () => dense(undefined as never), 'dense: units is missing: expected a positive integer'],
  ['dense(null)', () => dense(null as never), 'dense: expected options (units, bias, initializer, biasInitializer, weight, transpose, l1, l2), got null'],
  ['dense([])', () => dense([] as never), 'dense: expected options (units'],
  ["dense('16')", () => dense('16' as never), 'dense: units: expected a positive integer, got "16"'],
  ['dense(NaN)', () => dense(Number.NaN), 'dense: units: expected a positive integer, got NaN'],
  ['dense of many', () => dense(2 ** 24 + 1), 'dense: units: expected an integer of at most 16777216, got 16777217'],
  ['names of Keras', () => dense({ units: 3, kernelInitializer: 1 } as never), 'dense: unknown option kernelInitializer; did you mean "initializer"?'],
  ['the beginning of a name', () => conv2d({ filters: 3, kernel: 3 } as never), 'conv2d: unknown option kernel; did you mean "kernelSize"?'],
  ['dense({ unit })', () => dense({ unit: 3 } as never), 'dense: unknown option unit; did you mean "units"?'],
  ['a bias that is a number', () => dense({ units: 3, bias: 0 } as never), 'dense: bias: expected true or false, got 0'],
  ['a start by name', () => dense({ units: 3, initializer: 'he_normal' } as never), 'dense: initializer: expected an object with "scheme", got "he_normal"'],
  [
    'a start that is not there',
    () => dense({ units: 3, initializer: { scheme: 'he_norml' } } as never),
    'dense: initializer.scheme: expected one of he_normal, he_uniform, glorot_normal, glorot_uniform, lecun_normal, lecun_uniform, orthogonal, variance_scaling, constant, normal, uniform; got "he_norml"; did you mean "he_normal"?',
  ],
  ['a gain of 0', () => dense({ units: 3, initializer: { scheme: 'he_normal', gain: 0 } }), 'dense: initializer.gain: expected a number above 0, got 0'],
  [
    "another scheme's option",
    () => dense({ units: 3, initializer: { scheme: 'constant', gain: 1 } as never }),
    'dense: unknown option initializer.gain; it has value',
  ],
  [
    'normal without std',
    () => dense({ units: 3, biasInitializer: { scheme: 'normal' } as never }),
    'dense: biasInitializer.std is missing: expected a number above 0',
  ],
  ['an orthogonal bias', () => dense({ units: 3, biasInitializer: { scheme: 'orthogonal' } }), 'dense: biasInitializer.scheme: expected one of he_normal'],
  [
    'dense(3, { bias })',
    () => (dense as (units: number, more: unknown) => unknown)(3, { bias: false }),
    'dense: options come in one object, units among them: dense({ units: 16, bias: false })',
  ],
  ['a weight of no layer', () => dense({ units: 3, weight: wrongKind }), 'dense: weight: expected a layer that stands before, got 3'],
  ['conv2d()', () => conv2d(undefined as never), 'conv2d: filters is missing: expected a positive integer'],
  ['conv2d without a size', () => conv2d({ filters: 3 } as never), 'conv2d: kernelSize is missing: expected an integer from 1 to 4096, or [height, width]'],
  ['conv2d of size 0', () => conv2d({ filters: 3, kernelSize: 0 }), 'conv2d: kernelSize: expected an integer from 1 to 4096, or [height, width], got 0'],
  ['conv2d of three sizes', () => conv2d({ filters: 3, kernelSize: [3, 3, 3] as never }), 'conv2d: kernelSize: expected a list of two integers, got [3, 3, 3]'],
  [
    'conv2d same by strides',
    () => conv2d({ filters: 3, kernelSize: 3, stride: 2, padding: 'same' }),
    "conv2d: padding: 'same' needs a stride of 1, got 2: give a number",
  ],
  ['conv2d of padding by name', () => conv2d({ filters: 3, kernelSize: 3, padding: 'full' as never }), 'conv2d: padding: expected an integer of at least 0, ['],
  ['conv2d in groups', () => conv2d({ filters: 3, kernelSize: 3, groups: 2 }), 'conv2d: filters: expected a multiple of the 2 groups, got 3'],
  ['conv1d()', () => layers.conv1d(undefined as never), 'conv1d: filters is missing: expected a positive integer'],
  ['conv1d of two sizes', () => layers.conv1d({ filters: 3, kernelSize: [3, 3] as never }), 'conv1d: kernelSize: expected a positive integer, got [3, 3]'],
  [
    'conv1d same by strides',
    () => layers.conv1d({ filters: 3, kernelSize: 3, stride: 2, padding: 'same' }),
    "conv1d: padding: 'same' needs a stride of 1, got 2",
  ],
  ['conv1d in groups', () => layers.conv1d({ filters: 3, kernelSize: 3, groups: 2 }), 'conv1d: filters: expected a multiple of the 2 groups, got 3'],
  ['convTranspose2d()', () => layers.convTranspose2d(undefined as never), 'conv_transpose2d: filters is missing: expected a positive integer'],
  [
    'convTranspose2d with more rows than a stride',
    () => layers.convTranspose2d({ filters: 3, kernelSize: 3, stride: [2, 1], outputPadding: 1 }),
    'conv_transpose2d: outputPadding: expected less than the stride of 2 x 1 or the dilation of 1 x 1, got 1 x 1',
  ],
  ['convTranspose2d in groups', () => layers.convTranspose2d({ filters: 3, kernelSize: 3, groups: 2 }), 'filters: expected a multiple of the 2 groups, got 3'],
  ['upsample2d()', () => layers.upsample2d(undefined as never), 'upsample2d: scaleFactor is missing: expected an integer from 1 to 64, or [height, width]'],
  [
    'upsample2d nearest, aligned',
    () => layers.upsample2d({ scaleFactor: 2, alignCorners: true }),
    "upsample2d: alignCorners: goes with mode 'bilinear', got mode 'nearest'",
  ],
  [
    'zeroPad2d()',
    () => layers.zeroPad2d(undefined as never),
    'zero_pad2d: padding is missing: expected an integer of at least 0, or [top, bottom, left, right]',
  ],
  ['zeroPad2d of two sides', () => layers.zeroPad2d({ padding: [1, 2] as never }), 'zero_pad2d: padding: expected a list of four integers, got [1, 2]'],
  ['maxPool2d()', () => layers.maxPool2d(undefined as never), 'max_pool2d: kernelSize is missing'],
  [
    'a max pool of padding that counts',
    () => layers.maxPool2d({ kernelSize: 2, countIncludePad: true } as never),
    'max_pool2d: unknown option countIncludePad',
  ],
  ['reshape to nothing', () => layers.reshape({ shape: [] }), 'reshape: shape: expected a list of positive integers, at least one, got []'],
  ['dropout()', () => dropout(undefined as never), 'dropout: rate is missing: expected a number of at least 0 and below 1'],
  ["dropout('0.5')", () => dropout('0.5' as never), 'dropout: rate: expected a number of at least 0 and below 1, got "0.5"'],
  ['dropout(1)', () => dropout(1), 'dropout: rate: expected a number of at least 0 and below 1, got 1'],
  ['batchNorm({ epsilon })', () => batchNorm({ epsilon: 1 } as never), 'batch_norm: unknown option epsilon; it has eps, momentum'],
  ['batchNorm(null)', () => batchNorm(null as never), 'batch_norm: expected options (eps, momentum), got null'],
  ['batchNorm of a list', () => batchNorm([] as never), 'batch_norm: expected options (eps, momentum), got []'],
  ['a momentum of 2', () => batchNorm({ momentum: 2 }), 'batch_norm: momentum: expected a number from 0 to 1, got 2'],
  ['sequential(dense(2))', () => sequential(dense(2) as never), 'sequential: expected a list of layers, got a layer, "dense": put it into a list'],
  ['sequential of a function', () => sequential([() => 3] as never), 'sequential: layers[0]: expected a layer, got a function'],
  [
    'the entry of an activation',
    () => sequential([ACTIVATIONS.tanh] as never),
    'sequential: layers[0]: expected a layer, got an activation: call it, as in tanh()',
  ],
  ['tanh without its call', () => sequential([makers.tanh] as never), 'sequential: layers[0]: expected a layer, got an activation: call it, as in tanh()'],
  ['tanh of a value', () => makers.tanh(new Graph().input('x', [2, 3]) as never), 'tanh: expected parameters, got the value x: functions of that name in'],
  ['leakyRelu(0.2)', () => makers.leakyRelu(0.2 as never), 'leaky_relu: expected options (alpha), got 0.2'],
  ['a parameter out of range', () => makers.hardSigmoid({ alpha: 0 }), 'hard_sigmoid: alpha: expected a number of at least 0.000001, got 0'],
  ['sequential()', () => sequential(undefined as never), 'sequential: expected a list of layers, got undefined'],
  ['residual(dense(2))', () => residual(dense(2) as never), 'residual: expected a list of layers, got a layer, "dense": put it into a list'],
  ['residual by a third', () => residual([dense(2)], { scale: '1/3' as never }), 'residual: scale: expected a number or "1/sqrt(L)", got "1/3"'],
  ['residual of infinite scale', () => residual([dense(2)], { scale: Number.POSITIVE_INFINITY }), 'residual: scale: expected a number or'],
  ['residual with options of none', () => residual([dense(2)], null as never), 'residual: expected options (scale), got null'],
  ['repeat by text', () => repeat('2' as never, [dense(2)]), 'repeat: times: expected a positive integer, got "2"'],
  ['repeat of a layer', () => repeat(2, dense(2) as never), 'repeat: expected a list of layers, got a layer, "dense": put it into a list'],
  ['concat of a layer', () => concat(dense(2) as never), 'concat: expected two branches or more, got a layer, "dense": put it into a list'],
  ['add of layers', () => add([dense(2), dense(2)] as never), 'add: branch 0: expected a list of layers, got a layer, "dense": put it into a list'],
  ['activation()', () => activation(undefined as never), 'activation: expected one of linear, relu'],
  ['a parameter of none', () => makers.tanh({ alpha: 1 } as never), 'tanh: unknown option alpha; it has none'],
])('%s is refused', (_call, make, message) => {
  expect(make).toThrow(UsageError);
  expect(make).toThrow(message);
});

test('options are copied: what becomes of the caller’s changes nothing', () => {
  const given = { units: 3, biasInitializer: { scheme: 'normal' as const, std: 0.1 } };
  const net = sequential([dense(given)]);
  const before = modelDocument(net);
  given.units = 4;
  given.biasInitializer.std = 5;
  expect(modelDocument(net)).toEqual(before);
});

describe('images', () => {
  const conv = { type: 'conv2d', filters: 4, kernelSize: 3, padding: 1 } as const;
  const relu = { type: 'activation', name: 'relu' } as const;
  const list: LayerDocument[] = [
    { type: 'reshape', shape: [8, 8, 1] },
    conv,
    relu,
    conv,
    relu,
    { ...conv, stride: 2 },
    relu,
    conv,
    relu,
    { type: 'max_pool2d', kernelSize: 2 },
    { type: 'flatten' },
    { type: 'dense', units: 10 },
  ];
  const convolved = (channels: number): number => 9 * channels * 4 + 4;

  test('are counted on their way, and flattened to as many features as they have', () => {
    expect(modelSize(list, 64)).toEqual({ parameters: convolved(1) + 3 * convolved(4) + 2 * 2 * 4 * 10 + 10 });
  });

  test('convolutions are layers of the profile, with their fan-in', () => {
    const graph = new Graph();
    const x = graph.input('x', [4, 64], { batch: true });
    const { layers: places } = infoOf(deriveTaps({ inputs: [x], ...sequential(buildLayers(list)).build(graph, x, 'train') }));
    expect(places.map(({ name, activation: of, fanIn }) => [name, of, fanIn])).toEqual([
      ['conv2d_1', 'relu', 9],
      ['conv2d_2', 'relu', 36],
      ['conv2d_3', 'relu', 36],
      ['conv2d_4', 'relu', 36],
      ['dense_1', 'linear', 16],
    ]);
  });

  test('so are transposed ones and those of sequences', () => {
    const graph = new Graph();
    const x = graph.input('x', [4, 64], { batch: true });
    const up = { filters: 6, groups: 2, bias: false };
    const net = sequential([
      layers.reshape({ shape: [4, 4, 4] }),
      layers.convTranspose2d({ ...up, kernelSize: 3, stride: 2 }),
      makers.relu(),
      layers.convTranspose2d({ ...up, kernelSize: [2, 3] }),
      makers.tanh(),
      layers.reshape({ shape: [110, 6] }),
      layers.conv1d({ filters: 4, kernelSize: 5, groups: 2 }),
      makers.silu(),
      layers.conv1d({ filters: 3, kernelSize: 2, bias: false }),
    ]);
    const { layers: places } = infoOf(deriveTaps({ inputs: [x], ...net.build(graph, x, 'train') }));
    expect(places.map(({ name, activation: of, fanIn }) => [name, of, fanIn])).toEqual([
      ['conv_transpose2d_1', 'relu', 8],
      ['conv_transpose2d_2', 'tanh', 18],
      ['conv1d_1', 'silu', 15],
      ['conv1d_2', 'linear', 8],
    ]);
  });

  test('shortcuts are offered only around what keeps height, width and channels', () => {
    const { model } = REMEDIES.residual.propose(parseExperiment(documentOf(list)))!.document;
    expect(model.layers.map(({ type }) => type)).toEqual([
      'reshape',
      'conv2d',
      'activation',
      'residual',
      'conv2d',
      'activation',
      'conv2d',
      'activation',
      'max_pool2d',
      'flatten',
      'dense',
    ]);
  });

  test('nor around a dense layer after them that has as many units as they have channels', () => {
    const dense4 = { type: 'dense', units: 4 } as const;
    const flat: LayerDocument[] = [
      { type: 'reshape', shape: [8, 8, 1] },
      conv,
      relu,
      { type: 'max_pool2d', kernelSize: 2 },
      { type: 'flatten' },
      dense4,
      dense4,
      relu,
      dense4,
    ];
    const { model } = REMEDIES.residual.propose(parseExperiment(documentOf(flat)))!.document;
    expect(model.layers.map(({ type }) => type)).toEqual(['reshape', 'conv2d', 'activation', 'max_pool2d', 'flatten', 'dense', 'residual', 'dense']);
  });

  // Run in PyTorch, with weights transposed, these lines give what the layers give, to 4e-15.
  test('have their channels first in PyTorch: what goes by the last axis permutes', () => {
    const [first, last] = ['Permute(0, 3, 1, 2)', 'Permute(0, 2, 3, 1)'];
    expect(torchOf([{ type: 'reshape', shape: [3, 1, 2] }, conv, { type: 'batch_norm' }, relu, { type: 'group_norm', groups: 2 }]).lines).toEqual([
      'nn.Unflatten(1, (3, 1, 2))',
      first,
      'nn.Conv2d(2, 4, 3, padding=1)',
      'nn.BatchNorm2d(4)',
      'nn.ReLU()',
      'nn.GroupNorm(2, 4)',
    ]);
    const given = { width: 4, image: [3, 3] };
    expect(torchOf([{ type: 'layer_norm' }, { type: 'dense', units: 6 }, { type: 'flatten' }, { type: 'dense', units: 2 }], given).lines).toEqual([
      ...[last, 'nn.LayerNorm(4)', first],
      ...[last, 'nn.Linear(4, 6)', first],
      ...[last, 'nn.Flatten()', 'nn.Linear(54, 2)'],
    ]);
    expect(torchOf([{ type: 'reshape', shape: [6, 6] }, { type: 'rms_norm' }], given).lines).toEqual([
      ...[last, 'nn.Flatten()', 'nn.Unflatten(1, (6, 6))', 'Permute(0, 2, 1)'],
      ...['Permute(0, 2, 1)', 'nn.RMSNorm(6)', 'Permute(0, 2, 1)'],
    ]);
    expect(torchOf([{ type: 'instance_norm' }, { type: 'batch_norm' }, { type: 'flatten' }], { width: 4, image: [5] }).lines).toEqual([
      'nn.InstanceNorm1d(4)',
      'nn.BatchNorm1d(4)',
      'Permute(0, 2, 1)',
      'nn.Flatten()',
    ]);
    expect(torchOf([{ type: 'reshape', shape: [3, 1, 2, 1] }, { type: 'batch_norm' }, { type: 'flatten' }]).lines).toEqual([
      'nn.Unflatten(1, (1, 3, 1, 2))',
      'nn.BatchNorm3d(1)',
      'nn.Flatten()',
    ]);
  });

  test('theory walks convolutions position by position, and says what ends its walk', () => {
    const found = predict({ model: { layers: list }, training: { batchSize: 8 } }, 64, 1)!;
    expect(found.map(({ name, unknown }) => [name, unknown])).toEqual([
      ...['conv2d_1', 'conv2d_2', 'conv2d_3', 'conv2d_4'].map((name) => [name, undefined]),
      ['dense_1', 'max_pool2d_1'],
    ]);
  });

  test('are refused where rows come, by the path of the layer', () => {
    const graph = new Graph();
    expect(() => sequential([conv2d({ filters: 2, kernelSize: 3 })]).build(graph, graph.input('x', [4, 64], { batch: true }))).toThrow(
      'conv2d_1: expected images [batch, height, width, channels], got [4, 64]: put reshape([height, width, channels]) before it',
    );
    const images = (other = new Graph()) => [other, other.input('images', [4, 8, 8, 3], { batch: true })] as const;
    expect(() => sequential([conv2d({ filters: 2, kernelSize: 9 })]).build(...images())).toThrow(
      'conv2d at conv2d_1: windows of 9 x 9 do not fit into images of 8 x 8',
    );
    expect(() => sequential([conv2d({ filters: 4, kernelSize: 3, groups: 2 })]).build(...images())).toThrow(
      'expected channels and filters in 2 groups, got 3 channels and 4 filters',
    );
    const transposed = { filters: 4, kernelSize: 1 };
    expect(() => sequential([layers.convTranspose2d({ ...transposed, groups: 2 })]).build(...images())).toThrow(
      'conv_transpose2d at conv_transpose2d_1: expected a weight for 3 channels in 2 groups, got [1, 1, 2, 3] for images [4, 8, 8, 3]',
    );
    expect(() => sequential([layers.convTranspose2d({ ...transposed, padding: 4 })]).build(...images())).toThrow(
      'padding of [4, 4, 4, 4] leaves nothing of images [4, 8, 8, 3]',
    );
    expect(() => sequential([layers.conv1d({ filters: 2, kernelSize: 3 })]).build(...images())).toThrow(
      'conv1d_1: expected sequences [batch, time, channels], got [4, 8, 8, 3]',
    );
    expect(() => sequential([layers.upsample2d({ scaleFactor: 2 })]).build(graph, graph.input('rows', [4, 64], { batch: true }))).toThrow(
      'upsample2d at upsample2d_1: expected images [batch, height, width, channels], got [4, 64]: put reshape([height, width, channels]) before it',
    );
  });
});

describe('biases start as asked', () => {
  const startOf = (biasInitializer?: Initializer): Float32Array => {
    const [graph, initializers] = [new Graph(), new Map() as Initializers];
    sequential([dense({ units: 4096, ...(biasInitializer ? { biasInitializer } : {}) })]).build(
      graph,
      graph.input('x', [4, 25], { batch: true }),
      'train',
      initializers,
    );
    const { shape, initializer: initial } = initializers.get('dense_1/bias')!;
    return initialValues(initial, shape, keyOf(5), 'dense_1/bias');
  };
  const meanSquare = (values: Float32Array): number => values.reduce((sum, v) => sum + v * v, 0) / values.length;

  test('at 0 by default', () => {
    expect(startOf().every((value) => value === 0)).toBe(true);
  });
  test('by a standard deviation', () => {
    expect(meanSquare(startOf({ scheme: 'normal', std: 0.1 })) / 0.01).toBeCloseTo(1, 1);
  });
  test("as PyTorch's: uniform within 1 / sqrt(fan-in) of the weight", () => {
    const values = startOf({ scheme: 'variance_scaling', scale: 1 / 3, distribution: 'uniform' });
    expect(meanSquare(values) / (1 / 75)).toBeCloseTo(1, 1);
    const largest = values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
    expect(largest).toBeLessThanOrEqual(0.2);
    expect(largest).toBeGreaterThan(0.199);
  });
  test('with fans of their own where they are given', () => {
    expect(meanSquare(startOf({ scheme: 'lecun_normal', fanIn: 100 })) / 0.01).toBeCloseTo(1, 1);
  });

  const prediction = (first: Partial<Extract<LayerDocument, { type: 'dense' }>>) =>
    predict(
      {
        model: {
          layers: [
            { type: 'dense', units: 32, initializer: { scheme: 'lecun_normal' }, ...first },
            { type: 'activation', name: 'tanh' },
            { type: 'dense', units: 32 },
            { type: 'activation', name: 'tanh' },
            { type: 'dense', units: 2 },
          ],
        },
        training: { batchSize: 8 },
      },
      25,
      2,
    )!;
  test('and theory takes their variance', () => {
    expect(prediction({ biasInitializer: { scheme: 'normal', std: 0.5 } })[0]!.q).toBeCloseTo(2 + 0.25, 12);
    expect(prediction({ biasInitializer: { scheme: 'variance_scaling', scale: 1 / 3, distribution: 'uniform' } })[0]!.q).toBeCloseTo(2 + 1 / 75, 12);
    expect(prediction({ bias: false, biasInitializer: { scheme: 'normal', std: 0.5 } })[0]!.q).toBe(2);
    expect(prediction({})[0]!.q).toBe(2);
  });
  test('and says so where it does not know them', () => {
    for (const first of [{ biasInitializer: { scheme: 'constant', value: 1 } }, { initializer: { scheme: 'constant', value: 0.1 } }] as const) {
      const [a, b, c] = prediction(first);
      expect([a!.q, b!.q, c!.q]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
      expect([a!.unknown, b!.unknown, c!.unknown]).toEqual(['dense_1', 'dense_1', 'dense_1']);
      expect(a!.delta).toBeNaN();
    }
  });
});

const NORM = {
  layer_norm: { type: 'layer_norm' },
  rms_norm: { type: 'rms_norm' },
  group_norm: { type: 'group_norm', groups: 4 },
  instance_norm: { type: 'instance_norm' },
};

describe('layer norm', () => {
  const block: LayerDocument[] = [
    { type: 'dense', units: 16, initializer: { scheme: 'lecun_normal', gain: 0.3 } },
    { type: 'layer_norm' },
    { type: 'activation', name: 'tanh' },
  ];
  const list: LayerDocument[] = [
    { type: 'repeat', times: 8, layers: block },
    { type: 'dense', units: 2 },
  ];

  test.each(['layer_norm', 'rms_norm', 'group_norm', 'instance_norm'] as const)(
    '%s is a norm for remedies: no second one, no other start of the weights',
    (type) => {
      const document = parseExperiment(JSON.parse(JSON.stringify(documentOf(list)).replace('{"type":"layer_norm"}', JSON.stringify(NORM[type]))));
      expect(REMEDIES.batch_norm.propose(document)).toBeNull();
      expect(REMEDIES.critical_initialisation.propose(document)).toBeNull();
      const { model } = REMEDIES.activation.propose(document)!.document;
      expect(JSON.stringify(model)).toContain(`${JSON.stringify(NORM[type])},{"type":"activation","name":"relu"}`);
      expect(JSON.stringify(model)).not.toContain('variance_scaling');
    },
  );

  test.each(Object.entries(NORM))('%s is one for the rules, which read the history of a program', (_type, norm) => {
    const graph = new Graph();
    const x = graph.input('x', [4, 3, FEATURES], { batch: true });
    const normed = JSON.parse(JSON.stringify(list).replace('{"type":"layer_norm"}', JSON.stringify(norm)));
    const { layers: places } = infoOf(deriveTaps({ inputs: [x], ...sequential(buildLayers(normed)).build(graph, x, 'train') }));
    expect(places.map(({ activation: of, batchNorm: batch, normalised }) => [of, batch, normalised])).toEqual([
      ...Array.from({ length: 8 }, () => ['tanh', false, true]),
      ['linear', false, undefined],
    ]);
    expect(offer({ layers: places } as unknown as History, ['critical_initialisation', 'batch_norm', 'residual'])).toEqual(['residual']);
  });

  test('and theory knows what it does: z of mean square 1, whatever the weights', () => {
    const found = predict({ model: { layers: list }, training: { batchSize: 8 } }, FEATURES, 1)!;
    for (const { q, unknown } of found.slice(1, -1)) {
      expect(q).toBeCloseTo(1, 3);
      expect(unknown).toBeUndefined();
    }
    // Each layer multiplies by the mean of tanh'(z)², over that of tanh(z)²: the scale of the weights falls out.
    expect(found[3]!.chi).toBeCloseTo(0.4645 / 0.3943, 2);
  });

  test.each([[{ type: 'layer_norm' }], [{ type: 'residual', layers: [{ type: 'layer_norm' }] }]])(
    'is refused behind a single feature, of which it would leave 0: %j',
    (norm) => {
      const of = (units: number) => () => {
        const graph = new Graph();
        const x = graph.input('x', [4, FEATURES], { batch: true });
        return sequential(buildLayers([{ type: 'dense', units }, norm, { type: 'dense', units: 2 }] as LayerDocument[])).build(graph, x, 'train');
      };
      expect(of(1)).toThrow(/layer_norm at .*layer_norm_1: expected at least 2 features, got \[4, 1\]: a single number less its mean is 0. Leave the norm out/);
      expect(of(2)).not.toThrow();
    },
  );

  test('takes options, no value of a graph', () => {
    expect(() => layerNorm(new Graph().input('x', [2, 3]) as never)).toThrow('layer_norm: expected options, got the value x: functions of that name in');
    expect(() => rmsNorm(new Graph().input('x', [2, 3]) as never)).toThrow('rms_norm: expected options, got the value x');
    expect(() => layerNorm({ eps: -1 })).toThrow('layer_norm: eps: expected a number of at least 0, got -1');
    expect(() => layerNorm({ epsilon: 1 } as never)).toThrow('layer_norm: unknown option epsilon; it has eps');
  });
});

test('a layer that theory does not know is named by the prediction, and no start of weights is proposed before it', () => {
  const registry = layers.LAYERS as unknown as Record<string, unknown>;
  const { flatten } = layers.LAYERS;
  registry.odd = { ...flatten, record: { ...flatten.record, type: 'odd' }, theory: 'unknown' };
  try {
    const block = (more: unknown[]): LayerDocument[] =>
      [{ type: 'dense', units: 8, initializer: { scheme: 'lecun_normal', gain: 0.3 } }, ...more, { type: 'activation', name: 'tanh' }] as LayerDocument[];
    const list = [...block([]), ...block([{ type: 'odd' }]), ...block([]), { type: 'dense', units: 2 } as const];
    const found = predict({ model: { layers: list }, training: { batchSize: 8 } }, FEATURES, 1)!;
    expect(found.map(({ name, unknown }) => [name, unknown])).toEqual([
      ['dense_1', undefined],
      ['dense_2', undefined],
      ['dense_3', 'odd_1'],
      ['dense_4', 'odd_1'],
    ]);
    expect(found.map(({ q }) => Number.isNaN(q))).toEqual([false, false, true, true]);
    const document = { ...parseExperiment(documentOf(block([]))), model: { layers: list } };
    const starts = REMEDIES.critical_initialisation
      .propose(document)!
      .document.model.layers.flatMap((each) => (each.type === 'dense' ? [each.initializer?.scheme] : []));
    expect(starts).toEqual(['variance_scaling', 'lecun_normal', 'variance_scaling', undefined]);
  } finally {
    delete registry.odd;
  }
});

test('a custom layer is no layer of a document, whatever it is called', () => {
  expect(() => modelDocument(sequential([layer('dense', (x) => x), dense(2)]))).toThrow('modelDocument: dense_1: dense is a custom layer');
});

test('every layer of a document has its constructor among the exports of the root, but for graphs and blocks in a row', () => {
  const exported = new Set(Object.keys(layers).map((name) => name.toLowerCase()));
  const missing = LAYER_FEATURES.map(([type]) => type.replaceAll('_', '')).filter((name) => !exported.has(name));
  expect(missing).toEqual(['sequential', 'graph']);
});

test('every activation makes its layer by a function of its name, the layer that activation() makes', () => {
  const camelCase = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const names = Object.keys(ACTIVATIONS) as ActivationName[];
  expect(Object.keys(makers).sort()).toEqual(names.map(camelCase).sort());
  for (const name of names) {
    const make = (makers as unknown as Readonly<Record<string, ActivationConstructor>>)[camelCase(name)]!;
    expect(make.activation).toBe(ACTIVATIONS[name]);
    const written = [make(), activation(name)].map((each) => modelDocument(sequential([dense(2), each])));
    expect(new Set(written.map((document) => JSON.stringify(document))).size, name).toBe(1);
  }
  const { layers: list } = modelDocument(sequential([makers.leakyRelu({ alpha: 0.2 })]));
  expect(list).toEqual([{ type: 'activation', name: 'leaky_relu', params: { alpha: 0.2 } }]);
});

test('widths.map(dense) makes a layer of each', () => {
  expect([3, 2].map(dense)).toHaveLength(2);
});
