// Broadcasts and sums: each is the other's gradient. Both go run by run. A run is neighbouring axes that are repeated, or added up: they count as
// one axis, between those before and those behind, so that any number of dimensions is three.
import broadcastText from '../../shaders/broadcast.wgsl';
import sumText from '../../shaders/column_sum.wgsl';
import { ShapeError } from '../errors.ts';
import type { Graph, Value } from '../graph/graph.ts';
import type { Emitter, Op } from '../graph/op.ts';
import { kernel } from '../kernel.ts';
import { sameShape, shapeText, sizeOf, type TensorType } from '../shape.ts';
import { asInput, GRID, groupsFor, requireNoBatch, rowByRow } from './kernels.ts';
import { fillPadding } from './padding.ts';
import { piecesOf } from './pieces.ts';
import { reshape } from './reshape.ts';

export const broadcastKernel = kernel('broadcast', broadcastText, {
  bindings: { x: 'read_write', y: 'read_write' },
  params: { count: 'u32', rows: 'u32', columns: 'u32' },
  overrides: { WORKGROUP: 64 },
});
export const columnSumKernel = kernel('column_sum', sumText, {
  bindings: { x: 'read_write', y: 'read_write' },
  params: { outer: 'u32', rows: 'u32', columns: 'u32', pieces: 'u32', piece: 'u32' },
  overrides: { WORKGROUP: 64 },
});

/** Neighbouring axes as one, and the elements behind it and before it: in the tensor that has all axes (`whole`), and in the one that lacks them. */
export interface Run {
  readonly rows: number;
  readonly before: { readonly whole: number; readonly part: number };
  readonly behind: { readonly whole: number; readonly part: number };
}

/** The runs of the axes of a shape, the last first. Axes of size 1 are in nobody's way. */
export function runsOf(shape: readonly number[], axes: readonly number[]): Run[] {
  const runs: Run[] = [];
  const inside = (d: number): boolean => shape[d] === 1 || axes.includes(d);
  const part = (sizes: readonly number[], from: number): number => sizes.reduce((size, n, d) => (axes.includes(from + d) ? size : size * n), 1);
  for (let end = shape.length; end > 0; ) {
    let first = end;
    while (first > 0 && inside(first - 1)) first--;
    const rows = shape.slice(first, end).reduce((size, n) => size * n, 1);
    const [before, behind] = [shape.slice(0, first), shape.slice(end)];
    if (rows > 1) runs.push({ rows, before: { whole: sizeOf(before), part: part(before, 0) }, behind: { whole: sizeOf(behind), part: part(behind, end) } });
    end = first - 1;
  }
  return runs;
}

/** The axes of a shape along which one of these sizes, aligned at the end, is repeated. */
function repeatedAxes(sizes: readonly number[], shape: readonly number[]): number[] {
  const lead = shape.length - sizes.length;
  return shape.flatMap((size, d) => (size !== 1 && (d < lead || sizes[d - lead] === 1) ? [d] : []));
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

/** Emits all but the last dispatch of a broadcast to a shape; returns what remains: a tensor that is repeated along one run. */
export function emitInnerRuns(emit: Emitter, x: Value, shape: readonly number[]): { x: Value; rows: number; columns: number } {
  const runs = runsOf(shape, repeatedAxes(x.type.shape, shape));
  const { rows, behind } = runs.pop() ?? { rows: 1, behind: { whole: sizeOf(shape) } };
  let from = x;
  for (const run of runs) {
    const to = emit.scratch(`repeated_${run.behind.whole}`, run.before.part * run.rows * run.behind.whole);
    emitRun(emit, from, run.rows, run.behind.whole, to);
    from = to;
  }
  return { x: from, rows, columns: behind.whole };
}

function emitRun(emit: Emitter, x: Value, rows: number, columns: number, y: Value): void {
  const count = sizeOf(y.type.shape);
  emit.dispatch({
    kernel: broadcastKernel,
    link: [GRID],
    params: { count, rows, columns },
    bindings: { x, y },
    workgroups: groupsFor(Math.ceil(count / 4)),
  });
}

/** Emits y, x repeated along missing leading dimensions of a shape and those of size 1. */
export function emitBroadcast(emit: Emitter, x: Value, shape: readonly number[], y: Value): void {
  const last = emitInnerRuns(emit, x, shape);
  emitRun(emit, last.x, last.rows, last.columns, y);
}

export interface BroadcastAttrs {
  readonly shape: readonly number[];
  /** Rows per sample of the result, where what is repeated belongs to no sample. */
  readonly rowsPerSample?: number;
}

/** x repeated along missing leading dimensions and those of size 1 (NumPy's rule). */
export const broadcastOp: Op<BroadcastAttrs> = {
  name: 'broadcast',
  elements: 'any',
  padding: asInput,
  infer: ([x], { shape, rowsPerSample = 0 }, where) => [broadcastType(`broadcast at ${where}`, x!, shape, rowsPerSample)],
  vjp: (graph, node, [dy]) => [sumTo(graph, dy!, node.inputs[0]!.type)],
  lower: (emit, node) => emitBroadcast(emit, node.inputs[0]!, node.attrs.shape, node.outputs[0]!),
};

/** x itself where it has the shape already, and is a batch where the result is one; `rowsPerSample` is that of the result. */
export function broadcast(graph: Graph, x: Value, shape: readonly number[], rowsPerSample = 0): Value {
  return sameShape(x.type.shape, shape) && (x.type.rowsPerSample > 0 || rowsPerSample === 0)
    ? x
    : graph.apply(broadcastOp, [x], { shape: [...shape], rowsPerSample })[0]!;
}

/** Of a reduction: its axes, from the start, and whether they stay with size 1. */
export interface ReduceAttrs {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** The type of a tensor reduced along axes. Throws ShapeError for those that it has not, and for that of the samples of a batch. */
export function reducedType(where: string, x: TensorType, { axes, keepDims }: ReduceAttrs): TensorType {
  for (const axis of axes) if (!(axis >= 0 && axis < x.shape.length)) throw new ShapeError(`${where}: ${shapeText(x.shape)} has no axis ${axis}`);
  if (axes.includes(0)) requireNoBatch(where, x, 'fill the padding first');
  if (axes.some((axis) => x.shape[axis] === 0)) throw new ShapeError(`${where}: there is nothing to reduce in ${shapeText(x.shape)}`);
  return { ...x, shape: x.shape.flatMap((size, d) => (axes.includes(d) ? (keepDims ? [1] : []) : [size])) };
}

/** What came of a reduction of x, or its gradient, in the shape of x: repeated along the axes that were reduced. */
export function spread(graph: Graph, value: Value, x: Value, { axes }: ReduceAttrs): Value {
  const kept = x.type.shape.map((size, d) => (axes.includes(d) ? 1 : size));
  return broadcast(graph, reshape(graph, value, kept), x.type.shape);
}

/** The sum along axes. */
export const sumOp: Op<ReduceAttrs> = {
  name: 'sum',
  padding: rowByRow,
  infer: ([x], attrs, where) => [reducedType(`sum at ${where}`, x!, attrs)],
  vjp: (graph, node, [dy]) => [spread(graph, dy!, node.inputs[0]!, node.attrs)],
  lower: (emit, node) => {
    const [x, y] = [node.inputs[0]!, node.outputs[0]!];
    const runs = runsOf(x.type.shape, node.attrs.axes);
    const { rows, before, behind } = runs.pop() ?? { rows: 1, before: { whole: 1 }, behind: { part: sizeOf(x.type.shape) } };
    let from = x;
    for (const run of runs) {
      const to = emit.scratch(`sum_of_${run.rows}`, run.before.whole * run.behind.part);
      emitColumnSum(emit, from, { outer: run.before.whole, rows: run.rows, columns: run.behind.part }, to);
      from = to;
    }
    emitColumnSum(emit, from, { outer: before.whole, rows, columns: behind.part }, y);
  },
};

/** Emits y [outer, columns] = sum over the rows of x [outer, rows, columns]; many rows in pieces, and pieces of pieces. */
export function emitColumnSum(emit: Emitter, x: Value, size: { outer: number; rows: number; columns: number }, y: Value): void {
  const { outer, rows, columns } = size;
  // A single column, on any adapter: one invocation would walk it all, and the total swallow small terms.
  const { pieces, piece } = piecesOf(emit.capabilities, rows, columns === 1);
  const sums = pieces === 1 ? y : emit.scratch(`sums_of_${rows}`, outer * pieces * columns);
  emit.dispatch({
    kernel: columnSumKernel,
    link: [GRID],
    params: { outer, rows, columns, pieces, piece },
    bindings: { x, y: sums },
    workgroups: groupsFor(outer * columns * pieces),
  });
  if (pieces > 1) emitColumnSum(emit, sums, { outer, rows: pieces, columns }, y);
}

/**
 * The gradient of what was broadcast to the type of x from another: the sum along the axes on which it was repeated. Where these are the samples of a
 * batch, the true ones count.
 */
export function sumTo(graph: Graph, x: Value, type: TensorType, name?: string): Value {
  const { shape } = x.type;
  const lead = shape.length - type.shape.length;
  const axes = [...shape.keys()].filter((d) => d < lead || (type.shape[d - lead] === 1 && shape[d] !== 1));
  const counted = type.rowsPerSample === 0 ? fillPadding(graph, x, 0) : x;
  if (axes.length === 0) return counted;
  const keepDims = axes.some((d) => d >= lead);
  return reshape(graph, graph.apply(sumOp, [counted], { axes, keepDims }, name)[0]!, type.shape);
}

/** Whether a node is the sum of all rows: of a bias, the gradient. */
export const sumsRows = ({ op, attrs, inputs }: { op: Op; attrs: ReduceAttrs; inputs: readonly Value[] }): boolean =>
  op === sumOp && !attrs.keepDims && attrs.axes.length === inputs[0]!.type.shape.length - 1 && !attrs.axes.includes(attrs.axes.length);
