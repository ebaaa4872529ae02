// Columns put side by side, and taken apart.
import concatText from '../../shaders/concat_columns.wgsl';
import sliceText from '../../shaders/slice_columns.wgsl';
import { ShapeError } from '../errors.ts';
import type { Op } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { shapeText, sizeOf } from '../shape.ts';
import { asInput, GRID, groupsFor, requireSameShape } from './kernels.ts';

export const concatColumnsKernel = kernel('concat_columns', concatText, {
  bindings: { a: 'read_write', b: 'read_write', y: 'read_write' },
  params: { count: 'u32', a_columns: 'u32', b_columns: 'u32' },
  overrides: { WORKGROUP: 64 },
});
export const sliceColumnsKernel = kernel('slice_columns', sliceText, {
  bindings: { x: 'read_write', y: 'read_write' },
  params: { count: 'u32', columns: 'u32', first: 'u32', width: 'u32' },
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
    const [a, b] = node.inputs.map((value) => value.type.shape[1]!) as [number, number];
    return [
      graph.apply(sliceOp, [dy!], { first: 0, width: a }, `${node.name}/da`)[0]!,
      graph.apply(sliceOp, [dy!], { first: a, width: b }, `${node.name}/db`)[0]!,
    ];
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

/** Columns first .. first + width. Only ever inside a backward pass: it has no gradient of its own. */
export const sliceOp: Op<{ first: number; width: number }> = {
  name: 'slice',
  elements: 'any',
  padding: asInput,
  infer: ([x], { width }) => [{ ...x!, shape: [x!.shape[0]!, width] }],
  vjp: null,
  lower: (emit, node) => {
    const { first, width } = node.attrs;
    const count = sizeOf(node.outputs[0]!.type.shape);
    emit.dispatch({
      kernel: sliceColumnsKernel,
      link: [GRID],
      params: { count, columns: node.inputs[0]!.type.shape[1]!, first, width },
      bindings: { x: node.inputs[0]!, y: node.outputs[0]! },
      workgroups: groupsFor(count),
    });
  },
};
