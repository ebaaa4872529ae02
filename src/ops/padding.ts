// The padded rows of a batch: filled before an op that reads across the batch.
import type { Graph, Value } from '../graph/graph.ts';
import type { Op } from '../graph/op.ts';
import { kernelsOf } from './kernel_choice.ts';

export interface FillPaddingAttrs {
  /** The value of the padded rows: neutral for the op that reads them. */
  readonly value: number;
  /** Rows of axis 0 that belong to one sample. */
  readonly rowsPerSample: number;
  /** Whether axis 0 of the result still counts samples; where it does not, every row counts. */
  readonly batch: boolean;
  /** True where padded rows may stay as they are if they are finite: they are about to be multiplied by zeros. */
  readonly finite: boolean;
}

/**
 * x with its padded rows filled. The scheduler leaves it out where it can show that they hold the value already (or, with `finite`, finite numbers):
 * so it costs ordinary networks nothing.
 */
export const fillPaddingOp: Op<FillPaddingAttrs> = {
  name: 'fill_padding',
  padding: (_inputs, { value }) => [value === 0 ? 'zero' : 'any'],
  infer: ([x], { batch, rowsPerSample }) => [{ ...x!, rowsPerSample: batch ? rowsPerSample : 0 }],
  vjp: (graph, node, [dy]) => [
    graph.apply(fillPaddingOp, [dy!], { ...node.attrs, value: 0, batch: node.inputs[0]!.type.rowsPerSample > 0, finite: false }, `${node.name}/dx`)[0]!,
  ],
  lower: (emit, { inputs, outputs, attrs }) => kernelsOf('seldom').emitFilled(emit, inputs[0]!, attrs, outputs[0]!),
};

/** A batch with zeros in its padded rows; x itself where it is no batch. */
export function clearPadding(graph: Graph, x: Value): Value {
  const { rowsPerSample } = x.type;
  return rowsPerSample === 0 ? x : graph.apply(fillPaddingOp, [x], { value: 0, rowsPerSample, batch: true, finite: false }, `${x.name}/cleared`)[0]!;
}

/** A batch as a tensor of which every row counts, its padded rows filled; x itself where it is no batch. */
export function fillPadding(graph: Graph, x: Value, value: number, finite = false, group = 'step'): Value {
  const { rowsPerSample } = x.type;
  return rowsPerSample === 0 ? x : graph.apply(fillPaddingOp, [x], { value, rowsPerSample, batch: false, finite }, `${x.name}/filled`, group)[0]!;
}
