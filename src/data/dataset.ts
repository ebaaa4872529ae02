import { DataError, isObject, requireInteger, requireNumber, show, UsageError } from '../errors.ts';
import * as LIMITS from '../limits.ts';
import { isNested, type Numbers, ownFloats, toFloats } from '../numbers.ts';
import { type OptionTable, readOptions } from '../option_table.ts';

import { isSizes, sizeOf } from '../shape.ts';
import type { TableSummary } from './csv_summary.ts';

export type { Numbers } from '../numbers.ts';

/**
 * Samples and their targets, row by row, ready for the GPU. Every value is finite; the builders below see to that. The arrays are the data set's own:
 * a streamed data set is read from them during the run.
 */
export interface Dataset {
  /** Inputs, [rows, features]. Of a data set of bytes, made when it is first read. */
  readonly x: Float32Array;
  /** The same as bytes, where the inputs came as bytes: so they lie on the GPU, at a quarter of the memory, to the same bits. */
  readonly bytes?: Bytes;
  /** Samples. */
  readonly rows: number;
  /** Inputs per sample: the product of `shape`. */
  readonly features: number;
  /** Shape of one sample: [5], [28, 28], ... */
  readonly shape: readonly number[];
  /** Targets, [rows, targetSize]. With `classes`, one class index per row. */
  readonly y: Float32Array;
  /** Columns of `y`; 1 with `classes`. */
  readonly targetSize: number;
  /** Number of classes; present exactly when the targets are class indices. */
  readonly classes?: number;
  /** Names of the inputs, one for each; absent where the source has none. */
  readonly featureNames?: readonly string[];
  /** Names of the classes in the order of their indices; absent where the source has none. */
  readonly classNames?: readonly string[];
  /** What the source did to its rows; absent where it took them as they were. */
  readonly reading?: Reading;
}

/** Numbers that are bytes divided by a constant. */
export interface Bytes {
  /** The bytes, row after row. */
  readonly values: Uint8Array;
  /** What each is divided by. */
  readonly divisor: number;
}

/** How a source made rows of numbers. A saved model keeps it, so that new rows are read in the same way. */
export interface Reading {
  /** All numbers were divided by this constant: 255 for pixels of IDX files, 16 for the digits. */
  readonly divisor?: number;
  /** What a missing value became, one number per feature. */
  readonly fill?: readonly number[];
  /** Where the columns were in the table. */
  readonly table?: TableColumns;
  /** What `applyScaling` did after that. */
  readonly scaling?: Scaling;
  /** What `applyTargetScaling` did to the targets: predictions are turned back. */
  readonly targets?: TargetScaling;
  /** What was understood of the table, for people to read. */
  readonly summary?: TableSummary;
}

/** x becomes (x - offset) / divisor, feature by feature. Plain numbers, so that it can stand in a document. */
export interface Scaling {
  /** What is subtracted, one number per feature. */
  readonly offset: readonly number[];
  /** What the difference is divided by, one number per feature; never 0. */
  readonly divisor: readonly number[];
}

/** The same of targets, which may span decades: then their logarithms are scaled. */
export interface TargetScaling extends Scaling {
  /** Whether y becomes (ln y - offset) / divisor. Default false. */
  readonly log?: boolean;
}

/** Columns of a table, counted from 0, and how it was written. */
export interface TableColumns {
  /** Fields in a row. */
  readonly columns: number;
  /** Columns of the features, in their order. */
  readonly features: readonly number[];
  /** Column of the target. */
  readonly target: number;
  /** The target's name in the header; absent where there was none. */
  readonly targetName?: string;
  /** Names of the features' columns in the header; absent where there was none. */
  readonly names?: readonly string[];
  /** What the cells of the features are; of categories, those that there are. Absent where all are numbers. */
  readonly values?: readonly ('number' | 'boolean' | readonly string[])[];
  /** What stood between fields. */
  readonly separator?: string;
  /** What stood before the fraction of numbers. */
  readonly decimal?: string;
  /** What stood between groups of digits; '' for nothing. */
  readonly thousands?: string;
  /** The least and the largest number of each feature in the table; none for what is no number. */
  readonly ranges?: readonly (readonly number[])[];
  /** The signs, of a currency or of percent, that were taken away from numbers, feature by feature; '' for none. Absent where there were none. */
  readonly signs?: readonly string[];
  /** That of the target. */
  readonly targetSign?: string;
  /** Words for a missing value, in small letters. */
  readonly missingWords?: readonly string[];
}

/** What `dataset` takes: inputs and targets, and what their plain numbers do not say. */
export interface DatasetInput {
  /** Rows of inputs, or all inputs flat (then `shape` says how many make a sample; default [1]). A Uint8Array stays bytes, on the GPU too. */
  readonly x: Numbers;
  /** What the bytes of a Uint8Array are divided by: 255 for pixels from 0 to 1. Default 1. */
  readonly divisor?: number;
  /** Targets: one number or one row per sample; flat with `targetSize` numbers per sample. Class indices with `classes`. */
  readonly y: Numbers;
  /** Shape of one sample. Default: [width of the first row], or [1] where x is flat. */
  readonly shape?: readonly number[];
  /** Targets per sample where y is flat. Default 1. */
  readonly targetSize?: number;
  /** Number of classes, at least 2. Default: the length of `classNames`, else the targets are numbers to be regressed. */
  readonly classes?: number;
  /** Names of the inputs, one for each; none by default. */
  readonly featureNames?: readonly string[];
  /** Names of the classes in the order of their indices; none by default. */
  readonly classNames?: readonly string[];
  /** How the source read its rows, for those who build data sets from files of their own; nothing by default. */
  readonly reading?: Reading;
}

/** Whatever numbers are made of, and lists, say more where they are read. */
const ANYTHING = { type: 'object', expected: 'numbers in an array', accepts: () => true } as const;
const OPTIONS = {
  x: ANYTHING,
  divisor: { type: 'number' },
  y: ANYTHING,
  shape: ANYTHING,
  targetSize: { type: 'integer', min: 1 },
  classes: { type: 'integer', min: 2, max: LIMITS.units },
  featureNames: ANYTHING,
  classNames: ANYTHING,
  reading: ANYTHING,
} as const satisfies OptionTable<DatasetInput>;

/** Without what a data set has of itself: `dataset({ ...train, y })` is one with other targets. */
function ownOptions(input: DatasetInput & Partial<Pick<Dataset, 'rows' | 'features' | 'bytes'>>): DatasetInput {
  if (!isObject(input) || !('rows' in input && 'features' in input)) return input;
  const { rows: _rows, features: _features, bytes: _bytes, ...own } = input;
  return own;
}

/**
 * Makes a data set from plain or typed arrays, which it copies and checks.
 *
 * @param input - Inputs `x` [rows, features] and targets `y` [rows, targetSize], or class indices with `classes`.
 * @returns The data set, in 32-bit floats.
 * @throws DataError with row and column where it is empty, ragged, NaN or infinite (also too large for 32 bits), a label is no class index, or x and y have
 *   different lengths; UsageError for another shape, divisor or number of classes.
 * @example
 * const xor = dataset({ x: [[0, 0], [0, 1], [1, 0], [1, 1]], y: [0, 1, 1, 0], classes: 2 });
 */
export function dataset(input: DatasetInput): Dataset {
  readOptions<DatasetInput, typeof OPTIONS>('dataset', OPTIONS, ownOptions(input));
  return build(input, ownFloats);
}

/** The same without a copy, for Float32Arrays that the caller gives up. */
export function datasetOf(input: DatasetInput): Dataset {
  return build(input, toFloats);
}

function build(input: DatasetInput, read: typeof toFloats): Dataset {
  if (!isObject(input)) throw new UsageError(`dataset: expected an object with x and y, got ${show(input)}`);
  if (input.shape !== undefined && !Array.isArray(input.shape)) throw new UsageError(`dataset: shape: expected a list of sizes, got ${show(input.shape)}`);
  // With the holes of a list, which `forEach` passes over.
  const shape = Array.from(input.shape ?? [widthOf(input.x)]);
  shape.forEach((size, axis) => {
    requireInteger(`dataset: shape[${axis}]`, size);
  });
  const features = shape.reduce((product, size) => product * size, 1);
  const rowsOf = (name: 'x' | 'y', width: number, because: string): Float32Array => {
    const values = read(`dataset: ${name}`, input[name], { width, because, finite: true });
    requireWhole(`dataset: ${name}`, values, 'numbers', width, because);
    if (values !== input[name] && values.some((value) => Math.abs(value) > 1e6)) EXACT.set(values, input[name]);
    return values;
  };
  const because = `shape is [${shape.join(', ')}]`;
  const bytes = input.x instanceof Uint8Array ? bytesOf(input.x, input.divisor, features, because, read === ownFloats) : undefined;
  if (!bytes && input.divisor !== undefined) throw new UsageError(`dataset: divisor: only bytes are divided, and x is ${show(input.x)}`);
  const x = bytes ? bytes.values : rowsOf('x', features, because);
  const targetSize = input.targetSize ?? widthOf(input.y);
  requireInteger('dataset: targetSize', targetSize);
  const y = rowsOf('y', targetSize, `targetSize is ${targetSize}`);

  const rows = x.length / features;
  if (rows !== y.length / targetSize) {
    const hint = isNested(input.x) || input.shape ? '' : '; a flat x needs `shape`';
    throw new DataError(`dataset: x has ${rows} rows and y has ${y.length / targetSize}; every row needs its target${hint}`);
  }
  checkNames('featureNames', input.featureNames, features);
  const classes = input.classes ?? input.classNames?.length;
  checkNames('classNames', input.classNames, classes);
  if (classes !== undefined) checkLabels(y, targetSize, classes);
  return withInputs(bytes ?? (x as Float32Array), {
    rows,
    features,
    shape,
    y,
    targetSize,
    ...(classes !== undefined && { classes }),
    ...(input.featureNames && { featureNames: [...input.featureNames] }),
    ...(input.classNames && { classNames: [...input.classNames] }),
    ...(input.reading && { reading: input.reading }),
  });
}

/** What large numbers were before they were rounded, by their floats: scaling takes the differences of times from them. */
const EXACT = new WeakMap<Float32Array, Numbers>();

/** The inputs or the targets of a data set, as exactly as they are known. */
export function exactly(floats: Float32Array): Float32Array | Float64Array {
  let given = EXACT.get(floats);
  if (!given) return floats;
  // Of another data set's floats, which were copied, what these were before.
  if (given instanceof Float32Array) given = exactly(given);
  const rows = isNested(given) ? given : [given as ArrayLike<number>];
  const width = rows[0]!.length;
  const exact = Float64Array.from(floats, (_, i) => rows[Math.floor(i / width)]![i % width]!);
  // The caller's array may have been written to since.
  return exact.every((value, i) => Math.fround(value) === floats[i]) ? exact : floats;
}

/** Throws a DataError unless these are rows of so many, one at least. */
function requireWhole(where: string, { length }: { readonly length: number }, what: string, width: number, because: string): void {
  if (length === 0) throw new DataError(`${where} is empty; at least one row is needed`);
  if (length % width !== 0) throw new DataError(`${where} has ${length} ${what}, which is no whole number of rows of ${width} (${because})`);
}

/** The bytes of a data set, its own unless `copy` is false. */
function bytesOf(values: Uint8Array, divisor = 1, width: number, because: string, copy: boolean): Bytes {
  requireDivisor('dataset: divisor', divisor);
  requireWhole('dataset: x', values, 'bytes', width, because);
  return { values: copy ? values.slice() : values, divisor };
}

/** Throws a UsageError unless every byte divided by this is a finite 32-bit float. */
export function requireDivisor(where: string, divisor: unknown): void {
  requireNumber(where, divisor);
  if (!Number.isFinite(Math.fround(255 / divisor))) throw new UsageError(`${where}: expected a number by which bytes can be divided, got ${divisor}`);
}

/** A data set of floats, or of bytes whose floats are made when they are wanted. */
function withInputs(inputs: Float32Array | Bytes, rest: Omit<Dataset, 'x' | 'bytes'>): Dataset {
  if (inputs instanceof Float32Array) return { ...rest, x: inputs };
  let x: Float32Array | undefined;
  return {
    ...rest,
    bytes: inputs,
    get x() {
      x ??= Float32Array.from(inputs.values, (byte) => byte / inputs.divisor);
      return x;
    },
  };
}

/** All but the inputs, which are not made for it. */
function restOf(data: Dataset): Omit<Dataset, 'x' | 'bytes'> {
  const { x: _x, bytes: _bytes, ...rest } = Object.getOwnPropertyDescriptors(data);
  return Object.defineProperties({}, rest) as Omit<Dataset, 'x' | 'bytes'>;
}

/** The data set with other targets; its inputs are the same. */
export function withOwnTargets(data: Dataset, y: Float32Array, more: Partial<Pick<Dataset, 'reading'>>): Dataset {
  return withInputs(data.bytes ?? data.x, { ...restOf(data), y, ...more });
}

/** Inputs of `count` rows from the row `first` on, as floats: of a data set of bytes without making those of all rows. */
export function inputsOf(data: Dataset, first: number, count: number): Float32Array {
  const { bytes, features } = data;
  const [begin, end] = [first * features, (first + count) * features];
  return bytes ? Float32Array.from(bytes.values.subarray(begin, end), (byte) => byte / bytes.divisor) : data.x.subarray(begin, end);
}

/**
 * A data set as it comes from outside: its builders have checked it, or somebody put it together by hand. The numbers become floats, with `copy` the caller's
 * no longer; sizes must fit. Throws a DataError that begins with `where`.
 */
export function givenDataset(where: string, given: Dataset, copy: boolean): Dataset {
  if (!isObject(given)) throw new DataError(`${where}: expected a data set, as dataset() builds it, got ${show(given)}`);
  const { rows, features, shape, targetSize } = given;
  for (const [name, value] of Object.entries({ rows, features, targetSize })) requireInteger(`${where}: ${name}`, value);
  if (!isSizes(shape) || sizeOf(shape) !== features) throw new DataError(`${where}: shape: expected ${features} numbers, got ${show(shape)}`);
  const read = copy ? ownFloats : toFloats;
  if (given.bytes) {
    if (!(given.bytes.values instanceof Uint8Array)) throw new DataError(`${where}: bytes.values: expected a Uint8Array, got ${show(given.bytes.values)}`);
    requireDivisor(`${where}: bytes.divisor`, given.bytes.divisor);
  }
  const inputs = given.bytes
    ? { ...given.bytes, values: copy ? given.bytes.values.slice() : given.bytes.values }
    : read(`${where}: x`, given.x, { width: features });
  const y = read(`${where}: y`, given.y, { width: targetSize });
  const x = inputs instanceof Float32Array ? inputs : inputs.values;
  for (const [name, values, width] of [['x', x, features] as const, ['y', y, targetSize] as const])
    if (values.length !== rows * width) throw new DataError(`${where}: ${name}: expected ${rows} rows of ${width} numbers, got ${values.length} numbers`);
  return withInputs(inputs, { ...restOf(given), y });
}

/**
 * Picks rows by index, as a new data set.
 *
 * @param given - The data set, which stays as it is.
 * @param indices - From 0 to rows - 1, in the order that is wanted; an index may come twice.
 * @returns A data set with a row for each index.
 * @throws DataError for what is no data set and for an empty list; UsageError for an index that is not there.
 * @example
 * const firstHundred = take(data, Array.from({ length: 100 }, (_, i) => i));
 */
export function take(given: Dataset, indices: ArrayLike<number>): Dataset {
  const data = givenDataset('take', given, false);
  if (typeof indices !== 'object' || indices === null || !Number.isInteger(indices.length))
    throw new UsageError(`take: indices: expected a list of row numbers, got ${show(indices)}`);
  if (indices.length === 0) throw new DataError('take: no rows were asked for; a data set has at least one');
  const from = data.bytes?.values ?? data.x;
  const x = new (data.bytes ? Uint8Array : Float32Array)(indices.length * data.features);
  const y = new Float32Array(indices.length * data.targetSize);
  for (let row = 0; row < indices.length; row++) {
    const index = indices[row]!;
    if (!Number.isInteger(index) || index < 0 || index >= data.rows)
      throw new UsageError(`take: indices[${row}]: expected an integer from 0 to ${data.rows - 1}, got ${show(index)}`);
    x.set(from.subarray(index * data.features, (index + 1) * data.features), row * data.features);
    y.set(data.y.subarray(index * data.targetSize, (index + 1) * data.targetSize), row * data.targetSize);
  }
  for (const [exact, taken, width] of [
    ...(data.bytes ? [] : [[exactly(data.x), x as Float32Array, data.features] as const]),
    [exactly(data.y), y, data.targetSize] as const,
  ])
    if (exact instanceof Float64Array)
      EXACT.set(
        taken,
        Float64Array.from(taken, (_, i) => exact[indices[Math.floor(i / width)]! * width + (i % width)]!),
      );
  return withInputs(data.bytes ? { ...data.bytes, values: x as Uint8Array } : (x as Float32Array), { ...restOf(data), y, rows: indices.length });
}

/** Numbers in the first row, 1 where there are no rows. What is no list at all is refused where it is read. */
function widthOf(values: Numbers): number {
  return values && isNested(values) ? values[0]!.length : 1;
}

function checkLabels(y: Float32Array, targetSize: number, classes: number): void {
  requireInteger('dataset: classes', classes, 2);
  if (targetSize !== 1)
    throw new DataError(
      `dataset: with ${classes} classes each row of y is one class index, got ${targetSize} numbers; leave out \`classes\` for probabilities`,
    );
  const bad = y.findIndex((label) => !Number.isInteger(label) || label < 0 || label >= classes);
  if (bad >= 0) throw new DataError(`dataset: y, row ${bad}: expected a class index from 0 to ${classes - 1}, got ${y[bad]}`);
}

function checkNames(option: string, names: readonly string[] | undefined, count: number | undefined): void {
  if (names === undefined) return;
  if (!Array.isArray(names) || !Array.from(names).every((name) => typeof name === 'string'))
    throw new UsageError(`dataset: ${option}: expected a list of names, got ${show(names)}`);
  if (names.length !== count) throw new DataError(`dataset: ${option}: expected ${count} names, got ${names.length}`);
}
