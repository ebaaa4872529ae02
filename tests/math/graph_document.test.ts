// Graphs of layers in documents: built as they are wired, refused by place and name.
import { describe, expect, test } from 'vitest';
import { ShapeError, UsageError } from '../../src/errors.ts';
import { buildModel } from '../../src/experiment/build.ts';
import type { Experiment, GraphDocument, LayerDocument } from '../../src/experiment/document.ts';
import { predict } from '../../src/experiment/predict.ts';
import { REMEDIES } from '../../src/experiment/remedies/index.ts';
import { experimentJsonSchema, parseExperiment } from '../../src/experiment/schema.ts';
import { modelSize, widthAfter } from '../../src/experiment/size.ts';
import { Graph } from '../../src/graph/graph.ts';
import { printNodes } from '../../src/graph/print.ts';
import { deriveTaps, infoOf } from '../../src/inspect/taps.ts';
import type { Initializers } from '../../src/nn/build.ts';
import { modelDocument } from '../../src/nn/document.ts';
import { sizeOf } from '../../src/shape.ts';
import { cpuTime } from '../support/cpu_time.ts';

const dense = (units: number): LayerDocument => ({ type: 'dense', units });
const relu: LayerDocument = { type: 'activation', name: 'relu' };

type Wiring = Omit<GraphDocument, 'type'>;
/** A wide layer and a long way round, added up, beside the inputs. Written last first: the order is free. */
const wiring: Wiring = {
  nodes: {
    out: { from: ['both', 'x'], join: 'concat', layers: [dense(2)] },
    both: { from: ['wide', 'long'], join: 'add' },
    long: { from: 'wide', layers: [dense(5), relu, { type: 'repeat', times: 2, layers: [dense(4)] }] },
    wide: { from: 'x', layers: [dense(4), relu] },
  },
  output: 'out',
};
const documentOf = (model: unknown): Experiment =>
  parseExperiment({
    data: { source: 'generator', name: 'moons' },
    model,
    loss: 'softmax_cross_entropy',
    optimizer: { name: 'sgd', learningRate: 0.1 },
    training: { steps: 1, batchSize: 8 },
  });
const graphOf = (change: Partial<Wiring['nodes']> = {}, output = 'out'): unknown => ({ graph: { nodes: { ...wiring.nodes, ...change }, output } });

function built(model: Experiment['model'], features = 3): { text: string; initializers: Initializers; trunk: (boolean | undefined)[] } {
  const graph = new Graph();
  const x = graph.input('x', [4, features], { batch: true });
  const initializers: Initializers = new Map();
  const made = buildModel(model).build(graph, x, 'train', initializers);
  return { text: printNodes(made.nodes), initializers, trunk: infoOf(deriveTaps({ inputs: [x], ...made })).layers.map(({ trunk }) => trunk) };
}

test('a graph has the paths of its nodes, whatever their order in the document', () => {
  const { model } = documentOf(graphOf());
  const { initializers, text } = built(model);
  expect([...initializers].filter(([path]) => path.endsWith('weight')).map(([path, { shape }]) => [path, shape])).toEqual([
    ['graph_1/wide/dense_1/weight', [3, 4]],
    ['graph_1/long/dense_1/weight', [4, 5]],
    ['graph_1/long/dense_2/weight', [5, 4]],
    ['graph_1/long/dense_3/weight', [4, 4]],
    ['graph_1/out/dense_1/weight', [7, 2]],
  ]);
  const turned = documentOf({ graph: { nodes: Object.fromEntries(Object.entries(wiring.nodes).reverse()), output: 'out' } });
  expect(built(turned.model).text).toBe(text);
  // Written at length it is a layer, here and inside of others.
  expect(documentOf({ layers: [{ type: 'graph', ...wiring }] }).model).toEqual(model);
  expect(() => built(documentOf({ layers: [{ type: 'residual', layers: [{ type: 'graph', ...wiring }] }, dense(2)] }).model)).not.toThrow();
});

test('its document comes back from the model, and its size is what it has', () => {
  const { model } = documentOf(graphOf());
  const { layers } = modelDocument(buildModel(model));
  expect(built({ layers }).text).toBe(built(model).text);
  expect(Object.keys((layers[0] as GraphDocument).nodes)).toEqual(['wide', 'long', 'both', 'out']);
  expect(documentOf({ layers }).model.layers).toEqual(modelDocument(buildModel({ layers })).layers);
  expect(modelSize(model.layers, 3)).toEqual({ parameters: [...built(model).initializers.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0) });
  expect(widthAfter(model.layers)).toBe(2);
});

test('theory does not know, remedies that would rewire are not offered, and the rest work', () => {
  const document = documentOf(graphOf());
  expect(predict(document, 3, 1)).toBeUndefined();
  const offered = Object.entries(REMEDIES).flatMap(([id, remedy]) => {
    const proposal = remedy.propose(document);
    if (proposal) expect(proposal.document.model).toEqual(document.model);
    return proposal ? [id] : [];
  });
  expect(offered).toEqual(['clip', 'learning_rate', 'optimizer', 'larger_batch', 'early_stopping', 'standardise_inputs', 'warm_up']);
});

describe('refuses, by place and name', () => {
  test.each<[string, unknown, string]>([
    [
      'a name that there is not',
      graphOf({ long: { from: 'wde', layers: [dense(4)] } }),
      'model.graph.nodes.long.from: there is no node "wde"; did you mean "wide"?',
    ],
    ['an output that there is not', graphOf({}, 'end'), 'model.graph.output: there is no node "end"'],
    ['a cycle', graphOf({ wide: { from: 'long', layers: [dense(4)] } }), 'a node cannot come from itself: '],
    [
      'a node of itself',
      graphOf({ wide: { from: 'wide', layers: [dense(4)] } }),
      'model.graph.nodes.wide.from: a node cannot come from itself: wide takes wide',
    ],
    ['a node that leads nowhere', graphOf({ lost: { from: 'wide', layers: [dense(4)] } }), 'model.graph.nodes.lost: is not used'],
    ['several values without a join', graphOf({ both: { from: ['wide', 'long'] } }), 'model.graph.nodes.both: is missing "join"'],
    ['a join of one', graphOf({ both: { from: ['wide'], join: 'add' } }), 'model.graph.nodes.both.join: expected several values'],
    ['a node of nothing', graphOf({ both: { from: 'wide' } }), 'model.graph.nodes.both: is missing "layers"'],
    ['the name of the inputs', graphOf({ x: { from: 'wide', layers: [dense(4)] } }), 'model.graph.nodes.x: x is what the graph is given'],
    ['a name with a slash', graphOf({ 'a/b': { from: 'wide', layers: [dense(4)] } }), 'model.graph.nodes.a/b: expected a name of letters'],
    ['no nodes', { graph: { nodes: {}, output: 'a' } }, 'model.graph.nodes: expected a node at least'],
    [
      'another join',
      graphOf({ both: { from: ['wide', 'long'], join: 'sum' as never } }),
      'model.graph.nodes.both.join: expected one of concat, add; got "sum"',
    ],
    ['a wrong layer', graphOf({ wide: { from: 'x', layers: [dense(0)] } }), 'model.graph.nodes.wide.layers[0].units: expected'],
    [
      'too many units',
      graphOf({ wide: { from: 'x', layers: [dense(2 ** 24), dense(2 ** 24), dense(4)] } }),
      'model.graph.nodes.wide.layers[1].units: up to here',
    ],
    [
      'too many nodes',
      {
        graph: {
          nodes: Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`n${i}`, { from: i === 0 ? 'x' : `n${i - 1}`, layers: [relu] }])),
          output: 'n10000',
        },
      },
      'model.graph.nodes: expected at most 10,000 nodes, got 10,001',
    ],
    ['both forms', { graph: wiring, layers: [dense(2)] }, 'model: expected exactly one of "layers" and "graph"'],
    ['none', {}, 'model: expected exactly one of "layers" and "graph"'],
    ['a key that is none', { layer: [] }, 'model.layer: unknown key; did you mean "layers"?'],
  ])('%s', (_name, model, message) => {
    expect(() => documentOf(model)).toThrow(UsageError);
    expect(() => documentOf(model)).toThrow(message);
  });

  test('widths that do not fit, when the model is built', () => {
    const { model } = documentOf(graphOf({ wide: { from: 'x', layers: [dense(3)] } }));
    expect(() => built(model)).toThrow(ShapeError);
    expect(() => built(model)).toThrow('graph_1/both');
  });
});

test('a graph of thousands of nodes, each of which takes the two before it, in any order, is checked at once', () => {
  const names = Array.from({ length: 3000 }, (_, i) => `n${i}`);
  const nodes = names.map((name, i) => [name, i < 2 ? { from: 'x', layers: [dense(2)] } : { from: [names[i - 1], names[i - 2]], join: 'add' }]);
  const begun = cpuTime();
  const { model } = documentOf({ graph: { nodes: Object.fromEntries(nodes.reverse()), output: 'n2999' } });
  expect(widthAfter(model.layers)).toBe(2);
  // Some milliseconds alone; walking every path would take for ever.
  expect(cpuTime() - begun).toBeLessThan(20_000);
});

test('the JSON schema knows graphs', () => {
  const text = JSON.stringify(experimentJsonSchema());
  expect(text).toContain('"graph"');
  expect(text).toContain('"nodes"');
});
