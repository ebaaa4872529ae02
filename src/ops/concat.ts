// Columns put side by side.
import concatText from '../../shaders/concat_columns.wgsl';
import { ShapeError } from '../errors.ts';
import type { Value } from '../graph/graph.ts';
import type { Op } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { shapeText, sizeOf, type TensorType } from '../shape.ts';
import { GRID, groupsFor, requireSameShape } from './kernels.ts';
import { sliceOp } from './strided.ts';

export const concatColumnsKernel = kernel('concat_columns', concatText, {
  bindings: { a: 'read_write', b: 'read_write', y: 'read_write' },
  params: { count: 'u32', a_columns: 'u32', b_columns: 'u32' },
  overrides: { WORKGROUP: 64 },
});

/** [rows, a] and [rows, b] -> [rows, a + b]. */
export const concatOp: Op<Record<never, never>> = {
  name: 'concat',
  elements: 'any',
  padding: ([a, b]) => [a === b ? a! : 'any'],
  infer: ([a, b], _attrs, where) => {
    if (a!.shape.length !== 2 || b!.shape.length !== 2 || a!.shape[0] !== b!.shape[0])
      throw new ShapeError(`concat at ${where}: expected two tensors [rows, columns] of as many rows, got ${shapeText(a!.shape)} and ${shapeText(b!.shape)}`);
    const [rows, left] = a!.shape as [number, number];
    // Of the columns the shapes tell; both must be of samples, or neither.
    requireSameShape(`concat at ${where}`, { ...a!, shape: [rows] }, { ...b!, shape: [rows] });
    if (a!.dtype !== b!.dtype) throw new ShapeError(`concat at ${where}: expected elements of one type, got ${a!.dtype} and ${b!.dtype}`);
    return [{ ...a!, shape: [rows, left + b!.shape[1]!] }];
  },
  vjp: (graph, node, [dy]) => {
    const [a, b] = node.inputs as [Value, Value];
    const part = (start: number, { shape }: TensorType, of: string): Value =>
      graph.apply(sliceOp, [dy!], { starts: [0, start], steps: [1, 1], shape }, `${node.name}/${of}`)[0]!;
    return [part(0, a.type, 'da'), part(a.type.shape[1]!, b.type, 'db')];
  },
  lower: (emit, node) => {
    const [a, b] = node.inputs;
    const count = sizeOf(node.outputs[0]!.type.shape);
    emit.dispatch({
      kernel: concatColumnsKernel,
      link: [GRID],
      params: { count, a_columns: a!.type.shape[1]!, b_columns: b!.type.shape[1]! },
      bindings: { a: a!, b: b!, y: node.outputs[0]! },
      workgroups: groupsFor(count),
    });
  },
};
