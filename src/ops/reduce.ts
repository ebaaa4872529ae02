// Broadcasts and reductions: each is the other's gradient. Reductions are over the columns of rows; `reduceAlong` brings any
// axes into that form.

import divideText from '../../shaders/divide_by_samples.wgsl';
import text from '../../shaders/reduce_rows.wgsl';
import l2Text from '../../shaders/reductions/l2.wgsl';
import logSumExpText from '../../shaders/reductions/log_sum_exp.wgsl';
import maxText from '../../shaders/reductions/max.wgsl';
import minText from '../../shaders/reductions/min.wgsl';
import productText from '../../shaders/reductions/product.wgsl';
import sumText from '../../shaders/reductions/sum.wgsl';
import { ShapeError, UsageError } from '../errors.ts';
import type { Graph, Node, Value } from '../graph/graph.ts';
import type { Emitter, Op } from '../graph/op.ts';
import { kernel, type Source } from '../kernel.ts';
import { sameShape, samplesOf, shapeText, sizeOf } from '../shape.ts';
import { activationOp, attrsOf } from './activations.ts';
import { divideOrZeroOp, sameOp } from './compare.ts';
import { multiplyOp, scaleOp, subtractOp } from './elementwise.ts';
import { kernelsFor } from './kernel_choice.ts';
import { asInput, FINITE, GRID, groupsFor, NORM, perRow, RUN_STATE, requireNoBatch, requireRank, resident, rowByRow, WIDTH } from './kernels.ts';
import { fillPadding } from './padding.ts';
import { piecesOf } from './pieces.ts';
import { reshape } from './reshape.ts';
import { emitStrided, stridesOf, transposeOp } from './strided.ts';
import { UNARY, type UnaryName } from './unary_table.ts';

type None = Record<never, never>;

export const reduceRowsKernel = kernel('reduce_rows', text, {
  bindings: { x: 'read_write', y: 'read_write' },
  params: { rows: 'u32', columns: 'u32', pieces: 'u32', piece: 'u32' },
  overrides: { WORKGROUP: 4 },
});

const one = (graph: Graph, op: Op<None>, ...inputs: Value[]): Value => graph.apply(op, inputs, {})[0]!;
const unary = (graph: Graph, name: UnaryName, x: Value): Value => graph.apply(activationOp, [x], attrsOf(UNARY[name]))[0]!;

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
  infer: ([x], { shape, rowsPerSample = 0 }, where) => {
    const lead = shape.length - x!.shape.length;
    if (lead < 0 || x!.shape.some((size, d) => size !== 1 && size !== shape[lead + d]))
      throw new ShapeError(`broadcast at ${where}: ${shapeText(x!.shape)} does not fit ${shapeText(shape)}`);
    if (lead > 0 || x!.shape[0] !== shape[0]) requireNoBatch(`broadcast at ${where}`, x!, 'keep it first, and of its size');
    else if (x!.rowsPerSample === 0 && rowsPerSample > 0 && shape[0] !== 1)
      throw new ShapeError(
        `broadcast at ${where}: axis 0 of ${shapeText(shape)} counts samples, and that of ${shapeText(x!.shape)} does not: give it a size of 1`,
      );
    return [{ ...x!, shape, rowsPerSample: x!.rowsPerSample || rowsPerSample }];
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

/** x itself where it has the shape already, and is a batch where the result is one; `rowsPerSample` is that of the result. */
export function broadcast(graph: Graph, x: Value, shape: readonly number[], rowsPerSample = 0): Value {
  return sameShape(x.type.shape, shape) && (x.type.rowsPerSample > 0 || rowsPerSample === 0)
    ? x
    : graph.apply(broadcastOp, [x], { shape: [...shape], rowsPerSample })[0]!;
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
  const rowsPerSample = Math.max(a.type.rowsPerSample, b.type.rowsPerSample);
  return one(graph, op, broadcast(graph, a, shape, rowsPerSample), broadcast(graph, b, shape, rowsPerSample));
}

/** Emits y [rows] of x [rows, columns]; long rows in pieces, and pieces of pieces: what comes of reductions of the pieces reduces to that of the whole. */
function emitReduction(emit: Emitter, link: readonly Source[], x: Value, rows: number, columns: number, y: Value): void {
  const { pieces, piece } = piecesOf(emit.capabilities, columns);
  const reduced = pieces === 1 ? y : emit.scratch('reduced', rows * pieces);
  const width = kernelsFor(emit.capabilities).shares ? WIDTH : 4;
  emit.dispatch({
    kernel: reduceRowsKernel,
    link,
    overrides: { WORKGROUP: width },
    params: { rows, columns, pieces, piece },
    bindings: { x, y: reduced },
    workgroups: groupsFor(rows * pieces, width),
  });
  if (pieces > 1) emitReduction(emit, link, reduced, rows, pieces, y);
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
    padding: rowByRow,
    infer: ([x], _attrs, where) => {
      requireRank(`reduce_${name} at ${where}`, x!, 2);
      if (x!.shape[1] === 0) throw new ShapeError(`reduce_${name} at ${where}: there is nothing to reduce in ${shapeText(x!.shape)}`);
      return [perRow(x!)];
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
      emitReduction(emit, [GRID, { file: `reductions/${name}`, text: wgsl }, ...link], node.inputs[0]!, rows, columns, node.outputs[0]!);
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

export const divideBySamplesKernel = kernel('divide_by_samples', divideText, {
  bindings: { x: 'read_write', y: 'read_write', run: 'read' },
  params: { count: 'u32', samples: 'u32' },
  overrides: { WORKGROUP: 64 },
});

/** y = x / the true samples of a batch of `samples`: a sum over the batch becomes a mean. */
export const divideBySamplesOp: Op<{ samples: number }> = {
  name: 'divide_by_samples',
  padding: asInput,
  infer: ([x]) => [x!],
  vjp: (graph, node, [dy]) => [graph.apply(divideBySamplesOp, [dy!], node.attrs)[0]!],
  lower: (emit, node) => {
    const count = sizeOf(node.outputs[0]!.type.shape);
    emit.dispatch({
      kernel: divideBySamplesKernel,
      link: [GRID, RUN_STATE],
      params: { count, samples: node.attrs.samples },
      bindings: { x: node.inputs[0]!, y: node.outputs[0]!, run: resident('run') },
      workgroups: groupsFor(count),
    });
  },
};

/** What padded rows hold where a reduction goes over the batch: it changes no result. */
const NEUTRAL = { sum: 0, max: Number.NEGATIVE_INFINITY, min: Number.POSITIVE_INFINITY, product: 1, l2: 0, log_sum_exp: Number.NEGATIVE_INFINITY } as const;

const ROWS = { sum: reduceSumOp, max: reduceMaxOp, min: reduceMinOp, product: reduceProductOp, l2: reduceL2Op, log_sum_exp: reduceLogSumExpOp } as const;

/** What `reduceAlong` can do: `variance` is the population's. */
export type Reduction = keyof typeof ROWS | 'mean' | 'l1' | 'sum_of_squares' | 'log_sum' | 'variance';

/**
 * Reduces the given axes (negative: from the end); with `keep` they stay with size 1. Where axis 0 counts samples and is among them, the true ones
 * count, and the result belongs to no sample. Throws UsageError for an axis that is not there.
 */
export function reduceAlong(graph: Graph, kind: Reduction, x: Value, axes: readonly number[], keep: boolean): Value {
  const { shape } = x.type;
  const reduced = axes.map((axis) => (axis < 0 ? axis + shape.length : axis));
  for (const axis of reduced) if (!(axis >= 0 && axis < shape.length)) throw new UsageError(`reduce ${kind}: ${shapeText(shape)} has no axis ${axis}`);
  const count = reduced.reduce((n, axis) => n * shape[axis]!, 1);
  const acrossBatch = x.type.rowsPerSample > 0 && reduced.includes(0);
  if (kind === 'mean') {
    const sum = reduceAlong(graph, 'sum', x, axes, keep);
    if (!acrossBatch) return graph.apply(scaleOp, [sum], { factor: 1 / count })[0]!;
    const samples = samplesOf(x.type);
    return graph.apply(divideBySamplesOp, [graph.apply(scaleOp, [sum], { factor: samples / count })[0]!], { samples })[0]!;
  }
  if (kind === 'l1') return reduceAlong(graph, 'sum', unary(graph, 'abs', x), axes, keep);
  if (kind === 'sum_of_squares') return reduceAlong(graph, 'sum', unary(graph, 'square', x), axes, keep);
  if (kind === 'log_sum') return unary(graph, 'log', reduceAlong(graph, 'sum', x, axes, keep));
  if (kind === 'variance')
    return reduceAlong(graph, 'mean', unary(graph, 'square', applyBroadcast(graph, subtractOp, x, reduceAlong(graph, 'mean', x, axes, true))), axes, keep);
  const kept = shape.flatMap((_, d) => (reduced.includes(d) ? [] : [d]));
  const result = keep ? shape.map((size, d) => (reduced.includes(d) ? 1 : size)) : kept.map((d) => shape[d]!);
  const order = [...kept, ...[...reduced].sort((a, b) => a - b)];
  const counted = acrossBatch ? fillPadding(graph, x, NEUTRAL[kind]) : x;
  const last = order.every((axis, d) => axis === d) ? counted : graph.apply(transposeOp, [counted], { perm: order })[0]!;
  return reshape(graph, one(graph, ROWS[kind], reshape(graph, last, [sizeOf(shape) / count, count])), result);
}
