// The rows of a tensor that count, for statistics that leave out what a mask leaves out. In its own module, so that bundlers drop it when unused.
import chunksText from '../../shaders/lib/chunks_taken.wgsl';
import trueRowsText from '../../shaders/lib/true_rows_taken.wgsl';
import listText from '../../shaders/list_rows.wgsl';
import takeText from '../../shaders/take_rows.wgsl';
import type { Value } from '../graph/graph.ts';
import type { Op } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { lastOf, samplesOf, sizeOf, type TensorType } from '../shape.ts';
import { GRID, persistent, RUN_STATE, TRUE_ROWS, WALKED, workgroupsFor } from './kernels.ts';
import { requireTurns } from './pieces.ts';
import { HEAD, type Taken } from './statistics.ts';

export const listRowsKernel = kernel('list_rows', listText, {
  bindings: { weights: 'read_write', y: 'read_write', run: 'read' },
  params: { rows: 'u32', per_sample: 'u32' },
  overrides: { WIDTH: 256 },
});
export const takeRowsKernel = kernel('take_rows', takeText, {
  bindings: { x: 'read_write', list: 'read_write', y: 'read_write' },
  params: { count: 'u32', block: 'u32', columns: 'u32', head: 'u32' },
});

/** Rows that the invocations of the one workgroup can go through twice. */
const MOST_ROWS = 2 ** 21;

/** The numbers of the true rows whose weight is above 0, one for each element, as [4 + rows] of i32: the count first, the row numbers from the fifth element on, then zeros. */
export const listRowsOp: Op<Record<never, never>> = {
  name: 'list_rows',
  stops: true,
  infer: ([weights]) => [{ shape: [HEAD + sizeOf(weights!.shape)], dtype: 'i32', rowsPerSample: 0 }],
  vjp: null,
  lower: (emit, node) => {
    const weights = node.inputs[0]!;
    const { type } = weights;
    const rows = sizeOf(type.shape);
    requireTurns(emit.capabilities, `statistics of what counts in ${node.name}`, 'rows', rows, MOST_ROWS);
    emit.dispatch({
      kernel: listRowsKernel,
      link: [RUN_STATE, TRUE_ROWS],
      params: { rows, per_sample: type.rowsPerSample > 0 ? rows / samplesOf(type) : 0 },
      bindings: { weights, y: node.outputs[0]!, run: persistent('run') },
      workgroups: [1],
      work: 2 * WALKED * rows,
    });
  },
};

export interface TakeRowsAttrs {
  /** Whether the number of elements and rows stands before them. */
  readonly head: boolean;
  /** The steps that are looked at. */
  readonly every: number;
}

/** The listed rows of x, one after the other, then zeros. x has as many rows as were listed from, or a multiple: then a listed one stands for so many neighbors. */
export const takeRowsOp: Op<TakeRowsAttrs> = {
  name: 'take_rows',
  stops: true,
  elements: ['f32', 'i32'],
  sampleEvery: ({ every }) => every,
  infer: ([x], { head }) => [{ shape: [(head ? HEAD : 0) + sizeOf(x!.shape)], dtype: 'f32', rowsPerSample: 0 }],
  vjp: null,
  lower: (emit, node) => {
    const [x, list] = node.inputs as [Value, Value];
    const count = sizeOf(x.type.shape);
    emit.dispatch({
      kernel: takeRowsKernel,
      link: [GRID],
      params: { count, block: count / (sizeOf(list.type.shape) - HEAD), columns: lastOf(x.type), head: node.attrs.head ? HEAD : 0 },
      bindings: { x, list, y: node.outputs[0]! },
      workgroups: workgroupsFor(count),
    });
  },
};

/** How statistics take listed rows of a tensor. */
export function takenOf(type: TensorType): Taken {
  return { type, chunks: { file: 'lib/chunks_taken', text: chunksText }, trueRows: { file: 'lib/true_rows_taken', text: trueRowsText } };
}
