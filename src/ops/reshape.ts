// Another shape for the same elements. Tensors are row-major, so it is a copy.
import { ShapeError } from '../errors.ts';
import type { Graph, Value } from '../graph/graph.ts';
import type { Op } from '../graph/op.ts';
import { sameShape, shapeText, sizeOf } from '../shape.ts';
import { copyRequest } from './copy.ts';

export const reshapeOp: Op<{ shape: readonly number[] }> = {
  name: 'reshape',
  infer: ([x], { shape }, where) => {
    if (sizeOf(x!.shape) !== sizeOf(shape))
      throw new ShapeError(`reshape at ${where}: ${shapeText(x!.shape)} has ${sizeOf(x!.shape)} elements, ${shapeText(shape)} needs ${sizeOf(shape)}`);
    return [{ shape, dtype: x!.dtype }];
  },
  vjp: (graph, node, [dy]) => [reshape(graph, dy!, node.inputs[0]!.type.shape)],
  lower: (emit, node) => emit.dispatch(copyRequest(node.inputs[0]!, node.outputs[0]!)),
};

/** x itself where it has the shape already. Throws ShapeError where the number of elements differs. */
export function reshape(graph: Graph, x: Value, shape: readonly number[]): Value {
  return sameShape(x.type.shape, shape) ? x : graph.apply(reshapeOp, [x], { shape: [...shape] })[0]!;
}
