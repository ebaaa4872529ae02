// Another shape for the same elements. Tensors are row-major, so both lie in the same memory.
import type { Graph, Value } from '../graph/graph.ts';
import type { Op } from '../graph/op.ts';
import { reshaped, sameShape } from '../shape.ts';
import { kernelsOf } from './kernel_choice.ts';
import { asInput } from './kernels.ts';

export const reshapeOp: Op<{ shape: readonly number[] }> = {
  name: 'reshape',
  signal: { kind: 'view' },
  alias: true,
  elements: 'any',
  padding: asInput,
  infer: ([x], { shape }, where) => [reshaped(x!, shape, `reshape at ${where}`)],
  vjp: (graph, node, [dy]) => [reshape(graph, dy!, node.inputs[0]!.type.shape)],
  lower: (emit, node) => emit.dispatch(kernelsOf('seldom').copyRequest(node.inputs[0]!, node.outputs[0]!)),
};

/** x itself where it has the shape already. Throws ShapeError where the number of elements differs, or rows would mix samples. */
export function reshape(graph: Graph, x: Value, shape: readonly number[]): Value {
  return sameShape(x.type.shape, shape) ? x : graph.apply(reshapeOp, [x], { shape: [...shape] })[0]!;
}
