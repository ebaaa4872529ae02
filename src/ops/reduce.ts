// Broadcasts and reductions: each is the other's gradient. Reductions are over the columns of rows; `reduceAlong` brings any
// axes into that form.

import text from '../../shaders/reduce_rows.wgsl';
import l2Text from '../../shaders/reductions/l2.wgsl';
import logSumExpText from '../../shaders/reductions/log_sum_exp.wgsl';
import maxText from '../../shaders/reductions/max.wgsl';
import minText from '../../shaders/reductions/min.wgsl';
import productText from '../../shaders/reductions/product.wgsl';
import sumText from '../../shaders/reductions/sum.wgsl';
import { ShapeError, UsageError } from '../errors.ts';
import type { Graph, Node, Value } from '../graph/graph.ts';
import type { Op } from '../graph/op.ts';
import { kernel, type Source } from '../kernel.ts';
import { f32, shapeText, sizeOf } from '../shape.ts';
import { activationOp, attrsOf } from './activations.ts';
import { divideOrZeroOp, sameOp } from './compare.ts';
import { multiplyOp, scaleOp, subtractOp } from './elementwise.ts';
import { FINITE, GRID, groupsFor, NORM, requireRank } from './kernels.ts';
import { reshape } from './reshape.ts';
import { emitStrided, stridesOf, transposeOp } from './strided.ts';
import { UNARY, type UnaryName } from './unary_table.ts';

type None = Record<never, never>;

export const reduceRowsKernel = kernel('reduce_rows', text, {
  bindings: { x: 'read_write', y: 'read_write' },
  params: { rows: 'u32', columns: 'u32' },
  overrides: { WORKGROUP: 4 },
});

const one = (graph: Graph, op: Op<None>, ...inputs: Value[]): Value => graph.apply(op, inputs, {})[0]!;
const unary = (graph: Graph, name: UnaryName, x: Value): Value => graph.apply(activationOp, [x], attrsOf(UNARY[name]))[0]!;

/** x repeated along missing leading dimensions and those of size 1 (NumPy's rule). */
export const broadcastOp: Op<{ shape: readonly number[] }> = {
  name: 'broadcast',
  infer: ([x], { shape }, where) => {
    const lead = shape.length - x!.shape.length;
    if (lead < 0 || x!.shape.some((size, d) => size !== 1 && size !== shape[lead + d]))
      throw new ShapeError(`broadcast at ${where}: ${shapeText(x!.shape)} does not fit ${shapeText(shape)}`);
    return [{ shape, dtype: x!.dtype }];
  },
  vjp: (graph, node, [dy]) => {
    const { shape } = node.inputs[0]!.type;
    const lead = node.attrs.shape.length - shape.length;
    const repeated = node.attrs.shape.flatMap((size, d) => (d < lead || (shape[d - lead] === 1 && size !== 1) ? [d] : []));
    return [reshape(graph, reduceAlong(graph, 'sum', dy!, repeated, true), shape)];
  },
  lower: (emit, node) => {
    const { shape } = node.inputs[0]!.type;
    const lead = node.attrs.shape.length - shape.length;
    const strides = stridesOf(shape);
    emitStrided(
      emit,
      node.inputs[0]!,
      node.outputs[0]!,
      0,
      node.attrs.shape.map((_, d) => (d < lead || shape[d - lead] === 1 ? 0 : strides[d - lead]!)),
    );
  },
};

/** x itself where it has the shape already. */
export function broadcast(graph: Graph, x: Value, shape: readonly number[]): Value {
  return x.type.shape.join() === shape.join() ? x : graph.apply(broadcastOp, [x], { shape: [...shape] })[0]!;
}

/** The shape to which two shapes are broadcast. Throws ShapeError where they do not fit. */
export function broadcastShape(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, d) => {
    const [p, q] = [a[d - rank + a.length] ?? 1, b[d - rank + b.length] ?? 1];
    if (p !== q && p !== 1 && q !== 1) throw new ShapeError(`${shapeText(a)} and ${shapeText(b)} cannot be broadcast to one shape: ${p} and ${q} differ`);
    return p === 1 ? q : p;
  });
}

/** An operation on two tensors, of which either may be broadcast. */
export function applyBroadcast(graph: Graph, op: Op<None>, a: Value, b: Value): Value {
  const shape = broadcastShape(a.type.shape, b.type.shape);
  return one(graph, op, broadcast(graph, a, shape), broadcast(graph, b, shape));
}

/* @__NO_SIDE_EFFECTS__ */
function reduction(
  name: string,
  wgsl: string,
  link: readonly Source[],
  vjp: ((graph: Graph, x: Value, y: Value, spread: (v: Value) => Value, dy: Value) => Value) | null,
): Op<None> {
  return {
    name: `reduce_${name}`,
    infer: ([x], _attrs, where) => {
      requireRank(`reduce_${name} at ${where}`, x!, 2);
      if (x!.shape[1] === 0) throw new ShapeError(`reduce_${name} at ${where}: there is nothing to reduce in ${shapeText(x!.shape)}`);
      return [f32(x!.shape[0]!)];
    },
    vjp:
      vjp &&
      ((graph, node: Node<None>, [dy]) => {
        const x = node.inputs[0]!;
        const spread = (v: Value): Value => broadcast(graph, reshape(graph, v, [x.type.shape[0]!, 1]), x.type.shape);
        return [vjp(graph, x, node.outputs[0]!, spread, dy!)];
      }),
    lower: (emit, node) => {
      const [rows, columns] = node.inputs[0]!.type.shape as [number, number];
      emit.dispatch({
        kernel: reduceRowsKernel,
        link: [GRID, { file: `reductions/${name}`, text: wgsl }, ...link],
        params: { rows, columns },
        bindings: { x: node.inputs[0]!, y: node.outputs[0]! },
        workgroups: groupsFor(rows, 4),
      });
    },
  };
}

/** Equal extremes share the gradient evenly (PyTorch's amax and amin). */
function extreme(graph: Graph, x: Value, y: Value, spread: (v: Value) => Value, dy: Value): Value {
  const winners = one(graph, sameOp, x, spread(y));
  const share = one(graph, divideOrZeroOp, dy, one(graph, reduceSumOp, winners));
  return one(graph, multiplyOp, winners, spread(share));
}

/** [rows, columns] -> [rows]. */
export const reduceSumOp: Op<None> = reduction('sum', sumText, [], (_graph, _x, _y, spread, dy) => spread(dy));
export const reduceMaxOp: Op<None> = reduction('max', maxText, [FINITE], extreme);
export const reduceMinOp: Op<None> = reduction('min', minText, [FINITE], extreme);
/** Not differentiated: y / x has no value where an element is 0. */
export const reduceProductOp: Op<None> = reduction('product', productText, [], null);
/** The gradient of a norm of zero is zero. */
export const reduceL2Op: Op<None> = reduction('l2', l2Text, [NORM], (graph, x, y, spread, dy) =>
  one(graph, multiplyOp, spread(one(graph, divideOrZeroOp, dy, y)), x),
);
export const reduceLogSumExpOp: Op<None> = reduction('log_sum_exp', logSumExpText, [FINITE], (graph, x, y, spread, dy) =>
  one(graph, multiplyOp, spread(dy), unary(graph, 'exp', one(graph, subtractOp, x, spread(y)))),
);

const ROWS = { sum: reduceSumOp, max: reduceMaxOp, min: reduceMinOp, product: reduceProductOp, l2: reduceL2Op, log_sum_exp: reduceLogSumExpOp } as const;

/** What `reduceAlong` can do: `variance` is the population's. */
export type Reduction = keyof typeof ROWS | 'mean' | 'l1' | 'sum_of_squares' | 'log_sum' | 'variance';

/** Reduces the given axes (negative: from the end); with `keep` they stay with size 1. Throws UsageError for an axis that is not there. */
export function reduceAlong(graph: Graph, kind: Reduction, x: Value, axes: readonly number[], keep: boolean): Value {
  const { shape } = x.type;
  const reduced = axes.map((axis) => (axis < 0 ? axis + shape.length : axis));
  for (const axis of reduced) if (!(axis >= 0 && axis < shape.length)) throw new UsageError(`reduce ${kind}: ${shapeText(shape)} has no axis ${axis}`);
  const count = reduced.reduce((n, axis) => n * shape[axis]!, 1);
  if (kind === 'mean') return graph.apply(scaleOp, [reduceAlong(graph, 'sum', x, axes, keep)], { factor: 1 / count })[0]!;
  if (kind === 'l1') return reduceAlong(graph, 'sum', unary(graph, 'abs', x), axes, keep);
  if (kind === 'sum_of_squares') return reduceAlong(graph, 'sum', unary(graph, 'square', x), axes, keep);
  if (kind === 'log_sum') return unary(graph, 'log', reduceAlong(graph, 'sum', x, axes, keep));
  if (kind === 'variance')
    return reduceAlong(graph, 'mean', unary(graph, 'square', applyBroadcast(graph, subtractOp, x, reduceAlong(graph, 'mean', x, axes, true))), axes, keep);
  const kept = shape.flatMap((_, d) => (reduced.includes(d) ? [] : [d]));
  const result = keep ? shape.map((size, d) => (reduced.includes(d) ? 1 : size)) : kept.map((d) => shape[d]!);
  const order = [...kept, ...[...reduced].sort((a, b) => a - b)];
  const last = order.every((axis, d) => axis === d) ? x : graph.apply(transposeOp, [x], { perm: order })[0]!;
  return reshape(graph, one(graph, ROWS[kind], reshape(graph, last, [sizeOf(shape) / count, count])), result);
}
