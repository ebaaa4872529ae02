// Types of tensors: shape, element type and whether axis 0 counts samples. Row-major, sizes known when the graph is built.
import { ShapeError } from './errors.ts';

/** f32 wherever a gradient flows; i32 for classes, indices and masks. */
export type DType = 'f32' | 'i32';

/** How a data set is stored: a gather makes f32 or i32 of it, so pixels stay bytes. */
export type StoredDType = DType | 'u8';

/** Bytes of an element. */
export const BYTES: Readonly<Record<StoredDType, number>> = { f32: 4, i32: 4, u8: 1 };

/** Shape and element type of a tensor, and whether axis 0 counts samples. */
export interface TensorType {
  /** Sizes of its axes; [] for a scalar. */
  readonly shape: readonly number[];
  /** The element type. */
  readonly dtype: DType;
  /**
   * Rows of axis 0 that belong to one sample, where axis 0 counts samples: 1 for `[batch, features]`, h w for its view `[batch h w, channels]`. The last
   * samples of a batch may be padding, which reaches nothing. 0 where axis 0 counts something else: then every row counts.
   */
  readonly rowsPerSample: number;
}

/** A tensor on the CPU. */
export interface HostTensor {
  /** Sizes of its axes; [] for a scalar. */
  readonly shape: readonly number[];
  /** Its elements, row-major. */
  readonly data: Float32Array;
}

/** Whether it is a list of sizes: a hole in it is none. */
export const isSizes = (given: unknown, min = 1): given is number[] =>
  Array.isArray(given) && Array.from(given).every((size) => Number.isSafeInteger(size) && size >= min);

/** Number of elements. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** Size of the last axis: features, channels, classes. 1 for a scalar. */
export function lastOf({ shape }: TensorType): number {
  return shape.at(-1) ?? 1;
}

/** A tensor as rows of its last axis: all that comes before it is one axis. */
export function rowsOf(type: TensorType): { rows: number; columns: number; rowsPerSample: number } {
  const columns = lastOf(type);
  const rows = sizeOf(type.shape.slice(0, -1));
  return { rows, columns, rowsPerSample: type.rowsPerSample === 0 ? 0 : rows / samplesOf(type) };
}

/** Samples of a batch, padding included. */
export function samplesOf({ shape, rowsPerSample }: TensorType): number {
  return shape[0]! / rowsPerSample;
}

/** `[32, 64]`, as messages print it. */
export function shapeText(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i]);
}

/** A tensor of f32 of which every row counts. */
export function f32(...shape: number[]): TensorType {
  return { shape, dtype: 'f32', rowsPerSample: 0 };
}

/** A tensor of f32 whose axis 0 counts samples. */
export function batch(...shape: number[]): TensorType {
  return { shape, dtype: 'f32', rowsPerSample: 1 };
}

/** The same elements in another shape. Throws ShapeError where their number differs, or where a row of axis 0 would mix samples. */
export function reshaped(type: TensorType, shape: readonly number[], where: string): TensorType {
  const { rowsPerSample } = type;
  if (sizeOf(type.shape) !== sizeOf(shape))
    throw new ShapeError(`${where}: ${shapeText(type.shape)} has ${sizeOf(type.shape)} elements, ${shapeText(shape)} needs ${sizeOf(shape)}`);
  if (rowsPerSample === 0) return { ...type, shape };
  const rows = (shape[0] ?? 0) / samplesOf(type);
  if (!(rows >= 1 && Number.isInteger(rows)))
    throw new ShapeError(
      `${where}: axis 0 of ${shapeText(type.shape)} counts ${samplesOf(type)} samples, which a row of ${shapeText(shape)} would mix: keep axis 0 a multiple of them`,
    );
  return { ...type, shape, rowsPerSample: rows };
}

/** Rounds up to a multiple. */
export function roundUp(n: number, multiple: number): number {
  return Math.ceil(n / multiple) * multiple;
}

/** Numbers as the elements of a type, for the GPU. */
export function elementsOf({ dtype }: TensorType, values: Float32Array | Int32Array | Uint8Array): Float32Array | Int32Array {
  const Elements = dtype === 'i32' ? Int32Array : Float32Array;
  return values instanceof Elements ? values : Elements.from(values);
}
