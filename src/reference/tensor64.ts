// A tensor in float64: the numbers of the reference.
import { ShapeError, show, UsageError } from '../errors.ts';
import { isSizes, shapeText, sizeOf } from '../shape.ts';

/** A tensor in float64. */
export interface Tensor64 {
  /** Sizes of its axes; [] for a scalar. */
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float64Array;
}

function requireShape(where: string, shape: unknown): void {
  if (!isSizes(shape, 0)) throw new UsageError(`${where}: expected a shape, a list of sizes, got ${show(shape)}`);
}

/**
 * Makes a tensor of the given values, or of a function of the flat index.
 *
 * @param shape - Sizes of the axes.
 * @param values - Row-major, as many as the shape has elements; or a function from the flat index to a number.
 * @returns The tensor, with a copy of the values.
 * @throws ShapeError where the count does not fit the shape; UsageError for what is no shape.
 * @example
 * const identity = tensor64([2, 2], (i) => (i % 3 === 0 ? 1 : 0));
 */
export function tensor64(shape: readonly number[], values: ArrayLike<number> | ((index: number) => number)): Tensor64 {
  requireShape('tensor64', shape);
  if (typeof values !== 'function' && (typeof values !== 'object' || values === null || typeof values.length !== 'number'))
    throw new UsageError(`tensor64: expected values, or a function of the index, got ${show(values)}`);
  const size = sizeOf(shape);
  if (typeof values === 'function') return { shape, data: Float64Array.from({ length: size }, (_, i) => values(i)) };
  if (values.length !== size) throw new ShapeError(`tensor64: expected ${size} values for ${shapeText(shape)}, got ${values.length}`);
  // Typed arrays hold nothing but numbers, and may be large.
  if (ArrayBuffer.isView(values) && typeof values[0] === 'number') return { shape, data: Float64Array.from(values) };
  const list: readonly unknown[] = Array.from(values);
  const wrong = list.findIndex((value) => typeof value !== 'number');
  if (wrong >= 0) throw new UsageError(`tensor64: values[${wrong}]: expected a number, got ${show(list[wrong])}`);
  return { shape, data: Float64Array.from(list as number[]) };
}

/**
 * Makes a tensor of zeros.
 *
 * @param shape - Sizes of the axes.
 * @returns The tensor.
 * @throws UsageError for what is no shape.
 * @example
 * const bias = zeros64([16]);
 */
export function zeros64(shape: readonly number[]): Tensor64 {
  requireShape('zeros64', shape);
  return { shape, data: new Float64Array(sizeOf(shape)) };
}

/** f of every element. */
export function map64(x: Tensor64, f: (value: number, index: number) => number): Tensor64 {
  return { shape: x.shape, data: x.data.map(f) };
}

/** f of every pair of elements of two tensors of one shape. */
export function zip64(x: Tensor64, y: Tensor64, f: (a: number, b: number) => number): Tensor64 {
  return { shape: x.shape, data: x.data.map((a, i) => f(a, y.data[i]!)) };
}

/** Rows and columns of a matrix; a tensor of more dimensions is rows of its last axis. */
export function rowsOf(x: Tensor64): [rows: number, columns: number] {
  const columns = x.shape.at(-1) ?? 1;
  return [x.data.length / columns, columns];
}

export function sum64(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

/**
 * Finds the largest magnitude.
 *
 * @param values - Any numbers.
 * @returns The largest |x|; 0 where there are none.
 * @throws UsageError for what is no list of numbers.
 * @example
 * maxAbs([1, -3, 2]); // 3
 */
export function maxAbs(values: ArrayLike<number>): number {
  if (!Array.isArray(values) && !(ArrayBuffer.isView(values) && typeof (values as Float64Array)[0] !== 'bigint' && 'length' in values))
    throw new UsageError(`maxAbs: expected numbers in an array or a typed array, got ${show(values)}`);
  let max = 0;
  for (let i = 0; i < values.length; i++) {
    const value: unknown = values[i];
    if (typeof value !== 'number') throw new UsageError(`maxAbs: [${i}]: expected a number, got ${show(value)}`);
    max = Math.max(max, Math.abs(value));
  }
  return max;
}
