// Graphs in which values share memory, or must not: what is computed is the same as if every alias were a copy.
import { Graph, type Value } from '../../src/graph/graph.ts';
import { activationAttrs, activationOp } from '../../src/ops/activations.ts';
import { assignOp } from '../../src/ops/copy.ts';
import { addOp, multiplyOp, scaleOp } from '../../src/ops/elementwise.ts';
import { matmulOp } from '../../src/ops/matmul.ts';
import { reshapeOp } from '../../src/ops/reshape.ts';

export interface AliasCase {
  readonly name: string;
  /** Copies that the plan needs. */
  readonly copies: number;
  build(graph: Graph): { outputs: Value[]; gradientSlots?: ReadonlyMap<Value, string> };
}

const one = (graph: Graph, op: typeof addOp, a: Value, b: Value): Value => graph.apply(op, [a, b], {})[0]!;
const scaled = (graph: Graph, x: Value, factor = 2): Value => graph.apply(scaleOp, [x], { factor })[0]!;
/** Always a node, also where the shape stays. */
const alias = (graph: Graph, x: Value, shape: readonly number[], name = 'alias'): Value => graph.apply(reshapeOp, [x], { shape }, name)[0]!;
const assign = (graph: Graph, from: Value, to: Value): void => {
  graph.apply(assignOp, [from, to], {});
};

/** What an alias may be of. */
const SOURCES: [string, (graph: Graph) => Value][] = [
  ['an input', (graph) => graph.input('x', [6, 8])],
  ['a parameter', (graph) => graph.parameter('w', [6, 8])],
  ['a buffer', (graph) => graph.buffer('r', [6, 8])],
];

export const ALIAS_CASES: readonly AliasCase[] = [
  ...SOURCES.flatMap(([of, source]): AliasCase[] => [
    { name: `${of}, read in the step`, copies: 0, build: (graph) => ({ outputs: [scaled(graph, alias(graph, source(graph), [8, 6]))] }) },
    { name: `${of}, read after the step`, copies: 1, build: (graph) => ({ outputs: [alias(graph, source(graph), [8, 6])] }) },
    {
      name: `${of}, overwritten before it is read`,
      copies: 2,
      build: (graph) => {
        const x = source(graph);
        const before = alias(graph, x, [8, 6]);
        assign(graph, scaled(graph, x, 3), x);
        return { outputs: [scaled(graph, before, 5)] };
      },
    },
    {
      name: `${of}, overwritten once it was read`,
      copies: 1,
      build: (graph) => {
        const x = source(graph);
        const y = scaled(graph, alias(graph, x, [8, 6]), 5);
        assign(graph, scaled(graph, x, 3), x);
        return { outputs: [y] };
      },
    },
    {
      name: `${of} is overwritten by an alias of itself`,
      copies: 2,
      build: (graph) => {
        const x = source(graph);
        assign(graph, alias(graph, alias(graph, x, [8, 6]), [6, 8]), x);
        return { outputs: [scaled(graph, x)] };
      },
    },
  ]),
  {
    name: 'an activation, read after the step',
    copies: 0,
    build: (graph) => {
      const h = scaled(graph, graph.input('x', [6, 8]));
      return { outputs: [alias(graph, h, [8, 6]), h] };
    },
  },
  {
    name: 'an alias of an alias outlives both',
    copies: 0,
    build: (graph) => {
      const h = scaled(graph, graph.input('x', [6, 8]));
      const far = alias(graph, alias(graph, h, [8, 6]), [3, 16]);
      // Each would take the memory of h if it were free.
      const others = [scaled(graph, h, 3), scaled(graph, h, 4), scaled(graph, h, 5)].reduce((a, b) => one(graph, addOp, a, b));
      return { outputs: [scaled(graph, far, 7), others] };
    },
  },
  {
    name: 'a value and its alias in one dispatch',
    copies: 1,
    build: (graph) => {
      const h = scaled(graph, graph.input('x', [6, 8]));
      return { outputs: [one(graph, addOp, h, alias(graph, h, [6, 8]))] };
    },
  },
  {
    name: 'two aliases of one value in one dispatch',
    copies: 1,
    build: (graph) => {
      const x = graph.parameter('w', [6, 8]);
      return { outputs: [one(graph, multiplyOp, alias(graph, x, [8, 6]), alias(graph, alias(graph, x, [48]), [8, 6]))] };
    },
  },
  {
    name: 'an alias as a factor of itself, fused with bias and activation',
    copies: 1,
    build: (graph) => {
      const x = graph.input('x', [6, 6]);
      return { outputs: [graph.apply(matmulOp, [x, alias(graph, x, [6, 6])], { transposeB: true })[0]!] };
    },
  },
  {
    name: 'an activation is overwritten, then its alias is read',
    copies: 2,
    build: (graph) => {
      const x = graph.input('x', [6, 8]);
      const h = scaled(graph, x);
      const before = alias(graph, h, [8, 6]);
      assign(graph, scaled(graph, x, 3), h);
      return { outputs: [before, scaled(graph, h)] };
    },
  },
  {
    name: 'an alias is overwritten, then its source is read',
    copies: 2,
    build: (graph) => {
      const x = graph.input('x', [6, 8]);
      const h = scaled(graph, x);
      const other = alias(graph, h, [8, 6]);
      assign(graph, scaled(graph, alias(graph, x, [8, 6]), 3), other);
      return { outputs: [scaled(graph, h), scaled(graph, other)] };
    },
  },
  {
    name: 'an alias of what was overwritten',
    copies: 1,
    build: (graph) => {
      const x = graph.input('x', [6, 8]);
      const h = scaled(graph, x);
      assign(graph, scaled(graph, x, 3), h);
      return { outputs: [alias(graph, h, [8, 6])] };
    },
  },
  {
    name: 'an alias between two overwritings',
    copies: 3,
    build: (graph) => {
      const x = graph.input('x', [6, 8]);
      const h = scaled(graph, x);
      assign(graph, scaled(graph, x, 3), h);
      const between = alias(graph, h, [8, 6]);
      assign(graph, scaled(graph, x, 5), h);
      return { outputs: [scaled(graph, between), scaled(graph, h)] };
    },
  },
  {
    name: 'a gradient in another shape than its parameter',
    copies: 0,
    build: (graph) => {
      graph.parameter('w', [6, 8]);
      const h = scaled(graph, graph.input('x', [8, 6]));
      const gradient = alias(graph, h, [6, 8], 'gradient');
      return { outputs: [gradient, h, scaled(graph, h)], gradientSlots: new Map([[gradient, 'w']]) };
    },
  },
  {
    name: 'one value as the gradient of two parameters',
    copies: 1,
    build: (graph) => {
      graph.parameter('v', [48]);
      graph.parameter('w', [6, 8]);
      const h = scaled(graph, graph.input('x', [8, 6]));
      const [dv, dw] = [alias(graph, h, [48], 'dv'), alias(graph, h, [6, 8], 'dw')];
      return {
        outputs: [dv, dw, h],
        gradientSlots: new Map([
          [dv, 'v'],
          [dw, 'w'],
        ]),
      };
    },
  },
  {
    name: 'a parameter as the gradient of another',
    copies: 1,
    build: (graph) => {
      const v = graph.parameter('v', [48]);
      graph.parameter('w', [6, 8]);
      const gradient = alias(graph, v, [6, 8], 'gradient');
      return { outputs: [gradient], gradientSlots: new Map([[gradient, 'w']]) };
    },
  },
  {
    name: 'a dense layer in another shape at each place',
    copies: 0,
    build: (graph) => {
      const x = graph.input('x', [2, 3, 8]);
      const product = graph.apply(matmulOp, [alias(graph, x, [6, 8]), graph.parameter('w', [8, 4])], {}, 'product')[0]!;
      const h = graph.apply(activationOp, [alias(graph, product, [2, 3, 4])], activationAttrs('gelu'), 'h')[0]!;
      return { outputs: [scaled(graph, alias(graph, h, [2, 12]))] };
    },
  },
];

export function buildAliasCase(of: AliasCase): { graph: Graph; outputs: Value[]; gradientSlots: ReadonlyMap<Value, string> } {
  const graph = new Graph();
  const { outputs, gradientSlots = new Map() } = of.build(graph);
  return { graph, outputs, gradientSlots };
}
