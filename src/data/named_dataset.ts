// Data sets of named tensors, from arrays.
import { DataError, isObject, requireInteger, requireObject, show, UsageError } from '../errors.ts';
import { count } from '../format.ts';
import { toIntegers } from '../integers.ts';
import * as LIMITS from '../limits.ts';
import { type Numbers, ownFloats } from '../numbers.ts';
import { type DType, isSizes, sizeOf } from '../shape.ts';
import { type Column, type NamedDataset, named } from './columns.ts';
import { requireDivisor } from './dataset.ts';

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

function column(where: string, given: Numbers | ColumnInput): Column {
  const { values, divisor, classes, ...rest }: ColumnInput = isNumbers(given) || !isObject(given) ? { values: given } : given;
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
  if (!isSizes(shape) || sizeOf(shape) > LIMITS.inputs)
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
