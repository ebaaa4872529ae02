// Paths of layers: kind and number within the block. What has no weights changes no path of a weight, and no two layers share one.
import { describe, expect, test } from 'vitest';
import { buildModel } from '../../src/experiment/build.ts';
import { predictPlaces } from '../../src/experiment/predict.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';
import { Graph } from '../../src/graph/graph.ts';
import { placesOf } from '../../src/inspect/places.ts';
import { deriveTaps, infoOf } from '../../src/inspect/taps.ts';
import { type Initializers, initialValuesOf } from '../../src/nn/build.ts';
import { layer, ones } from '../../src/nn/custom.ts';
import { modelDocument } from '../../src/nn/document.ts';
import type { CallableLayer, Layer } from '../../src/nn/layer.ts';
import { activation, add, batchNorm, concat, dense, dropout, flatten, repeat, residual } from '../../src/nn/layers.ts';
import { type Model, model } from '../../src/nn/model.ts';
import { named } from '../../src/nn/named.ts';
import { LayerPaths } from '../../src/nn/names.ts';
import { sequential, summary } from '../../src/nn/sequential.ts';
import * as ops from '../../src/ops/public.ts';
import { keyOf } from '../../src/random.ts';

type Layers = Parameters<typeof sequential>[0];

const initialsOf = (layers: Layers): Initializers => {
  const graph = new Graph();
  const initializers: Initializers = new Map();
  sequential(layers).build(graph, graph.input('x', [4, 6], { batch: true }), 'train', initializers);
  return initializers;
};
const pathsOf = (layers: Layers): string[] => [...initialsOf(layers).keys()];
const scale = (kind: string): Layer => layer(kind, (x, { parameter }) => ops.mul(x, parameter('gain', [ops.last(x)], ones())));

test('a path is the kind and a number from 1 within the block', () => {
  expect(
    pathsOf([
      dense({ units: 6, bias: false }),
      activation('tanh'),
      repeat(2, [residual([activation('tanh'), dense({ units: 6, bias: false }), dense({ units: 5, bias: false })])]),
      concat([[dense({ units: 4, bias: false })], [scale('gain')]]),
      dense({ units: 3, bias: false }),
    ]),
  ).toEqual([
    'dense_1/weight',
    ...['residual_1/dense_1/weight', 'residual_1/dense_2/weight', 'residual_1/shortcut', 'residual_2/dense_1/weight', 'residual_2/dense_2/weight'],
    'concat_1/branch_1/dense_1/weight',
    'concat_1/branch_2/gain_1/gain',
    'dense_2/weight',
  ]);
  expect(summary(sequential([flatten(), dense(4), activation('tanh'), dense(3)]), 6)).toMatch(/flatten_1 .*\ndense_1 .*\ntanh_1 .*\ndense_2 /);
});

describe('what has no weights, put anywhere, changes no path and no initial value', () => {
  const values = (layers: Layers): [string, number[]][] =>
    [...initialValuesOf(initialsOf(layers), keyOf(3))].map(([path, data]) => [path, [...new Uint32Array(data.buffer)]]);
  const body = (more: readonly Layer[]): Layers => [
    ...more,
    dense(6),
    ...more,
    batchNorm(),
    residual([...more, dense(6), ...more, dense(6)]),
    add([
      [...more, dense(5)],
      [dense(5), ...more, dense(5)],
    ]),
    ...more,
    scale('scale'),
    dense(3),
    ...more,
  ];
  test.each<[string, readonly Layer[]]>([
    ['a flatten', [flatten()]],
    ['a dropout', [dropout(0.2)]],
    ['an activation', [activation('gelu')]],
    ['a layer of ops', [layer('twice', (x) => ops.mul(x, 2))]],
    ['several', [flatten(), activation('relu'), flatten(), dropout(0.1)]],
  ])('%s', (_name, more) => {
    expect(values(body(more))).toEqual(values(body([])));
  });
});

describe('no two layers share a path', () => {
  test('kinds that end in numbers', () => {
    const kinds = ['dense', 'dense_1', 'dense_1_1', 'dense-1', 'dense_', '1', '_1', '1_1', 'dense', 'dense_1', '1'];
    const paths = new LayerPaths();
    const named = kinds.map((kind) => paths.next('', kind));
    expect(new Set(named).size).toBe(kinds.length);
    expect(named.slice(0, 3)).toEqual(['dense_1', 'dense_1_1', 'dense_1_1_1']);
    expect(pathsOf([dense(6), scale('dense_1'), dense(6), scale('dense')])).toEqual([
      ...['dense_1/weight', 'dense_1/bias', 'dense_1_1/gain', 'dense_2/weight', 'dense_2/bias', 'dense_3/gain'],
    ]);
  });

  test('a block that builds two lists of layers', () => {
    const list = [dense({ units: 6, bias: false })];
    const twice: Layer = { kind: 'twice', residualBlocks: 0, build: (context, x) => context.nested(list, context.nested(list, x)) };
    expect(pathsOf([twice, twice])).toEqual(['twice_1/dense_1/weight', 'twice_1/dense_2/weight', 'twice_2/dense_1/weight', 'twice_2/dense_2/weight']);
  });

  test.each(['residual_1/dense', 'a:2', 'a.b', 'a b', ''])('a kind that paths cannot hold is refused: %j', (kind) => {
    const build: Layer['build'] = (_context, x) => x;
    expect(() => sequential([dense(3), { kind, residualBlocks: 0, build }])).toThrow(
      `sequential: layers[1]: kind: expected a name of letters, digits, _ and -, got ${JSON.stringify(kind)}`,
    );
    expect(() => layer(kind, (x) => x)).toThrow('layer: expected a name of letters, digits, _ and -');
  });
});

test('theory names the layers of a document as the model does', () => {
  const tanh = { type: 'activation', name: 'tanh' };
  const dense = { type: 'dense', units: 8 };
  const document = parseExperiment({
    data: { source: 'generator', name: 'blobs' },
    model: {
      layers: [
        ...[{ type: 'flatten' }, dense, tanh, { type: 'repeat', times: 2, layers: [dense, { type: 'dropout', rate: 0.1 }, tanh] }],
        {
          type: 'repeat',
          times: 2,
          layers: [{ type: 'residual', layers: [{ type: 'residual', layers: [dense, tanh] }, { type: 'dense', units: 9 }, tanh, dense] }],
        },
        { type: 'dense', units: 3 },
      ],
    },
    loss: 'softmax_cross_entropy',
    optimizer: { name: 'sgd', learningRate: 0.1 },
    training: { steps: 4, batchSize: 16 },
  });
  const graph = new Graph();
  const x = graph.input('x', [16, 2], { batch: true });
  const places = placesOf(infoOf(deriveTaps({ inputs: [x], ...buildModel(document.model.layers).build(graph, x, 'train') })));
  const namesOf = (names: readonly { name: string }[]): string[] => names.map(({ name }) => name);
  expect(namesOf(predictPlaces(document, 2, 1)!)).toEqual(namesOf(places));
});

describe('given names', () => {
  const noBias = (units: number): CallableLayer => dense({ units, bias: false });
  const pathsOfModel = (net: Model): string[] => {
    const graph = new Graph();
    const initializers: Initializers = new Map();
    net.build(graph, { x: graph.input('x', [4, 6], { batch: true }) }, 'train', initializers);
    return [...initializers.keys()];
  };

  test('stand for kind and number, in blocks too, and change no other path', () => {
    const layers = (name: <L extends Layer>(name: string, layer: L) => L): Layers => [
      noBias(6),
      name('middle', noBias(6)),
      name('block', residual([name('inner', noBias(6)), noBias(6)])),
      name('sides', concat([[name('left', noBias(2))], [name('left', noBias(2)), flatten()]])),
      name('row', sequential([noBias(3), name('norm', batchNorm())]).layer),
      name('gain', scale('scale')),
      name('dropped', dropout(0.5)),
      noBias(2),
    ];
    const counted = pathsOf(layers((_, each) => each));
    const given = pathsOf(layers(named));
    expect(given).toEqual([
      ...['dense_1/weight', 'middle/weight', 'block/inner/weight', 'block/dense_2/weight', 'sides/branch_1/left/weight', 'sides/branch_2/left/weight'],
      ...['row/dense_1/weight', 'row/norm/gamma', 'row/norm/beta', 'row/norm/running_mean', 'row/norm/running_variance', 'gain/gain', 'dense_3/weight'],
    ]);
    expect(counted.at(-1)).toBe('dense_3/weight');
    expect(summary(sequential([dense(4), named('head', dense(3))]), 6)).toMatch(/dense_1 .*\nhead .*3] +15/);
  });

  test('of layers, blocks and models that are called', () => {
    const trunk = sequential([noBias(4), activation('tanh')]);
    const inner = model({ x: [4] }, ({ x }) => ({ y: noBias(3)(x) }));
    const net = model({ x: [6] }, ({ x }) => {
      const head = named('head', noBias(6));
      const hidden = named('trunk', trunk)(head(head(x)));
      return { y: named('inner', inner)({ x: hidden }).y, z: noBias(2)(hidden) };
    });
    expect(pathsOfModel(net)).toEqual(['head/weight', 'trunk/dense_1/weight', 'inner/dense_1/weight', 'dense_2/weight']);
    const graph = new Graph();
    const { placed } = net.build(graph, { x: graph.input('x', [4, 6], { batch: true }) });
    // The description of a live model finds its place, named or not.
    expect([placed.get(trunk.layer), placed.get(inner)]).toEqual(['trunk', 'inner']);
  });

  test('tied weights find a layer by its description, too', () => {
    const encoder = dense({ units: 4, bias: false });
    const net = model({ x: [6] }, ({ x }) => ({ y: dense({ units: 6, weight: encoder, transpose: true, bias: false })(named('encoder', encoder)(x)) }));
    expect(pathsOfModel(net)).toEqual(['encoder/weight']);
  });

  test.each(['a/b', '*', 'a*', '', 'a b', 'a:2'])('that paths cannot hold are refused: %j', (name) => {
    expect(() => named(name, dense(3))).toThrow(`named: expected a name of letters, digits, _ and -, got ${JSON.stringify(name)}`);
    const raw = { ...dense(3), givenName: name };
    expect(() => pathsOf([raw])).toThrow(`dense_1: name: expected a name of letters, digits, _ and -, got ${JSON.stringify(name)}`);
  });

  test.each<[string, Layers, string]>([
    ['twice', [named('a', dense(3)), dense(3), named('a', dense(3))], 'a'],
    ['in copies', [residual([repeat(2, [named('a', dense(3))])].flat(2))], 'residual_1/a'],
    ['of a number after it', [named('dense_2', dense(3)), dense(3)], 'dense_2'],
    ['of a number before it', [dense(3), named('dense_1', dense(3))], 'dense_1'],
  ])('of another layer of the block are refused: %s', (_name, layers, path) => {
    expect(() => pathsOf(layers)).toThrow(`${path}: two layers of a block have this name: give one another`);
    expect(() => modelDocument(sequential(layers))).toThrow(`${path}: two layers of a block have this name`);
  });

  test.each(['optimizer', 'best'])('that files have for the state of a run are refused at the top: %s', (name) => {
    expect(() => pathsOf([named(name, dense(3)), dense(3)])).toThrow(`${name}: files have a run's state under optimizer/ and best/: choose another name`);
    expect(pathsOf([residual([named(name, dense(3))]), named(`${name}_`, dense(3))])).toContain(`residual_1/${name}/weight`);
  });

  test.each<[string, unknown, string]>([
    ['an activation', activation('tanh'), 'named a: tanh is an activation, which has no weights and takes no name'],
    ['a list', repeat(2, [dense(3)]), 'named a: expected a layer, got a list: name its layers, or sequential([...]) of them'],
    ['nothing', undefined, 'named a: expected a layer, got undefined'],
  ])('of %s are refused', (_name, given, message) => {
    expect(() => named('a', given as Layer)).toThrow(message);
  });

  const documentOf = (layers: unknown): unknown => ({
    data: { source: 'generator', name: 'blobs' },
    model: { layers },
    loss: 'softmax_cross_entropy',
    optimizer: { name: 'sgd', learningRate: 0.1 },
    training: { steps: 4, batchSize: 16 },
  });

  test('stand in documents, there and back, and in theory', () => {
    const layers = [
      { type: 'dense', name: 'first', units: 8 },
      { type: 'activation', name: 'tanh' },
      {
        type: 'residual',
        name: 'block',
        layers: [
          { type: 'dense', units: 8 },
          { type: 'batch_norm', name: 'norm' },
        ],
      },
      { type: 'dropout', name: 'noise', rate: 0.1 },
      { type: 'flatten', name: 'flat' },
      { type: 'sequential', name: 'row', layers: [{ type: 'dense', name: 'first', units: 8 }] },
      { type: 'dense', name: 'head', units: 3 },
    ];
    const document = parseExperiment(documentOf(layers));
    const net = buildModel(document.model.layers);
    expect(modelDocument(net)).toEqual({ layers });
    const graph = new Graph();
    const x = graph.input('x', [16, 2], { batch: true });
    const places = placesOf(infoOf(deriveTaps({ inputs: [x], ...net.build(graph, x, 'train') })));
    expect(places.map(({ name }) => name)).toEqual(['first', 'block/dense_1', 'block', 'row/first', 'head']);
    expect(predictPlaces(document, 2, 1)!.map(({ name }) => name)).toEqual(places.map(({ name }) => name));
    for (const layer of [
      { type: 'add', name: 'sum', branches: [[{ type: 'dense', name: 'a', units: 3 }], [{ type: 'dense', name: 'a', units: 3 }]] },
      { type: 'graph', name: 'wires', nodes: { a: { from: 'x', layers: [{ type: 'dense', name: 'a', units: 3 }] } }, output: 'a' },
    ])
      expect(modelDocument(buildModel(parseExperiment(documentOf([layer])).model))).toEqual({ layers: [layer] });
  });

  const head = { type: 'dense', name: 'head', units: 3 };
  test.each<[string, unknown[], string]>([
    ['twice', [head, head], 'model.layers[1].name: head: two layers of a block have this name: give one another'],
    ['in copies', [{ type: 'repeat', times: 2, layers: [head] }], 'model.layers[0].layers[0].name: head: two layers of a block have this name'],
    ['in a branch', [{ type: 'add', branches: [[head], [head, head]] }], 'model.layers[0].branches[1][1].name: add_1/branch_2/head: two layers'],
    [
      'of a number',
      [
        { ...head, name: 'dense_2' },
        { type: 'dense', units: 3 },
      ],
      'model.layers[1].name: dense_2: two layers of a block have this name',
    ],
    ['of the state of a run', [{ ...head, name: 'best' }], "model.layers[0].name: best: files have a run's state under optimizer/ and best/"],
    ['with a slash', [{ ...head, name: 'a/b' }], 'model.layers[0].name: expected a name of letters, digits, _ and -'],
  ])('that documents cannot have are refused by their place: %s', (_name, layers, message) => {
    expect(() => parseExperiment(documentOf(layers))).toThrow(message);
  });
});
