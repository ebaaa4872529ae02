// Paths of layers: kind and number within the block. What has no weights changes no path of a weight, and no two layers share one.
import { describe, expect, test } from 'vitest';
import { buildModel } from '../../src/experiment/build.ts';
import { predictPlaces } from '../../src/experiment/predict.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';
import { Graph } from '../../src/graph/graph.ts';
import { placesOf } from '../../src/inspect/places.ts';
import { deriveTaps, infoOf } from '../../src/inspect/taps.ts';
import { type Initials, startingValues } from '../../src/nn/build.ts';
import { layer, ones } from '../../src/nn/custom.ts';
import type { Layer } from '../../src/nn/layer.ts';
import { activation, add, batchNorm, concat, dense, dropout, flatten, repeat, residual } from '../../src/nn/layers.ts';
import { LayerPaths } from '../../src/nn/names.ts';
import { sequential, summary } from '../../src/nn/sequential.ts';
import * as ops from '../../src/ops/public.ts';
import { keyOf } from '../../src/random.ts';

type Layers = Parameters<typeof sequential>[0];

const initialsOf = (layers: Layers): Initials => {
  const graph = new Graph();
  const initials: Initials = new Map();
  sequential(layers).build(graph, graph.input('x', [4, 6], { batch: true }), 'train', initials);
  return initials;
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
    [...startingValues(initialsOf(layers), keyOf(3))].map(([path, data]) => [path, [...new Uint32Array(data.buffer)]]);
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
    optimizer: { name: 'sgd', rate: 0.1 },
    training: { steps: 4, batchSize: 16 },
  });
  const graph = new Graph();
  const x = graph.input('x', [16, 2], { batch: true });
  const places = placesOf(infoOf(deriveTaps({ inputs: [x], ...buildModel(document.model.layers).build(graph, x, 'train') })));
  const namesOf = (names: readonly { name: string }[]): string[] => names.map(({ name }) => name);
  expect(namesOf(predictPlaces(document, 2, 1)!)).toEqual(namesOf(places));
});
