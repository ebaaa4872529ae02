// Data sets as training sees them: tensors by name, whatever they were made from.
import { DataError, requireInteger, requireObject, show, UsageError } from '../errors.ts';
import { count } from '../format.ts';
import * as LIMITS from '../limits.ts';
import { type Numbers, ownFloats, toIntegers } from '../numbers.ts';
import { type DType, sizeOf } from '../shape.ts';
import { type Dataset, givenDataset, requireDivisor } from './dataset.ts';

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
  if (typeof given !== 'object' || given === null || !isNamed(given)) return givenDataset(where, given, copy);
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

/** A tensor as `namedDataset` takes it, with what its plain numbers do not say. */
export interface ColumnInput {
  /** Rows of numbers, or all flat: then `shape` says how many make a sample. A Uint8Array stays bytes. */
  readonly values: Numbers;
  /** Shape of a sample; [width of the first row], or [1] where the values are flat, by default. */
  readonly shape?: readonly number[];
  /** 'i32' for class indices, tokens and indices; by default where `classes` is given or the values are an Int32Array. */
  readonly dtype?: DType;
  /** What bytes are divided by; 1 by default. */
  readonly divisor?: number;
  /** Number of classes, at least 2, where the values are class indices; none by default. */
  readonly classes?: number;
}

/**
 * A data set of named tensors, for models with several inputs or outputs. It copies the arrays and checks them.
 *
 * @param tensors - By name: numbers (as for `dataset`), or `{ values, shape, dtype, divisor, classes }`. All have as many rows.
 * @returns The data set; `createTrainer` and `evaluate` take it.
 * @throws DataError with name, row and column for what is not finite, ragged, empty, no class index, or of other rows; UsageError for another shape or divisor.
 * @example
 * const data = namedDataset({ image: { values: pixels, shape: [28, 28, 1], divisor: 255 }, age, digit: { values: labels, classes: 10 } });
 */
export function namedDataset(tensors: Readonly<Record<string, Numbers | ColumnInput>>): NamedDataset {
  requireObject('namedDataset', tensors, 'tensors by name');
  const columns = Object.fromEntries(Object.entries(tensors).map(([name, given]) => [name, column(`namedDataset: ${name}`, given)]));
  return named(columns, rowsOf('namedDataset', columns));
}

/** Throws a DataError for a data set of named tensors that was not built by this module. */
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

/** The data sets that were checked here. */
const built = new WeakSet<NamedDataset>();

function named(tensors: Readonly<Record<string, Column>>, rows: number): NamedDataset {
  const data = { rows, tensors };
  built.add(data);
  return data;
}

function column(where: string, given: Numbers | ColumnInput): Column {
  const { values, divisor, classes, ...rest }: ColumnInput = isNumbers(given) ? { values: given } : given;
  if (!isNumbers(values)) throw new DataError(`${where}: expected numbers, or { values, shape }, got ${show(values)}`);
  const first: unknown = values[0];
  const shape = rest.shape ?? [isNumbers(first) ? first.length : 1];
  checkShape(where, shape);
  const width = sizeOf(shape);
  if (classes !== undefined) requireInteger(`${where}: classes`, classes, 2);
  const dtype = rest.dtype ?? (classes !== undefined || values instanceof Int32Array ? 'i32' : 'f32');
  if (dtype !== 'f32' && dtype !== 'i32') throw new UsageError(`${where}: expected dtype 'f32' or 'i32', got ${show(dtype)}`);
  if (divisor !== undefined) {
    if (!(values instanceof Uint8Array)) throw new UsageError(`${where}: divisor: only bytes are divided; divide the numbers yourself`);
    requireDivisor(`${where}: divisor`, divisor);
    if (classes !== undefined) throw new UsageError(`${where}: divisor: class indices are not divided`);
  }
  const options = { width, because: `shape is [${shape.join(', ')}]` };
  const own =
    values instanceof Uint8Array && values.length > 0
      ? values.slice()
      : dtype === 'i32'
        ? toIntegers(where, values, options).slice()
        : ownFloats(where, values, { ...options, finite: true });
  if (own.length === 0) throw new DataError(`${where}: it is empty; at least one row is needed`);
  if (own.length % width !== 0)
    throw new DataError(`${where}: it has ${own.length} numbers, which is no whole number of rows of ${width} (${options.because})`);
  if (classes !== undefined) {
    const bad = own.findIndex((label) => label < 0 || label >= classes);
    if (bad >= 0) throw new DataError(`${where}, row ${Math.floor(bad / width)}: expected a class index from 0 to ${classes - 1}, got ${own[bad]}`);
  }
  return { values: own, shape: [...shape], ...(divisor === undefined ? {} : { divisor }), ...(classes === undefined ? {} : { classes }) };
}

const isNumbers = (given: unknown): given is Numbers => Array.isArray(given) || (ArrayBuffer.isView(given) && !(given instanceof DataView));

function checkShape(where: string, shape: unknown): void {
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size) && size > 0) || sizeOf(shape) > LIMITS.inputs)
    throw new UsageError(`${where}: shape: expected a list of positive sizes, of at most ${count(LIMITS.inputs)} numbers in all, got ${show(shape)}`);
}

/** Rows that all columns have. */
function rowsOf(where: string, columns: Readonly<Record<string, Column>>): number {
  const [first, ...rest] = Object.entries(columns).map(([name, { values, shape }]) => ({ name, rows: values.length / sizeOf(shape) }));
  if (!first) throw new DataError(`${where}: there are no tensors`);
  for (const { name, rows } of [first, ...rest]) {
    if (!Number.isInteger(rows) || rows < 1) throw new DataError(`${where}: ${name}: expected a whole number of rows, got ${rows}`);
    if (rows !== first.rows) throw new DataError(`${where}: ${first.name} has ${first.rows} rows and ${name} has ${rows}; every row needs all tensors`);
  }
  return first.rows;
}
