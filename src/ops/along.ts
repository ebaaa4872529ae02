// Operations along any axis of a tensor of any rank, made of those on rows and columns.
import type { Graph, Value } from '../graph/graph.ts';
import { sizeOf } from '../shape.ts';
import { relu } from './activation_table.ts';
import { activationOp, attrsOf } from './activations.ts';
import { batchedMatmulOp } from './batched_matmul.ts';
import { broadcast, broadcastShape } from './broadcast.ts';
import { multiplyOp, subtractOp } from './elementwise.ts';
import { requireNoBatch } from './kernels.ts';
import { matmulOp } from './matmul.ts';
import { reshape } from './reshape.ts';
import { logSoftmaxOp, softmaxOp } from './softmax.ts';
import { transposeOp } from './strided.ts';
import { UNARY } from './unary_table.ts';

const fromStart = (x: Value, axis: number): number => (axis < 0 ? axis + x.type.shape.length : axis);

/** Softmax or its logarithm along an axis. */
export function softmaxAlong(graph: Graph, x: Value, axis: number, log = false): Value {
  const { shape } = x.type;
  const at = fromStart(x, axis);
  if (at === 0) requireNoBatch(log ? 'logSoftmax' : 'softmax', x.type, 'take another axis');
  const perm = [...shape.keys()].filter((d) => d !== at).concat(at);
  const moved = at === shape.length - 1 ? x : graph.apply(transposeOp, [x], { perm })[0]!;
  const rows = reshape(graph, moved, [sizeOf(shape) / shape[at]!, shape[at]!]);
  const y = reshape(graph, graph.apply(log ? logSoftmaxOp : softmaxOp, [rows], {})[0]!, moved.type.shape);
  return moved === x ? y : graph.apply(transposeOp, [y], { perm: perm.map((_, d) => perm.indexOf(d)) })[0]!;
}

/** The product of NumPy and ONNX: matrices in the last two dimensions, the others broadcast; a vector is a row on the left and a column on the right. */
export function matmulRows(graph: Graph, a: Value, b: Value): Value {
  const [p, q] = [a.type.shape, b.type.shape];
  if (p.length === 1) {
    const y = matmulRows(graph, reshape(graph, a, [1, p[0]!]), b);
    return reshape(graph, y, q.length === 1 ? [] : [...q.slice(0, -2), q.at(-1)!]);
  }
  if (q.length === 1) return reshape(graph, matmulRows(graph, a, reshape(graph, b, [q[0]!, 1])), p.slice(0, -1));
  // One matrix on the right: all rows on the left are those of one matrix.
  if (q.length === 2) return graph.apply(matmulOp, [a, b], {})[0]!;
  const batch = broadcastShape('matmul', p.slice(0, -2), q.slice(0, -2));
  const rowsPerSample = Math.max(a.type.rowsPerSample, b.type.rowsPerSample);
  const stacked = (v: Value, matrix: readonly number[]): Value =>
    reshape(graph, broadcast(graph, v, [...batch, ...matrix], rowsPerSample), [sizeOf(batch), ...matrix]);
  const product = graph.apply(batchedMatmulOp, [stacked(a, p.slice(-2)), stacked(b, q.slice(-2))], {})[0]!;
  return reshape(graph, product, [...batch, p.at(-2)!, q.at(-1)!]);
}

/** x where positive, slope x elsewhere; the slope is trained and may be broadcast (He 2015). */
export function prelu(graph: Graph, x: Value, slope: Value): Value {
  const positive = (value: Value): Value => graph.apply(activationOp, [value], attrsOf(relu))[0]!;
  const negative = positive(graph.apply(activationOp, [x], attrsOf(UNARY.neg))[0]!);
  return graph.apply(subtractOp, [positive(x), graph.apply(multiplyOp, [negative, slope], {})[0]!], {})[0]!;
}
