// Operations along any axis of a tensor of any rank, made of those on rows and columns.
import type { Graph, Value } from '../graph/graph.ts';
import { sizeOf } from '../shape.ts';
import { activationAttrs, activationOp } from './activations.ts';
import { concatOp } from './concat.ts';
import { multiplyOp, subtractOp } from './elementwise.ts';
import { applyBroadcast } from './reduce.ts';
import { reshape } from './reshape.ts';
import { logSoftmaxOp, softmaxOp } from './softmax.ts';
import { transposeOp } from './strided.ts';

const fromStart = (x: Value, axis: number): number => (axis < 0 ? axis + x.type.shape.length : axis);

/** Softmax or its logarithm along an axis. */
export function softmaxAlong(graph: Graph, x: Value, axis: number, log = false): Value {
  const { shape } = x.type;
  const at = fromStart(x, axis);
  const perm = [...shape.keys()].filter((d) => d !== at).concat(at);
  const moved = at === shape.length - 1 ? x : graph.apply(transposeOp, [x], { perm })[0]!;
  const rows = reshape(graph, moved, [sizeOf(shape) / shape[at]!, shape[at]!]);
  const y = reshape(graph, graph.apply(log ? logSoftmaxOp : softmaxOp, [rows], {})[0]!, moved.type.shape);
  return moved === x ? y : graph.apply(transposeOp, [y], { perm: perm.map((_, d) => perm.indexOf(d)) })[0]!;
}

/** Tensors of one shape but for `axis`, one after the other along it: row-major, that is columns side by side. */
export function concatAlong(graph: Graph, values: readonly Value[], axis: number): Value {
  const at = fromStart(values[0]!, axis);
  return values.reduce((a, b) => {
    const { shape } = a.type;
    const rows = sizeOf(shape.slice(0, at));
    const flat = (v: Value): Value => reshape(graph, v, [rows, sizeOf(v.type.shape) / rows]);
    const joined = graph.apply(concatOp, [flat(a), flat(b)], {})[0]!;
    return reshape(
      graph,
      joined,
      shape.map((size, d) => (d === at ? size + b.type.shape[d]! : size)),
    );
  });
}

/** x where positive, slope x elsewhere; the slope is trained and may be broadcast (He 2015). */
export function prelu(graph: Graph, x: Value, slope: Value): Value {
  const unary = (name: string, value: Value): Value => graph.apply(activationOp, [value], activationAttrs(name))[0]!;
  const negative = unary('relu', unary('neg', x));
  return graph.apply(subtractOp, [unary('relu', x), applyBroadcast(graph, multiplyOp, negative, slope)], {})[0]!;
}
