// Data sets as training sees them: tensors by name, whatever they were made from.
import { DataError, isObject, show } from '../errors.ts';
import { sizeOf } from '../shape.ts';
import { type Dataset, givenDataset } from './dataset.ts';

/** A tensor of a data set, row by row. */
export interface Column {
  /** Not copied: a streamed data set is read from here during the run. A Uint8Array stays bytes, on the GPU too. */
  readonly values: Float32Array | Int32Array | Uint8Array;
  /** Of a sample. */
  readonly shape: readonly number[];
  /** What bytes are divided by. */
  readonly divisor?: number;
  /** Number of classes, where the values are class indices. */
  readonly classes?: number;
}

/** Samples as tensors by name, each with as many rows. */
export interface NamedDataset {
  /** Samples; every tensor has a row for each. */
  readonly rows: number;
  /** The tensors by the names that the model's inputs and outputs have. */
  readonly tensors: Readonly<Record<string, Column>>;
}

/** Samples with one input and one target, or with tensors by name. */
export type AnyDataset = Dataset | NamedDataset;

/** Names of the inputs and the targets of a data set that has one of each. */
export const [X, Y] = ['x', 'y'];

export const isNamed = (data: AnyDataset): data is NamedDataset => 'tensors' in data;

/** Checks a data set of either kind that a caller passed; see `givenDataset`. One of named tensors is used as its builder made it. */
export function givenTensors(where: string, given: AnyDataset, copy: boolean): AnyDataset {
  if (!isObject(given) || !isNamed(given)) return givenDataset(where, given, copy);
  requireNamed(where, given);
  return given;
}

/** The tensors of a data set by name: `x` and `y` where it has one input and one target. */
export function columnsOf(data: AnyDataset): Readonly<Record<string, Column>> {
  if (isNamed(data)) return data.tensors;
  const { bytes, shape, targetSize, classes } = data;
  return {
    [X]: { ...(bytes ?? { values: data.x }), shape },
    [Y]: { values: data.y, shape: [targetSize], ...(classes === undefined ? {} : { classes }) },
  };
}

/** `count` rows from the row `first` on, as the numbers that they stand for. */
export function rowsOfColumn({ values, shape, divisor }: Column, first: number, count: number): Float32Array | Int32Array {
  const width = sizeOf(shape);
  const part = values.subarray(first * width, (first + count) * width);
  return part instanceof Uint8Array ? Float32Array.from(part, (byte) => byte / (divisor ?? 1)) : part;
}

/** Throws a DataError for a data set of named tensors that `namedDataset` has not built. */
export function requireNamed(where: string, given: NamedDataset): void {
  if (!built.has(given)) throw new DataError(`${where}: expected a data set, as namedDataset() builds it, got ${show(given)}`);
}

/** The rows at `indices`, in that order, of a data set of named tensors. */
export function takeNamed(data: NamedDataset, indices: ArrayLike<number>): NamedDataset {
  const columns = Object.entries(data.tensors).map(([name, column]): [string, Column] => {
    const width = sizeOf(column.shape);
    const values = new (column.values.constructor as Float32ArrayConstructor)(indices.length * width);
    for (let row = 0; row < indices.length; row++)
      values.set(column.values.subarray(indices[row]! * width, (indices[row]! + 1) * width) as Float32Array, row * width);
    return [name, { ...column, values }];
  });
  return named(Object.fromEntries(columns), indices.length);
}

/** The data sets that were checked. */
const built = new WeakSet<NamedDataset>();

/** @internal Marks a data set of named tensors as checked. */
export function named(tensors: Readonly<Record<string, Column>>, rows: number): NamedDataset {
  const data = { rows, tensors };
  built.add(data);
  return data;
}
