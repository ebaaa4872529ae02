// A program's model as a document: the way back from `buildModel`.
import { expect, test } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { buildModel } from '../../src/experiment/build.ts';
import type { LayerDocument } from '../../src/experiment/document.ts';
import { predict, predictPlaces } from '../../src/experiment/predict.ts';
import { REMEDIES } from '../../src/experiment/remedies/index.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';
import { modelSize } from '../../src/experiment/size.ts';
import { Graph } from '../../src/graph/graph.ts';
import { printNodes } from '../../src/graph/print.ts';
import { activationConstructor, wgslActivation } from '../../src/nn/activation_constructor.ts';
import { elu, relu } from '../../src/nn/activations.ts';
import { type Initializers, initialValuesOf } from '../../src/nn/build.ts';
import { layer } from '../../src/nn/custom.ts';
import { modelDocument } from '../../src/nn/document.ts';
import { INITIALIZER_SCHEMES, INITIALIZERS, type Initializer, type InitializerScheme } from '../../src/nn/initializers.ts';
import type { Layer } from '../../src/nn/layer.ts';
import { activation, add, batchNorm, concat, dense, dropout, flatten, repeat, residual } from '../../src/nn/layers.ts';
import { model } from '../../src/nn/model.ts';
import { type Sequential, sequential } from '../../src/nn/sequential.ts';
import { ACTIVATIONS, type ActivationName } from '../../src/ops/activation_table.ts';
import type { Options } from '../../src/option_table.ts';
import { keyOf, Random } from '../../src/random.ts';
import { explain } from '../../src/scheduler/explain.ts';
import { schedule } from '../../src/scheduler/schedule.ts';
import { sizeOf } from '../../src/shape.ts';
import { PORTABLE, stepGraph } from '../support/models.ts';

const FEATURES = 6;

/** All that building a model gives: its graphs, paths, first values, and the plan of a step. */
function allOf(net: Sequential): unknown {
  const graphs = (['train', 'infer'] as const).map((mode) => {
    const graph = new Graph();
    const initializers: Initializers = new Map();
    net.build(graph, graph.input('x', [4, FEATURES], { batch: true }), mode, initializers);
    return { nodes: printNodes(graph.nodes), initializers: [...initializers.keys()], values: [...initialValuesOf(initializers, keyOf(7))] };
  });
  const step = stepGraph(net, { features: FEATURES });
  return { graphs, plan: explain(schedule(step.graph, { capabilities: PORTABLE, gradientSlots: step.gradientSlots, retain: [step.losses] })) };
}

/** A document of the model, which a parsed experiment takes as it is. */
function written(net: Sequential): LayerDocument[] {
  const { layers } = modelDocument(net);
  const document = parseExperiment({
    data: { source: 'generator', name: 'moons' },
    model: { layers: JSON.parse(JSON.stringify(layers)) },
    loss: 'softmax_cross_entropy',
    optimizer: { name: 'sgd', learningRate: 0.1 },
    training: { steps: 1, batchSize: 8 },
  });
  expect(document.model.layers).toEqual(layers);
  return layers;
}

/** Layers at random, of every kind and option, that give as many columns as they are given. */
function randomLayers(random: Random, depth: number): Layer[] {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random.uniform() * list.length)]!;
  const maybe = <T extends object>(given: T): T | Record<string, never> => (random.uniform() < 0.5 ? given : {});
  const number = (): number => Number((0.1 + random.uniform()).toFixed(3));
  const initial = (schemes: readonly InitializerScheme[]): Initializer => {
    const scheme = pick(schemes);
    const values = Object.entries(INITIALIZERS[scheme].options as Options).map(([key, entry]) => {
      if (!entry.required && random.uniform() < 0.5) return {};
      return { [key]: entry.type === 'name' ? pick(entry.names) : entry.type === 'integer' ? pick([3, 5]) : number() };
    });
    return Object.assign({ scheme }, ...values);
  };
  const full = (units = FEATURES): Layer =>
    dense({
      units,
      ...maybe({ bias: false }),
      ...maybe({ initializer: initial(INITIALIZER_SCHEMES) }),
      ...maybe({ biasInitializer: initial(INITIALIZER_SCHEMES.filter((scheme) => scheme !== 'orthogonal')) }),
      ...maybe({ l1: number() }),
      ...maybe({ l2: number() }),
    });
  const acts = Object.keys(ACTIVATIONS) as ActivationName[];
  const act = (): Layer => {
    const name = pick(acts);
    const params = Object.fromEntries(Object.entries(ACTIVATIONS[name].params).map(([key, value]) => [key, random.uniform() < 0.5 ? value : value + 0.25]));
    return random.uniform() < 0.5 ? activation(name, params) : activationConstructor(ACTIVATIONS[name])(params);
  };
  const leaf = [full, act, () => batchNorm({ ...maybe({ eps: number() }), ...maybe({ momentum: number() / 2 }) }), () => dropout(number() / 2), flatten];
  const inner = (): Layer[] => randomLayers(random, depth - 1);
  const block: (() => Layer | readonly Layer[])[] = [
    () => residual([...inner(), full()], maybe({ scale: pick([0.5, -2, '1/sqrt(L)'] as const) })),
    () => residual([full(4), act(), full(3)]),
    () => sequential(inner()).layer,
    () => repeat(pick([1, 2, 3]), inner()),
    () => add([inner(), [full()], inner()]),
    () => concat([inner(), [...inner(), full(2)]]),
    () => {
      const again = full();
      return [again, again, act(), again];
    },
  ];
  return Array.from({ length: 1 + Math.floor(random.uniform() * 3) }, () => [pick(depth > 0 ? [...leaf, ...block] : leaf)()])
    .flat(2)
    .concat(full());
}

test.each(Array.from({ length: 30 }, (_, seed) => [seed]))('gives the same paths, initial values and plan, and its document comes back: %i', (seed) => {
  const net = sequential([...randomLayers(new Random(keyOf(seed)), 3), dense(3)]);
  const layers = written(net);
  const again = buildModel(modelDocument(net));
  expect(allOf(again)).toEqual(allOf(net));
  expect(allOf(buildModel(layers))).toEqual(allOf(net));
  expect(modelDocument(again)).toEqual({ layers });
  // What is added up without building the model is what it has.
  const graph = new Graph();
  const initializers: Initializers = new Map();
  net.build(graph, graph.input('x', [4, FEATURES], { batch: true }), 'infer', initializers);
  expect(modelSize(layers, FEATURES)).toEqual({ parameters: [...initializers.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0) });
});

test('leaves out what is a default, and writes copies once', () => {
  const block = dense({ units: 8, bias: true, initializer: { scheme: 'he_normal', gain: 1, fanIn: undefined as never } });
  expect(
    written(
      sequential([
        repeat(3, [...repeat(2, [dense(8), relu()]), batchNorm()]),
        block,
        block,
        dense({ units: 8, initializer: { scheme: 'orthogonal', gain: 1 } }),
        dense({ units: 8, initializer: { scheme: 'variance_scaling' } }),
        elu({ alpha: 1 }),
        dense({ units: 2, initializer: { scheme: 'constant', value: 0 } }),
      ]),
    ),
  ).toEqual([
    {
      type: 'repeat',
      times: 3,
      layers: [
        {
          type: 'repeat',
          times: 2,
          layers: [
            { type: 'dense', units: 8 },
            { type: 'activation', name: 'relu' },
          ],
        },
        { type: 'batch_norm' },
      ],
    },
    { type: 'repeat', times: 2, layers: [{ type: 'dense', units: 8 }] },
    { type: 'dense', units: 8, initializer: { scheme: 'orthogonal' } },
    { type: 'dense', units: 8, initializer: { scheme: 'variance_scaling' } },
    { type: 'activation', name: 'elu' },
    { type: 'dense', units: 2, initializer: { scheme: 'constant' } },
  ]);
});

test('is of the layers as they were given, whatever becomes of the lists', () => {
  const branch: Layer[] = [dense(4)];
  const net = sequential([residual(branch), concat([branch, branch]), dense(2)]);
  branch.push(activation('tanh'));
  expect(written(net)).toEqual([
    { type: 'residual', layers: [{ type: 'dense', units: 4 }] },
    { type: 'concat', branches: [[{ type: 'dense', units: 4 }], [{ type: 'dense', units: 4 }]] },
    { type: 'dense', units: 2 },
  ]);
});

const own = wgslActivation('relu', {
  wgsl: 'fn act(x: vec4f) -> vec4f { return x; } fn act_grad(x: vec4f) -> vec4f { return vec4f(1.0); }',
  value: (x) => x,
  derivative: () => 1,
});
const encoder = dense(4);
let deep: Layer = dense(3);
for (let i = 0; i < 99; i++) deep = residual([deep]);

test.each<[string, unknown, string]>([
  [
    'a custom layer',
    sequential([dense(3), residual([dense(3), layer('mine', (x) => x)]), dense(2)]),
    "modelDocument: residual_1/mine_1: mine is a custom layer, which a document cannot hold: its function is the program's",
  ],
  ['a custom one called dense', sequential([dense(3), layer('dense', (x) => x)]), 'modelDocument: dense_2: dense is a custom layer'],
  [
    'a custom activation, called relu',
    sequential([concat([[dense(3)], [dense(3), own()]]), dense(2)]),
    'modelDocument: concat_1/branch_2/relu_1: relu is a custom activation, which a document cannot hold',
  ],
  ['a copy of an activation', sequential([dense(3), activationConstructor({ ...relu.activation, value: (x: number) => x })()]), 'modelDocument: relu_1: '],
  [
    'tied weights',
    sequential([encoder, sequential([dense({ units: 6, weight: encoder, transpose: true })])]),
    'modelDocument: sequential_1/dense_1: its weight is that of another layer, which a document cannot hold',
  ],
  ['blocks too deep', sequential([deep]), 'lists and objects of a document are at most 200 deep'],
  ['a model of named inputs', model({ x: [3] }, ({ x }) => ({ y: dense(2)(x) })), 'modelDocument: model(...) is a function of the program'],
  ['layers', [dense(2)], 'modelDocument: expected a model, as sequential([...]) makes it, got'],
  ['nothing', undefined, 'modelDocument: expected a model'],
])('refuses what a document cannot hold: %s', (_name, net, message) => {
  expect(() => modelDocument(net as Sequential)).toThrow(UsageError);
  expect(() => modelDocument(net as Sequential)).toThrow(message);
});

test('theory and remedies serve a program', () => {
  const deepNet = sequential([repeat(8, [dense({ units: 16, initializer: { scheme: 'lecun_normal', gain: 0.3 } }), activation('tanh')]), dense(2)]);
  const asked = { model: modelDocument(deepNet), training: { batchSize: 32 } };
  const expected = predict(asked, 2, 1 / 3)!;
  expect(expected.map(({ name }) => name)).toEqual(Array.from({ length: 9 }, (_, i) => `dense_${i + 1}`));
  // sw2 = 0.09: each layer multiplies what it is given by about that.
  expect(expected[1]!.q / expected[0]!.q).toBeCloseTo(0.09, 2);
  const document = parseExperiment({
    data: { source: 'generator', name: 'moons' },
    ...asked,
    loss: 'softmax_cross_entropy',
    optimizer: { name: 'sgd', learningRate: 0.1 },
    training: { steps: 1, batchSize: 32 },
  });
  const { model: fixed } = REMEDIES.critical_initialisation.propose(document)!.document;
  expect(predict({ ...asked, model: fixed }, 2, 1 / 3)!.at(-2)!.q).toBeGreaterThan(1e4 * expected.at(-2)!.q);
});

test('a block of layers counts as its layers, in theory and in remedies', () => {
  const dense16 = { type: 'dense', units: 16 } as const;
  const tanh = { type: 'activation', name: 'tanh' } as const;
  const inside = (layers: LayerDocument[]): LayerDocument[] => [
    { type: 'sequential', layers },
    { type: 'dense', units: 2 },
  ];
  const body: LayerDocument[] = [dense16, tanh, { type: 'residual', scale: '1/sqrt(L)', layers: [dense16, tanh] }];
  const [block, plain] = [inside(body), [...body, { type: 'dense', units: 2 } as const]].map((layers) =>
    predictPlaces({ model: { layers }, training: { batchSize: 8 } }, 2, 1)!.map(({ q, place }) => [q, place]),
  );
  expect(block).toEqual(plain);
  expect(predict({ model: { layers: inside(body) }, training: { batchSize: 8 } }, 2, 1)!.map(({ name }) => name)).toEqual([
    'sequential_1/dense_1',
    'sequential_1/residual_1/dense_1',
    'dense_1',
  ]);
  const document = parseExperiment({
    data: { source: 'generator', name: 'moons' },
    model: { layers: inside([dense16, tanh, dense16, tanh]) },
    loss: 'softmax_cross_entropy',
    optimizer: { name: 'sgd', learningRate: 0.1 },
    training: { steps: 1, batchSize: 8 },
  });
  const fixed = Object.entries(REMEDIES).map(([id, remedy]) => [id, remedy.propose(document)?.document] as const);
  for (const [, after] of fixed) if (after) expect(() => allOf(buildModel(parseExperiment(after).model))).not.toThrow();
  expect(fixed.find(([id]) => id === 'batch_norm')![1]!.model.layers).toEqual(
    inside([dense16, { type: 'batch_norm' }, tanh, dense16, { type: 'batch_norm' }, tanh]),
  );
  expect(fixed.find(([id]) => id === 'residual')![1]!.model.layers).toEqual(
    inside([dense16, tanh, { type: 'residual', scale: '1/sqrt(L)', layers: [dense16, tanh] }]),
  );
});
