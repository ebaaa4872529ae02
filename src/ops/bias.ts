// The bias of a layer and its gradient.
import biasText from '../../shaders/bias_add.wgsl';
import sumText from '../../shaders/column_sum.wgsl';
import { ShapeError } from '../errors.ts';
import type { Value } from '../graph/graph.ts';
import type { Emitter, Op } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { f32, lastOf, rowsOf, shapeText, sizeOf } from '../shape.ts';
import { GRID, groupsFor, requireNoBatch, rowByRow } from './kernels.ts';
import { fillPadding } from './padding.ts';
import { piecesOf } from './pieces.ts';

export const biasAddKernel = kernel('bias_add', biasText, {
  bindings: { x: 'read_write', bias: 'read_write', z: 'read_write' },
  params: { count: 'u32', columns: 'u32' },
  overrides: { WORKGROUP: 64 },
});
export const columnSumKernel = kernel('column_sum', sumText, {
  bindings: { x: 'read_write', y: 'read_write' },
  params: { rows: 'u32', columns: 'u32', pieces: 'u32', piece: 'u32' },
  overrides: { WORKGROUP: 64 },
});

/** z [..., c] = x [..., c] + bias [c]. */
export const biasAddOp: Op<Record<never, never>> = {
  name: 'bias_add',
  padding: ([x]) => rowByRow([x!]),
  signal: { kind: 'bias' },
  infer: ([x, bias], _attrs, where) => {
    if (x!.shape.length < 2 || bias!.shape.length !== 1 || lastOf(x!) !== bias!.shape[0])
      throw new ShapeError(`bias at ${where}: expected x [..., columns] and one bias per column, got ${shapeText(x!.shape)} and ${shapeText(bias!.shape)}`);
    return [x!];
  },
  vjp: (graph, node, [dz]) => [dz!, graph.apply(columnSumOp, [fillPadding(graph, dz!, 0)], {}, `${node.name}/db`)[0]!],
  lower: (emit, node) => {
    const [x, bias] = node.inputs;
    const count = sizeOf(x!.type.shape);
    emit.dispatch({
      kernel: biasAddKernel,
      link: [GRID],
      params: { count, columns: bias!.type.shape[0]! },
      bindings: { x: x!, bias: bias!, z: node.outputs[0]! },
      workgroups: groupsFor(count),
    });
  },
};

/** Emits y [columns] = sum over the rows of x [rows, columns]; many rows in pieces, and pieces of pieces. */
export function emitColumnSum(emit: Emitter, x: Value, rows: number, columns: number, y: Value): void {
  const { pieces, piece } = piecesOf(emit.capabilities, rows);
  const sums = pieces === 1 ? y : emit.scratch('sums', pieces * columns);
  emit.dispatch({
    kernel: columnSumKernel,
    link: [GRID],
    params: { rows, columns, pieces, piece },
    bindings: { x, y: sums },
    workgroups: groupsFor(columns * pieces),
  });
  if (pieces > 1) emitColumnSum(emit, sums, pieces, columns, y);
}

/** y [c] = sum of x [..., c] over all that comes before. Only ever inside a backward pass: it has no gradient of its own. */
export const columnSumOp: Op<Record<never, never>> = {
  name: 'column_sum',
  infer: ([x], _attrs, where) => {
    requireNoBatch(`column_sum at ${where}`, x!, 'fill the padding first');
    return [f32(lastOf(x!))];
  },
  vjp: null,
  lower: (emit, node) => {
    const { rows, columns } = rowsOf(node.inputs[0]!.type);
    emitColumnSum(emit, node.inputs[0]!, rows, columns, node.outputs[0]!);
  },
};
