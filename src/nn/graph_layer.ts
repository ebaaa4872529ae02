// Layers that are wired by name, for documents: programs have `model(...)`.
import type { Value } from '../graph/graph.ts';
import { concatOp } from '../ops/concat.ts';
import { type CallableLayer, callable, type GraphNode } from './layer.ts';
import { sum } from './layers.ts';

/** The name of what a graph is given. */
export const GRAPH_INPUT = 'x';

/** A layer of nodes in an order in which each takes what stands before it. Paths are those of the nodes: `graph_1/encoder/dense_1`. */
export function graphLayer(nodes: readonly GraphNode[], output: string): CallableLayer {
  return callable({
    kind: 'graph',
    residualBlocks: nodes.flatMap(({ layers }) => layers).reduce((n, { residualBlocks }) => n + residualBlocks, 0),
    inside: nodes.map(({ layers }) => layers),
    options: { type: 'graph', nodes, output },
    build(context, x) {
      const { graph, path } = context;
      const values = new Map([[GRAPH_INPUT, x]]);
      for (const { name, from, join, layers } of nodes) {
        const given = from.map((each) => values.get(each)!) as [Value, ...Value[]];
        const joined =
          join === 'concat'
            ? graph.apply(concatOp, given, { axis: given[0].type.shape.length - 1 }, `${path}/${name}/joined`)[0]!
            : given.reduce((a, b) => sum(graph, a, b, `${path}/${name}/sum`));
        values.set(name, context.nested(layers, joined, `${name}/`));
      }
      return values.get(output)!;
    },
  });
}
