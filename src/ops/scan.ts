// What walks along an axis and keeps more than a sum: running sums, and the place of the largest.
import argmaxText from '../../shaders/argmax.wgsl';
import cumsumText from '../../shaders/cumsum.wgsl';
import { ShapeError } from '../errors.ts';
import type { Op } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { shapeText, sizeOf } from '../shape.ts';
import { asInput, GRID, perRow, requireNoBatch, requireRank, rowByRow, WALKED, workgroupsFor } from './kernels.ts';
import { requireTurns } from './pieces.ts';

export const argmaxKernel = kernel('argmax', argmaxText, {
  bindings: { x: 'read_write', y: 'read_write' },
  params: { rows: 'u32', columns: 'u32' },
});
export const cumsumKernel = kernel('cumsum', cumsumText, {
  bindings: { x: 'read_write', y: 'read_write' },
  params: { lines: 'u32', size: 'u32', inner: 'u32', reverse: 'u32' },
});

/** Steps along an axis that an invocation of the portable kernels may take. */
const MOST = 2 ** 15;

/** [rows, columns] -> [rows] of i32: the place of the largest in each row, of equal ones the first. It has no gradient. */
export const argmaxOp: Op<Record<never, never>> = {
  name: 'argmax',
  stops: true,
  padding: rowByRow,
  infer: ([x], _attrs, where) => {
    requireRank(`argmax at ${where}`, x!, 2);
    if (x!.shape[1] === 0) throw new ShapeError(`argmax at ${where}: there is nothing in ${shapeText(x!.shape)}`);
    return [{ ...perRow(x!), dtype: 'i32' }];
  },
  vjp: null,
  lower: (emit, node) => {
    const [rows, columns] = node.inputs[0]!.type.shape as [number, number];
    requireTurns(emit.capabilities, `argmax at ${node.name}`, 'columns', columns, MOST);
    emit.dispatch({
      kernel: argmaxKernel,
      link: [GRID],
      params: { rows, columns },
      bindings: { x: node.inputs[0]!, y: node.outputs[0]! },
      workgroups: workgroupsFor(rows),
      work: WALKED * rows * columns,
    });
  },
};

export interface CumsumAttrs {
  readonly axis: number;
  /** From the end: the gradient of the other. */
  readonly reverse: boolean;
}

/** y = the sum of x along an axis up to each place. */
export const cumsumOp: Op<CumsumAttrs> = {
  name: 'cumsum',
  padding: asInput,
  infer: ([x], { axis }, where) => {
    if (axis === 0) requireNoBatch(`cumsum at ${where}`, x!, 'take another axis');
    return [x!];
  },
  vjp: (graph, node, [dy]) => [graph.apply(cumsumOp, [dy!], { ...node.attrs, reverse: !node.attrs.reverse }, `${node.name}/dx`)[0]!],
  lower: (emit, node) => {
    const { axis, reverse } = node.attrs;
    const { shape } = node.inputs[0]!.type;
    const size = shape[axis]!;
    requireTurns(emit.capabilities, `cumsum at ${node.name}`, 'columns', size, MOST);
    const lines = sizeOf(shape) / size;
    emit.dispatch({
      kernel: cumsumKernel,
      link: [GRID],
      params: { lines, size, inner: sizeOf(shape.slice(axis + 1)), reverse: reverse ? 1 : 0 },
      bindings: { x: node.inputs[0]!, y: node.outputs[0]! },
      workgroups: workgroupsFor(lines),
      work: WALKED * lines * size,
    });
  },
};
