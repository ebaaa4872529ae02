// Sums of branches.
import type { Graph, Value } from '../../graph/graph.ts';
import { addOp } from '../../ops/elementwise.ts';
import { requireSameShape } from '../../ops/kernels.ts';

/** Of branches: nothing is broadcast. */
export function sum(graph: Graph, a: Value, b: Value, path: string): Value {
  requireSameShape(`add at ${path}`, a.type, b.type);
  return graph.apply(addOp, [a, b], {}, path)[0]!;
}
