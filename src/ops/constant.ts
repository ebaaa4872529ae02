// Tensors that are known when the graph is built: of one number, as in `add(x, 2)` and the gradient that a mean starts from, or of many.
import text from '../../shaders/constant.wgsl';
import type { Graph, Value } from '../graph/graph.ts';
import type { Op } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { samplesOf, sizeOf, type TensorType } from '../shape.ts';
import { kernelsOf } from './kernel_choice.ts';
import { GRID, workgroupsFor } from './kernels.ts';
import { clearPadding } from './padding.ts';
import { divideBySamplesOp } from './reduce.ts';

export const constantKernel = kernel('constant', text, {
  bindings: { y: 'read_write' },
  params: { count: 'u32', bits: 'u32' },
});

export interface ConstantAttrs {
  readonly value: number;
  readonly type: TensorType;
}

/** y = value everywhere, in padded rows too. */
export const constantOp: Op<ConstantAttrs> = {
  name: 'constant',
  padding: () => ['alike'],
  infer: (_inputs, { type }) => [type],
  vjp: null,
  lower: (emit, node) => {
    const count = sizeOf(node.attrs.type.shape);
    emit.dispatch({
      kernel: constantKernel,
      link: [GRID],
      params: { count, bits: bitsOf(node.attrs.value, node.attrs.type) },
      bindings: { y: node.outputs[0]! },
      workgroups: workgroupsFor(Math.ceil(count / 4)),
    });
  },
};

const bitsOf = (value: number, { dtype }: TensorType): number => (dtype === 'i32' ? value : new Uint32Array(Float32Array.of(value).buffer)[0]!);

/** A tensor of one number, an integer where the type is one of i32. */
export function constant(graph: Graph, value: number, type: TensorType): Value {
  return graph.apply(constantOp, [], { value, type })[0]!;
}

/** y = numbers stored in the plan. */
export const tensorOp: Op<{ type: TensorType; values: Float32Array | Int32Array }> = {
  name: 'tensor',
  padding: () => ['alike'],
  infer: (_inputs, { type }) => [type],
  vjp: null,
  lower: (emit, node) => {
    const { values } = node.attrs;
    const y = node.outputs[0]!;
    const words = values instanceof Float32Array ? values : new Uint32Array(values.buffer, values.byteOffset, values.length);
    emit.dispatch(
      kernelsOf('seldom').copyWords({ kind: 'table', name: `values of ${y.id}`, words: values.length, fill: () => words.slice() }, y, values.length),
    );
  },
};

/**
 * The gradient of the mean over the true rows of a value with one number per row: 1 / their number, and zero in the padded rows. Null for the output of a loss
 * op, which understands that by itself.
 */
export function meanSeed(graph: Graph, loss: Value): Value | null {
  if (graph.nodes.some(({ op, outputs }) => op.meansRows && outputs[0] === loss)) return null;
  const { type } = loss;
  if (type.rowsPerSample === 0) return constant(graph, 1 / sizeOf(type.shape), type);
  const samples = samplesOf(type);
  const each = constant(graph, samples / sizeOf(type.shape), type);
  return clearPadding(graph, graph.apply(divideBySamplesOp, [each], { samples })[0]!);
}
