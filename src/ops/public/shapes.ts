// The same elements in another shape or order, parts of tensors and tensors side by side.
import { requireInteger, requireNumber, ShapeError, show, UsageError } from '../../errors.ts';
import type { Value } from '../../graph/graph.ts';
import { lastOf, shapeText, sizeOf } from '../../shape.ts';
import { broadcast } from '../broadcast.ts';
import { concatOp } from '../concat.ts';
import { reshape as reshaped } from '../reshape.ts';
import { padOp, sliceOp, transposeOp } from '../strided.ts';
import { axisOf, graphOf, named, one, shapeOf } from './given.ts';

/**
 * The same elements in another shape; it costs nothing.
 *
 * @param shape - Sizes, of which one may be -1: what is left over. A row of axis 0 of a batch must not mix samples.
 * @param x - Any value.
 * @returns The same elements in that shape.
 * @throws ShapeError where the number of elements differs or samples would mix; UsageError for sizes that are no integers.
 * @example
 * reshape(x, [x.type.shape[0], -1]);
 */
export function reshape(x: Value, shape: readonly number[]): Value {
  const graph = graphOf('reshape', { x });
  const sizes = shapeOf('reshape', 'shape', shape, -1);
  const open = sizes.filter((size) => size === -1).length;
  if (open > 1 || sizes.includes(0)) throw new UsageError(`reshape: shape: expected positive sizes, of which one may be -1, got ${show(shape)}`);
  const rest = sizeOf(x.type.shape) / sizeOf(sizes.filter((size) => size !== -1));
  if (open && !Number.isInteger(rest))
    throw new ShapeError(`reshape: ${shapeText(x.type.shape)} has ${sizeOf(x.type.shape)} elements, which ${shapeText(sizes)} does not divide`);
  return named('reshape', () =>
    reshaped(
      graph,
      x,
      sizes.map((size) => (size === -1 ? rest : size)),
    ),
  );
}

/**
 * Makes one axis of those from `from` on.
 *
 * @param x - Any value.
 * @param from - The first of them; 1 by default, so that a row for each sample is left.
 * @returns [..., product of the others].
 * @throws ShapeError where samples would mix; UsageError for an axis that is not there.
 * @example
 * flatten(x); // [batch, 28, 28] -> [batch, 784]
 */
export function flatten(x: Value, from = 1): Value {
  const graph = graphOf('flatten', { x });
  const { shape } = x.type;
  const at = from === shape.length ? from : axisOf('flatten', x, from);
  return named('flatten', () => reshaped(graph, x, [...shape.slice(0, at), sizeOf(shape.slice(at))]));
}

/**
 * A part of a tensor along one axis: elements start, start + step, ... before end, as NumPy's `x[start:end:step]`.
 *
 * @param axis - Not axis 0 of a batch.
 * @param start - From 0 to the axis's size; negative: from the end.
 * @param end - The first that is left out; negative: from the end; the axis's size by default.
 * @param step - A positive integer, 1 by default.
 * @param x - Any value.
 * @returns The same axes, that one of size ceil((end - start) / step).
 * @throws ShapeError where nothing is left, or bounds lie outside; UsageError for what is no integer.
 * @example
 * slice(x, -1, 0, 4); // the first four features
 */
export function slice(x: Value, axis: number, start: number, end?: number, step = 1): Value {
  const graph = graphOf('slice', { x });
  const at = axisOf('slice', x, axis);
  const { shape } = x.type;
  const size = shape[at]!;
  const bound = (name: string, value: unknown): number => {
    requireInteger(`slice: ${name}`, value, Number.MIN_SAFE_INTEGER);
    return value < 0 ? value + size : value;
  };
  const [first, last] = [bound('start', start), bound('end', end ?? size)];
  requireInteger('slice: step', step);
  if (!(first >= 0 && first < last && last <= size))
    throw new ShapeError(`slice: expected bounds within axis ${axis} of ${shapeText(shape)}, start before end, got ${start} to ${end ?? size}`);
  const along = (value: number, others: (d: number) => number): number[] => shape.map((_, d) => (d === at ? value : others(d)));
  return named('slice', () =>
    one(graph, sliceOp, [x], {
      starts: along(first, () => 0),
      steps: along(step, () => 1),
      shape: along(Math.ceil((last - first) / step), (d) => shape[d]!),
    }),
  );
}

/**
 * Puts tensors one after the other along an axis.
 *
 * @param values - Of one shape but for that axis, and of one element type.
 * @param axis - The last by default; not axis 0 of a batch.
 * @returns The same shape, that axis as long as theirs together.
 * @throws ShapeError where shapes do not fit, or for axis 0 of a batch; UsageError for an empty list, an axis that is not there and what is no value.
 * @example
 * concat([x, square(x)]); // [batch, 8] -> [batch, 16]
 */
export function concat(values: readonly Value[], axis = -1): Value {
  if (!Array.isArray(values) || values.length === 0) throw new UsageError(`concat: expected a list of values, got ${show(values)}`);
  const graph = graphOf('concat', Object.fromEntries(Array.from(values, (value, i) => [`values[${i}]`, value])));
  const [first] = values as [Value];
  const at = axisOf('concat', first, axis);
  const rest = ({ type: { shape } }: Value): string => shapeText(shape.map((size, d) => (d === at ? 0 : size)));
  for (const value of values)
    if (rest(value) !== rest(first))
      throw new ShapeError(`concat: expected one shape but for axis ${axis}, got ${shapeText(first.type.shape)} and ${shapeText(value.type.shape)}`);
  return named('concat', () => (values.length === 1 ? first : one(graph, concatOp, values, { axis: at })));
}

/**
 * Axes in another order: axis d of the result is axis `perm[d]` of x. By default they are turned round. Axis 0 of a batch stays where it is.
 *
 * @param x - Any value.
 * @param perm - Axes of x in the new order; all of them backwards by default.
 * @returns The same elements with their axes in that order.
 * @throws ShapeError where `perm` is no order of the axes, or moves samples; UsageError for what is no axis.
 * @example
 * transpose(x, [0, 2, 1]); // [batch, time, features] -> [batch, features, time]
 */
export function transpose(x: Value, perm: readonly number[] = []): Value {
  const graph = graphOf('transpose', { x });
  if (!Array.isArray(perm)) throw new UsageError(`transpose: perm: expected a list of axes, got ${show(perm)}`);
  const order = perm.length === 0 ? [...x.type.shape.keys()].reverse() : perm.map((axis) => axisOf('transpose', x, axis));
  return named('transpose', () => one(graph, transposeOp, [x], { perm: order }));
}

/**
 * A tensor with elements put around it.
 *
 * @param padding - For each axis how many before and after, integers of at least 0; [0, 0] for axis 0 of a batch.
 * @param value - What is put there; 0 by default.
 * @param x - f32 of any shape.
 * @returns f32, each axis longer by what is put before and after.
 * @throws UsageError for other padding; ShapeError for axis 0 of a batch.
 * @example
 * pad(x, [[0, 0], [1, 1]]);
 */
export function pad(x: Value, padding: readonly (readonly [number, number])[], value = 0): Value {
  const graph = graphOf('pad', { x });
  const { shape } = x.type;
  if (!Array.isArray(padding) || padding.length !== shape.length)
    throw new UsageError(`pad: padding: expected [before, after] for each axis of ${shapeText(shape)}, got ${show(padding)}`);
  padding.forEach((pair, d) => {
    if (shapeOf('pad', `padding[${d}]`, pair, 0).length !== 2) throw new UsageError(`pad: padding[${d}]: expected [before, after], got ${show(pair)}`);
  });
  requireNumber('pad: value', value);
  return named('pad', () =>
    one(graph, padOp, [x], {
      starts: padding.map(([before]) => before),
      steps: shape.map(() => 1),
      shape: shape.map((size, d) => size + padding[d]![0] + padding[d]![1]),
      value,
    }),
  );
}

/**
 * x repeated along missing leading axes and those of size 1, by NumPy's rule.
 *
 * @param x - f32 of any shape.
 * @param shape - Positive integers.
 * @returns f32 of that shape.
 * @throws ShapeError where x does not fit the shape; UsageError for sizes that are no positive integers.
 * @example
 * broadcastTo(bias, [32, 8]); // [8] -> [32, 8]
 */
export function broadcastTo(x: Value, shape: readonly number[]): Value {
  const graph = graphOf('broadcastTo', { x });
  const sizes = shapeOf('broadcastTo', 'shape', shape);
  return named('broadcastTo', () => broadcast(graph, x, sizes));
}

/**
 * Size of the last axis: features, channels, classes. 1 for a scalar.
 *
 * @param x - Any value.
 * @returns A number, known while the model is built.
 * @throws UsageError for what is no value.
 * @example
 * mul(x, 1 / Math.sqrt(last(x)));
 */
export function last(x: Value): number {
  graphOf('last', { x });
  return lastOf(x.type);
}
