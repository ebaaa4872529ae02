// Reductions along axes, places of extremes, and running sums.
import { show, UsageError } from '../../errors.ts';
import type { Value } from '../../graph/graph.ts';
import { type OptionTable, readOptions } from '../../option_table.ts';
import { sizeOf } from '../../shape.ts';
import { constant } from '../constant.ts';
import { fillPadding } from '../padding.ts';
import { type Reduction, reduceAlong } from '../reduce.ts';
import { reshape as reshaped } from '../reshape.ts';
import { argmaxOp, cumsumOp } from '../scan.ts';
import { transposeOp } from '../strided.ts';
import { mul, sub } from './arithmetic.ts';
import { neg, rsqrt } from './functions.ts';
import { axisOf, graphOf, named, one } from './given.ts';

/** Axes of a reduction: one, several, or by default all. */
export type Axes = number | readonly number[];

/** Options of reductions. */
export interface ReduceOptions {
  /** Whether reduced axes stay, with size 1; false by default. */
  keepDims?: boolean;
}

const OPTIONS = { keepDims: { type: 'boolean', default: false } } as const satisfies OptionTable<ReduceOptions>;

function reduction(name: string, kind: Reduction, x: Value, axis: Axes | undefined, options: ReduceOptions): Value {
  const graph = graphOf(name, { x });
  const { keepDims } = readOptions<ReduceOptions, typeof OPTIONS>(name, OPTIONS, options);
  const axes =
    axis === undefined ? [...x.type.shape.keys()] : (Array.isArray(axis) ? Array.from<number>(axis) : [axis as number]).map((each) => axisOf(name, x, each));
  if (new Set(axes).size < axes.length) throw new UsageError(`${name}: axis: expected each axis once, got ${show(axis)}`);
  return named(name, () => reduceAlong(graph, kind, x, axes, keepDims));
}

/**
 * The sum along axes.
 *
 * @param x - A value of f32.
 * @param axis - An axis, or several; all by default. Over axis 0 of a batch, the true samples count, and the result belongs to no sample.
 * @param options - `keepDims`: whether reduced axes stay, with size 1; false by default.
 * @returns f32, without those axes.
 * @throws UsageError for an axis that is not there or comes twice, and for what is no value.
 * @example
 * sum(x, -1, { keepDims: true }); // [batch, 8] -> [batch, 1]
 */
export function sum(x: Value, axis?: Axes, options: ReduceOptions = {}): Value {
  return reduction('sum', 'sum', x, axis, options);
}

/**
 * The mean along axes.
 *
 * @param x - A value of f32.
 * @param axis - An axis, or several; all by default. Over axis 0 of a batch, the true samples count, and the result belongs to no sample.
 * @param options - `keepDims`: whether reduced axes stay, with size 1; false by default.
 * @returns f32, without those axes.
 * @throws UsageError for an axis that is not there or comes twice, and for what is no value.
 * @example
 * sub(x, mean(x, -1, { keepDims: true }));
 */
export function mean(x: Value, axis?: Axes, options: ReduceOptions = {}): Value {
  return reduction('mean', 'mean', x, axis, options);
}

/**
 * The largest along axes; equal ones share the gradient evenly, as of PyTorch's amax.
 *
 * @param x - A value of f32.
 * @param axis - An axis, or several; all by default. Over axis 0 of a batch, the true samples count, and the result belongs to no sample.
 * @param options - `keepDims`: whether reduced axes stay, with size 1; false by default.
 * @returns f32, without those axes.
 * @throws UsageError for an axis that is not there or comes twice, and for what is no value.
 * @example
 * max(x, 1); // [batch, time, features] -> [batch, features]
 */
export function max(x: Value, axis?: Axes, options: ReduceOptions = {}): Value {
  return reduction('max', 'max', x, axis, options);
}

/**
 * The smallest along axes; equal ones share the gradient evenly, as of PyTorch's amin.
 *
 * @param x - A value of f32.
 * @param axis - An axis, or several; all by default. Over axis 0 of a batch, the true samples count, and the result belongs to no sample.
 * @param options - `keepDims`: whether reduced axes stay, with size 1; false by default.
 * @returns f32, without those axes.
 * @throws UsageError for an axis that is not there or comes twice, and for what is no value.
 * @example
 * min(x, -1);
 */
export function min(x: Value, axis?: Axes, options: ReduceOptions = {}): Value {
  return reduction('min', 'min', x, axis, options);
}

/**
 * The variance along axes, of the population: divided by their number, as NumPy's `var` does by default.
 *
 * @param x - A value of f32.
 * @param axis - An axis, or several; all by default. Over axis 0 of a batch, the true samples count, and the result belongs to no sample.
 * @param options - `keepDims`: whether reduced axes stay, with size 1; false by default.
 * @returns f32, without those axes.
 * @throws UsageError for an axis that is not there or comes twice, and for what is no value.
 * @example
 * variance(x, -1, { keepDims: true });
 */
export function variance(x: Value, axis?: Axes, options: ReduceOptions = {}): Value {
  return reduction('variance', 'variance', x, axis, options);
}

/**
 * The Euclidean norm along axes; the gradient of a norm of 0 is 0.
 *
 * @param x - A value of f32.
 * @param axis - An axis, or several; all by default. Over axis 0 of a batch, the true samples count, and the result belongs to no sample.
 * @param options - `keepDims`: whether reduced axes stay, with size 1; false by default.
 * @returns f32, without those axes.
 * @throws UsageError for an axis that is not there or comes twice, and for what is no value.
 * @example
 * div(x, norm(x, -1, { keepDims: true })); // rows of length 1
 */
export function norm(x: Value, axis?: Axes, options: ReduceOptions = {}): Value {
  return reduction('norm', 'l2', x, axis, options);
}

/**
 * The square root of `variance`: PyTorch's `std` with `correction: 0`, NumPy's by default. Where all are equal the gradient is 0.
 *
 * @param x - A value of f32.
 * @param axis - An axis, or several; all by default. Over axis 0 of a batch, the true samples count, and the result belongs to no sample.
 * @param options - `keepDims`: whether reduced axes stay, with size 1; false by default.
 * @returns f32, without those axes.
 * @throws UsageError for an axis that is not there or comes twice, and for what is no value.
 * @example
 * std(x, -1);
 */
export function std(x: Value, axis?: Axes, options: ReduceOptions = {}): Value {
  const graph = graphOf('std', { x });
  return named('std', () => {
    const spread = reduction('std', 'l2', sub(x, reduction('std', 'mean', x, axis, { keepDims: true })), axis, options);
    return mul(spread, rsqrt(reduction('std', 'sum', constant(graph, 1, x.type), axis, options)));
  });
}

/**
 * log sum e^x along axes, without overflow.
 *
 * @param x - A value of f32.
 * @param axis - An axis, or several; all by default. Over axis 0 of a batch, the true samples count, and the result belongs to no sample.
 * @param options - `keepDims`: whether reduced axes stay, with size 1; false by default.
 * @returns f32, without those axes.
 * @throws UsageError for an axis that is not there or comes twice, and for what is no value.
 * @example
 * sub(x, logSumExp(x, -1, { keepDims: true })); // log softmax
 */
export function logSumExp(x: Value, axis?: Axes, options: ReduceOptions = {}): Value {
  return reduction('logSumExp', 'log_sum_exp', x, axis, options);
}

/**
 * The place of the largest along an axis, in i32: of equal ones the first, of a NaN where there is one, as in NumPy. No gradient passes.
 *
 * @param axis - The last by default. Over axis 0 of a batch, the true samples count.
 * @param options - `keepDims`: whether the axis stays, with size 1.
 * @param x - f32 of any shape.
 * @returns i32, without that axis.
 * @throws UsageError for an axis that is not there and for what is no value; ShapeError for integers.
 * @example
 * equal(argmax(logits, -1, { keepDims: true }), label); // 1 where the answer is right
 */
export function argmax(x: Value, axis = -1, options: ReduceOptions = {}): Value {
  const graph = graphOf('argmax', { x });
  const { keepDims } = readOptions<ReduceOptions, typeof OPTIONS>('argmax', OPTIONS, options);
  const at = axisOf('argmax', x, axis);
  return named('argmax', () => {
    const { shape, rowsPerSample } = x.type;
    const counted = at === 0 && rowsPerSample > 0 ? fillPadding(graph, x, Number.NEGATIVE_INFINITY) : x;
    const order = [...shape.keys()].filter((d) => d !== at).concat(at);
    const last = at === shape.length - 1 ? counted : one(graph, transposeOp, [counted], { perm: order });
    const best = one(graph, argmaxOp, [reshaped(graph, last, [sizeOf(shape) / shape[at]!, shape[at]!])], {});
    return reshaped(
      graph,
      best,
      shape.flatMap((size, d) => (d !== at ? [size] : keepDims ? [1] : [])),
    );
  });
}

/**
 * The place of the smallest along an axis, in i32: of equal ones the first, of a NaN where there is one. No gradient passes.
 *
 * @param x - f32 of any shape.
 * @param axis - The last by default. Over axis 0 of a batch, the true samples count.
 * @param options - `keepDims`: whether the axis stays, with size 1.
 * @returns i32, without that axis.
 * @throws UsageError for an axis that is not there and for what is no value; ShapeError for integers.
 * @example
 * argmin(x, -1); // the nearest of distances [batch, centres]
 */
export function argmin(x: Value, axis = -1, options: ReduceOptions = {}): Value {
  graphOf('argmin', { x });
  axisOf('argmin', x, axis);
  readOptions<ReduceOptions, typeof OPTIONS>('argmin', OPTIONS, options);
  return named('argmin', () => argmax(neg(x), axis, options));
}

/**
 * The sum along an axis up to each place, itself included.
 *
 * @param axis - The last by default; not axis 0 of a batch.
 * @param x - f32 of any shape.
 * @returns f32 of that shape.
 * @throws UsageError for an axis that is not there and for what is no value; ShapeError for axis 0 of a batch.
 * @example
 * cumsum(x, 1); // [batch, time, features]: what has come so far
 */
export function cumsum(x: Value, axis = -1): Value {
  const graph = graphOf('cumsum', { x });
  const at = axisOf('cumsum', x, axis);
  return named('cumsum', () => one(graph, cumsumOp, [x], { axis: at, reverse: false }));
}
