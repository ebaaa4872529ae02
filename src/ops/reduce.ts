// Reductions along axes. The kernel reduces rows; but for the sum, which goes along any axis (src/ops/broadcast.ts), lowering makes rows of other axes.

import divideText from '../../shaders/divide_by_samples.wgsl';
import text from '../../shaders/reduce_rows.wgsl';
import l2Text from '../../shaders/reductions/l2.wgsl';
import logSumExpText from '../../shaders/reductions/log_sum_exp.wgsl';
import maxText from '../../shaders/reductions/max.wgsl';
import minText from '../../shaders/reductions/min.wgsl';
import productText from '../../shaders/reductions/product.wgsl';
import { UsageError } from '../errors.ts';
import type { Graph, Value } from '../graph/graph.ts';
import type { Emitter, Op } from '../graph/op.ts';
import { kernel, type Source } from '../kernel.ts';
import { samplesOf, shapeText, sizeOf } from '../shape.ts';
import { activationOp, attrsOf } from './activations.ts';
import { type ReduceAttrs, reducedType, spread, sumOp } from './broadcast.ts';
import { equalOp, safeDivideOp } from './compare.ts';
import { multiplyOp, scaleOp, subtractOp } from './elementwise.ts';
import { kernelsFor, kernelsOf } from './kernel_choice.ts';
import { asInput, FINITE, GRID, NORM, persistent, RUN_STATE, rowByRow, WALKED, WIDTH, workgroupsFor } from './kernels.ts';
import { fillPadding } from './padding.ts';
import { emitStrided, stridesOf } from './strided.ts';
import { UNARY, type UnaryName } from './unary_table.ts';

type None = Record<never, never>;

export const reduceRowsKernel = kernel('reduce_rows', text, {
  bindings: { x: 'read_write', y: 'read_write' },
  params: { rows: 'u32', columns: 'u32', pieces: 'u32', piece: 'u32' },
  overrides: { WORKGROUP: 4 },
});

const one = (graph: Graph, op: Op<None>, ...inputs: Value[]): Value => graph.apply(op, inputs, {})[0]!;
const unary = (graph: Graph, name: UnaryName, x: Value): Value => graph.apply(activationOp, [x], attrsOf(UNARY[name]))[0]!;

/** Emits y [rows] of x [rows, columns]; long rows in pieces, and pieces of pieces: what comes of reductions of the pieces reduces to that of the whole. */
function emitReduction(emit: Emitter, link: readonly Source[], x: Value, rows: number, columns: number, y: Value): void {
  const { pieces, piece } = kernelsOf('seldom').piecesOf(emit.capabilities, columns);
  const reduced = pieces === 1 ? y : emit.scratch('reduced', rows * pieces);
  const width = kernelsFor(emit.capabilities).shares ? WIDTH : 4;
  emit.dispatch({
    kernel: reduceRowsKernel,
    link,
    overrides: { WORKGROUP: width },
    params: { rows, columns, pieces, piece },
    bindings: { x, y: reduced },
    workgroups: workgroupsFor(rows * pieces, width),
    work: WALKED * rows * columns,
  });
  if (pieces > 1) emitReduction(emit, link, reduced, rows, pieces, y);
}

/* @__NO_SIDE_EFFECTS__ */
function reduction(
  name: string,
  source: Source,
  link: readonly Source[],
  vjp: ((graph: Graph, x: Value, y: Value, dy: Value, attrs: ReduceAttrs) => Value) | null,
): Op<ReduceAttrs> {
  return {
    name,
    padding: rowByRow,
    infer: ([x], attrs, where) => [reducedType(`${name} at ${where}`, x!, attrs)],
    vjp: vjp && ((graph, node, [dy]) => [vjp(graph, node.inputs[0]!, node.outputs[0]!, dy!, node.attrs)]),
    lower: (emit, node) => {
      const x = node.inputs[0]!;
      const { shape } = x.type;
      const { axes } = node.attrs;
      const columns = axes.reduce((n, axis) => n * shape[axis]!, 1);
      const count = sizeOf(shape);
      const [run, ...more] = kernelsOf('seldom').runsOf(shape, axes);
      let rows = x;
      // What is reduced must be rows: axes that are not the last are brought there.
      if (run && (more.length > 0 || run.columns > 1)) {
        const order = [...shape.keys()].sort((a, b) => Number(axes.includes(a)) - Number(axes.includes(b)) || a - b);
        const strides = stridesOf(shape);
        rows = emit.scratch('turned', count);
        emitStrided(
          emit,
          x,
          rows,
          order.map((d) => shape[d]!),
          0,
          order.map((d) => strides[d]!),
        );
      }
      emitReduction(emit, [GRID, source, ...link], rows, count / columns, columns, node.outputs[0]!);
    },
  };
}

/** Equal extremes share the gradient evenly (PyTorch's amax and amin). */
function extreme(graph: Graph, x: Value, y: Value, dy: Value, attrs: ReduceAttrs): Value {
  const winners = one(graph, equalOp, x, spread(graph, y, x, attrs));
  const each = one(graph, safeDivideOp, dy, graph.apply(sumOp, [winners], attrs)[0]!);
  return one(graph, multiplyOp, winners, spread(graph, each, x, attrs));
}

export const maxOp: Op<ReduceAttrs> = reduction('max', { file: 'reductions/max', text: maxText }, [FINITE], extreme);
export const minOp: Op<ReduceAttrs> = reduction('min', { file: 'reductions/min', text: minText }, [FINITE], extreme);
/** Not differentiated: y / x has no value where an element is 0. */
export const productOp: Op<ReduceAttrs> = reduction('product', { file: 'reductions/product', text: productText }, [], null);
/** The Euclidean norm. The gradient of a norm of zero is zero. */
export const normOp: Op<ReduceAttrs> = reduction('norm', { file: 'reductions/l2', text: l2Text }, [NORM], (graph, x, y, dy, attrs) =>
  one(graph, multiplyOp, spread(graph, one(graph, safeDivideOp, dy, y), x, attrs), x),
);
export const logSumExpOp: Op<ReduceAttrs> = reduction(
  'log_sum_exp',
  { file: 'reductions/log_sum_exp', text: logSumExpText },
  [FINITE],
  (graph, x, y, dy, attrs) => one(graph, multiplyOp, spread(graph, dy, x, attrs), unary(graph, 'exp', one(graph, subtractOp, x, spread(graph, y, x, attrs)))),
);

export const divideBySamplesKernel = kernel('divide_by_samples', divideText, {
  bindings: { x: 'read_write', y: 'read_write', run: 'read' },
  params: { count: 'u32', samples: 'u32' },
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
      bindings: { x: node.inputs[0]!, y: node.outputs[0]!, run: persistent('run') },
      workgroups: workgroupsFor(count),
    });
  },
};

/** What padded rows hold where a reduction goes over the batch: it changes no result. */
const NEUTRAL = { sum: 0, max: Number.NEGATIVE_INFINITY, min: Number.POSITIVE_INFINITY, product: 1, l2: 0, log_sum_exp: Number.NEGATIVE_INFINITY } as const;

const OPS = { sum: sumOp, max: maxOp, min: minOp, product: productOp, l2: normOp, log_sum_exp: logSumExpOp } as const;

/** What `reduceAlong` can do: `variance` is the population's. */
export type Reduction = keyof typeof OPS | 'mean' | 'l1' | 'sum_of_squares' | 'log_sum' | 'variance';

/**
 * Reduces the given axes (negative: from the end); with `keepDims` they stay with size 1. Where axis 0 counts samples and is among them, the true ones
 * count, and the result belongs to no sample. Throws UsageError for an axis that is not there.
 */
export function reduceAlong(graph: Graph, kind: Reduction, x: Value, axes: readonly number[], keepDims: boolean): Value {
  const { shape } = x.type;
  const reduced = axes.map((axis) => (axis < 0 ? axis + shape.length : axis));
  for (const axis of reduced) if (!(axis >= 0 && axis < shape.length)) throw new UsageError(`reduce ${kind}: ${shapeText(shape)} has no axis ${axis}`);
  const count = reduced.reduce((n, axis) => n * shape[axis]!, 1);
  const acrossBatch = x.type.rowsPerSample > 0 && reduced.includes(0);
  if (kind === 'mean') {
    const sum = reduceAlong(graph, 'sum', x, axes, keepDims);
    if (!acrossBatch) return graph.apply(scaleOp, [sum], { factor: 1 / count })[0]!;
    const samples = samplesOf(x.type);
    return graph.apply(divideBySamplesOp, [graph.apply(scaleOp, [sum], { factor: samples / count })[0]!], { samples })[0]!;
  }
  if (kind === 'l1') return reduceAlong(graph, 'sum', unary(graph, 'abs', x), axes, keepDims);
  if (kind === 'sum_of_squares') return reduceAlong(graph, 'sum', unary(graph, 'square', x), axes, keepDims);
  if (kind === 'log_sum') return unary(graph, 'log', reduceAlong(graph, 'sum', x, axes, keepDims));
  if (kind === 'variance')
    return reduceAlong(graph, 'mean', unary(graph, 'square', one(graph, subtractOp, x, reduceAlong(graph, 'mean', x, axes, true))), axes, keepDims);
  const result = shape.flatMap((size, d) => (reduced.includes(d) ? (keepDims ? [1] : []) : [size]));
  const counted = acrossBatch ? fillPadding(graph, x, NEUTRAL[kind]) : x;
  return graph.apply(OPS[kind], [counted], { axes: reduced, shape: result })[0]!;
}
