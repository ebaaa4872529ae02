// Broadcasts and sums: each is the other's gradient. Their kernels are in emit_sums.ts.
import { ShapeError } from '../errors.ts';
import type { Graph, Node, Value } from '../graph/graph.ts';
import type { Op } from '../graph/op.ts';
import { sameShape, shapeText, sizeOf, type TensorType } from '../shape.ts';
import { kernelsOf } from './kernel_choice.ts';
import { asInput, requireNoBatch, rowByRow } from './kernels.ts';
import { fillPadding } from './padding.ts';

/** A shape in which these axes have a size of 1. */
const kept = (shape: readonly number[], axes: readonly number[]): number[] => shape.map((size, d) => (axes.includes(d) ? 1 : size));

/** The axes of a shape along which another one, aligned at the end, is repeated. */
export function repeatedAxes(from: readonly number[], shape: readonly number[]): readonly number[] {
  const lead = shape.length - from.length;
  return shape.flatMap((size, d) => (d < lead || (size !== 1 && from[d - lead] === 1) ? [d] : []));
}

/** The shape to which two shapes are broadcast by NumPy's rule. Throws ShapeError where they do not fit. */
export function broadcastShape(where: string, a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, d) => {
    const [p, q] = [a[d - rank + a.length] ?? 1, b[d - rank + b.length] ?? 1];
    if (p !== q && p !== 1 && q !== 1)
      throw new ShapeError(`${where}: ${shapeText(a)} and ${shapeText(b)} cannot be broadcast to one shape: ${p} and ${q} differ`);
    return p === 1 ? q : p;
  });
}

/** The type of x broadcast to a shape; `rowsPerSample` is that of the result, where x belongs to no sample. Throws ShapeError where x does not fit. */
export function broadcastType(where: string, x: TensorType, shape: readonly number[], rowsPerSample: number): TensorType {
  const lead = shape.length - x.shape.length;
  if (lead < 0 || x.shape.some((size, d) => size !== 1 && size !== shape[lead + d]))
    throw new ShapeError(`${where}: ${shapeText(x.shape)} does not fit ${shapeText(shape)}`);
  if (lead > 0 || x.shape[0] !== shape[0]) requireNoBatch(where, x, 'keep it first, and of its size');
  else if (x.rowsPerSample === 0 && rowsPerSample > 0 && shape[0] !== 1)
    throw new ShapeError(`${where}: axis 0 of ${shapeText(shape)} counts samples, and that of ${shapeText(x.shape)} does not: give it a size of 1`);
  return { ...x, shape, rowsPerSample: x.rowsPerSample || rowsPerSample };
}

export interface BroadcastAttrs {
  readonly shape: readonly number[];
  /** Along which axes of that shape x is repeated, where it lacks them; by default NumPy's rule tells them. */
  readonly axes?: readonly number[];
  /** Rows per sample of the result, if the repeated tensor belongs to no sample. */
  readonly rowsPerSample?: number;
}

/** x repeated along axes that it lacks or has with size 1. */
export const broadcastOp: Op<BroadcastAttrs> = {
  name: 'broadcast',
  elements: 'any',
  padding: asInput,
  infer: ([x], { shape, axes, rowsPerSample = 0 }, where) => [
    broadcastType(`broadcast at ${where}`, axes ? { ...x!, shape: kept(shape, axes) } : x!, shape, rowsPerSample),
  ],
  vjp: (graph, node, [dy]) => [sumTo(graph, dy!, node.inputs[0]!.type, `${node.name}/dx`, node.attrs.axes)],
  lower: (emit, { inputs, outputs, attrs }) => kernelsOf('seldom').emitBroadcast(emit, inputs[0]!, attrs.shape, outputs[0]!, attrs.axes),
};

/** x itself where it has the shape already, and is a batch where the result is one; `rowsPerSample` is that of the result. */
export function broadcast(graph: Graph, x: Value, shape: readonly number[], rowsPerSample = 0): Value {
  return sameShape(x.type.shape, shape) && (x.type.rowsPerSample > 0 || rowsPerSample === 0)
    ? x
    : graph.apply(broadcastOp, [x], { shape: [...shape], rowsPerSample })[0]!;
}

export interface ReduceAttrs {
  /** From the start. */
  readonly axes: readonly number[];
  /** Of the result: the other axes, and perhaps some of size 1. */
  readonly shape: readonly number[];
}

/** The type of a tensor reduced along axes. Throws ShapeError for those that it has not, and for that of the samples of a batch. */
export function reducedType(where: string, x: TensorType, { axes, shape }: ReduceAttrs): TensorType {
  if (axes.some((axis) => !(x.shape[axis]! > 0)) || sizeOf(kept(x.shape, axes)) !== sizeOf(shape))
    throw new ShapeError(`${where}: ${shapeText(x.shape)} reduced along ${shapeText(axes)} is not ${shapeText(shape)}`);
  if (axes.includes(0)) requireNoBatch(where, x, 'fill the padding first');
  return { ...x, shape };
}

/** What came of a reduction of x, or its gradient, repeated along the axes that were reduced. */
export function spread(graph: Graph, value: Value, { type: { shape } }: Value, { axes }: ReduceAttrs): Value {
  return graph.apply(broadcastOp, [value], { shape, axes })[0]!;
}

/** The sum along axes. */
export const sumOp: Op<ReduceAttrs> = {
  name: 'sum',
  padding: rowByRow,
  infer: ([x], attrs, where) => [reducedType(`sum at ${where}`, x!, attrs)],
  vjp: (graph, node, [dy]) => [spread(graph, dy!, node.inputs[0]!, node.attrs)],
  lower: (emit, { inputs, outputs, attrs }) => kernelsOf('seldom').emitSumAlong(emit, inputs[0]!, attrs.axes, outputs[0]!),
};

/**
 * The gradient of what was broadcast to the type of x from another: the sum along the axes on which it was repeated. Where these are the samples of a
 * batch, the true ones count.
 */
export function sumTo(graph: Graph, x: Value, { shape, rowsPerSample }: TensorType, name?: string, axes = repeatedAxes(shape, x.type.shape)): Value {
  const counted = rowsPerSample === 0 ? fillPadding(graph, x, 0) : x;
  return axes.length === 0 ? counted : graph.apply(sumOp, [counted], { axes, shape }, name)[0]!;
}

/** Whether a node is the sum of all rows: of a bias, the gradient. */
export function sumsRows({ op, attrs, inputs }: Node): boolean {
  const { axes } = attrs as ReduceAttrs;
  const rank = inputs[0]?.type.shape.length ?? 0;
  return op === sumOp && axes.length === rank - 1 && !axes.includes(rank - 1);
}
