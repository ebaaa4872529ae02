// What no plan can be made of: tensors of other shapes than the weights have, or larger than the device's buffers.
import { ShapeError } from '../errors.ts';
import type { Graph, Node } from '../graph/graph.ts';
import { findEntry, type ParameterLayout, requireFits } from '../layout.ts';
import { sameShape, shapeText, sizeOf } from '../shape.ts';

/** Throws a ShapeError where a tensor has another shape than in the layout that was given: a model's function built something else the last time. */
export function refuseOtherShapes(graph: Graph, ...layouts: readonly ParameterLayout[]): void {
  for (const { name, origin, type } of graph.values) {
    if (origin !== 'parameter' && origin !== 'buffer') continue;
    const entry = layouts.map((layout) => findEntry(layout, name)).find(Boolean);
    if (entry && !sameShape(entry.shape, type.shape))
      throw new ShapeError(
        `${name} is ${shapeText(type.shape)} here, and ${shapeText(entry.shape)} in the weights: the function of a model must build the same layers each time`,
      );
  }
}

/** Throws a DeviceError where a tensor, or all parameters, cannot be in a buffer of the device: lowering makes tables of their size. */
export function refuseTooLarge(nodes: readonly Node[], layout: ParameterLayout, bufferLayout: ParameterLayout, max: number): void {
  const check = (name: string, shape: readonly number[], advice: string): void => requireFits(`${name} ${shapeText(shape)}`, sizeOf(shape) * 4, max, advice);
  for (const { path, shape } of [...layout.entries, ...bufferLayout.entries]) check(path, shape, 'fewer units or features');
  for (const node of nodes) for (const { name, type } of [...node.inputs, ...node.outputs]) check(name, type.shape, 'a smaller batch or width');
  requireFits('the parameters of the model', layout.words * 4, max, 'a smaller model');
}
