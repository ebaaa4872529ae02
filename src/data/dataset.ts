import { DataError, requireInteger, show, UsageError } from '../errors.ts';
import { isNested, type Numbers, ownFloats, toFloats } from '../numbers.ts';

export type { Numbers } from '../numbers.ts';

/**
 * Samples and their targets, row by row, ready for the GPU. Every value is finite; the builders below see to that. The arrays are the data set's own:
 * what is streamed to the GPU is read from them while a run goes on.
 */
export interface Dataset {
  /** Inputs, [rows, features]. */
  readonly x: Float32Array;
  readonly rows: number;
  /** Inputs per sample: the product of `shape`. */
  readonly features: number;
  /** Shape of one sample: [5], [28, 28], ... */
  readonly shape: readonly number[];
  /** Targets, [rows, targetWidth]. With `classes`, one class index per row. */
  readonly y: Float32Array;
  readonly targetWidth: number;
  /** Number of classes; present exactly when the targets are class indexes. */
  readonly classes?: number;
  readonly featureNames?: readonly string[];
  readonly classNames?: readonly string[];
  /** What the source did to its rows; absent where it took them as they were. */
  readonly reading?: Reading;
}

/** How a source made rows of numbers. A saved model keeps it, so that new rows are read in the same way. */
export interface Reading {
  /** All numbers were divided by this constant: 255 for pixels of IDX files, 16 for the digits. */
  readonly divisor?: number;
  /** What a missing value became, one number per feature. */
  readonly fill?: readonly number[];
  /** Where the columns were in the table. */
  readonly table?: TableColumns;
}

/** Columns of a table, counted from 0. */
export interface TableColumns {
  /** Fields in a row. */
  readonly columns: number;
  /** Columns of the features, in their order. */
  readonly features: readonly number[];
  readonly target: number;
  /** The target's name in the header; absent where there was none. */
  readonly targetName?: string;
}

export interface DatasetInput {
  /** Rows of inputs, or all inputs flat (then `shape` says how many make a sample; default [1]). */
  readonly x: Numbers;
  /** Targets: one number or one row per sample; flat with `targetWidth` numbers per sample. Class indexes with `classes`. */
  readonly y: Numbers;
  /** Shape of one sample. Default: [width of the first row], or [1] where x is flat. */
  readonly shape?: readonly number[];
  /** Targets per sample where y is flat. Default 1. */
  readonly targetWidth?: number;
  /** Number of classes, at least 2. Default: the length of `classNames`, else the targets are numbers to be regressed. */
  readonly classes?: number;
  readonly featureNames?: readonly string[];
  readonly classNames?: readonly string[];
  readonly reading?: Reading;
}

/**
 * Builds a data set from plain or typed arrays, which it copies, and checks it.
 *
 * Throws a DataError that names the row and column: empty, ragged, NaN or infinite (also too large for 32 bits), labels
 * that are no class index, x and y of different lengths.
 */
export function dataset(input: DatasetInput): Dataset {
  return build(input, ownFloats);
}

/** The same without a copy, for Float32Arrays that nobody else holds. */
export function datasetOf(input: DatasetInput): Dataset {
  return build(input, toFloats);
}

function build(input: DatasetInput, read: typeof toFloats): Dataset {
  if (typeof input !== 'object' || input === null) throw new UsageError(`dataset: expected an object with x and y, got ${show(input)}`);
  const shape = input.shape ?? [widthOf(input.x)];
  shape.forEach((size, axis) => {
    requireInteger(`dataset: shape[${axis}]`, size);
  });
  const features = shape.reduce((product, size) => product * size, 1);
  const rowsOf = (name: 'x' | 'y', width: number, because: string): Float32Array => {
    const values = read(`dataset: ${name}`, input[name], { width, because, finite: true });
    if (values.length === 0) throw new DataError(`dataset: ${name} is empty; at least one row is needed`);
    if (values.length % width !== 0)
      throw new DataError(`dataset: ${name} has ${values.length} numbers, which is no whole number of rows of ${width} (${because})`);
    return values;
  };
  const x = rowsOf('x', features, `shape is [${shape.join(', ')}]`);
  const targetWidth = input.targetWidth ?? widthOf(input.y);
  requireInteger('dataset: targetWidth', targetWidth);
  const y = rowsOf('y', targetWidth, `targetWidth is ${targetWidth}`);

  const rows = x.length / features;
  if (rows !== y.length / targetWidth) {
    const hint = isNested(input.x) || input.shape ? '' : '; a flat x needs `shape`';
    throw new DataError(`dataset: x has ${rows} rows and y has ${y.length / targetWidth}; every row needs its target${hint}`);
  }
  const classes = input.classes ?? input.classNames?.length;
  if (classes !== undefined) checkLabels(y, targetWidth, classes);
  checkNames('featureNames', input.featureNames, features);
  checkNames('classNames', input.classNames, classes);
  return {
    x,
    rows,
    features,
    shape: [...shape],
    y,
    targetWidth,
    ...(classes !== undefined && { classes }),
    ...(input.featureNames && { featureNames: [...input.featureNames] }),
    ...(input.classNames && { classNames: [...input.classNames] }),
    ...(input.reading && { reading: input.reading }),
  };
}

/**
 * A data set as it comes from outside: its builders have checked it, or somebody put it together by hand. The numbers become floats, with `copy` the caller's
 * no longer; sizes must fit. Throws a DataError that begins with `where`.
 */
export function givenDataset(where: string, given: Dataset, copy: boolean): Dataset {
  if (typeof given !== 'object' || given === null) throw new DataError(`${where}: expected a data set, as dataset() builds it, got ${show(given)}`);
  const { rows, features, targetWidth } = given;
  for (const [name, value] of Object.entries({ rows, features, targetWidth })) requireInteger(`${where}: ${name}`, value);
  const read = copy ? ownFloats : toFloats;
  const x = read(`${where}: x`, given.x, { width: features });
  const y = read(`${where}: y`, given.y, { width: targetWidth });
  for (const [name, values, width] of [['x', x, features] as const, ['y', y, targetWidth] as const])
    if (values.length !== rows * width) throw new DataError(`${where}: ${name}: expected ${rows} rows of ${width} numbers, got ${values.length} numbers`);
  return { ...given, x, y };
}

/** The rows at `indices`, in that order, as a new data set. An index may come twice. */
export function take(data: Dataset, indices: ArrayLike<number>): Dataset {
  if (indices.length === 0) throw new DataError('take: no rows were asked for; a data set has at least one');
  const x = new Float32Array(indices.length * data.features);
  const y = new Float32Array(indices.length * data.targetWidth);
  for (let row = 0; row < indices.length; row++) {
    const from = indices[row]!;
    if (!Number.isInteger(from) || from < 0 || from >= data.rows)
      throw new UsageError(`take: indices[${row}]: expected an integer from 0 to ${data.rows - 1}, got ${show(from)}`);
    x.set(data.x.subarray(from * data.features, (from + 1) * data.features), row * data.features);
    y.set(data.y.subarray(from * data.targetWidth, (from + 1) * data.targetWidth), row * data.targetWidth);
  }
  return { ...data, x, y, rows: indices.length };
}

/** Numbers in the first row, 1 where there are no rows. What is no list at all is refused where it is read. */
function widthOf(values: Numbers): number {
  return values && isNested(values) ? values[0]!.length : 1;
}

function checkLabels(y: Float32Array, targetWidth: number, classes: number): void {
  requireInteger('dataset: classes', classes, 2);
  if (targetWidth !== 1)
    throw new DataError(
      `dataset: with ${classes} classes each row of y is one class index, got ${targetWidth} numbers; leave out \`classes\` for probabilities`,
    );
  const bad = y.findIndex((label) => !Number.isInteger(label) || label < 0 || label >= classes);
  if (bad >= 0) throw new DataError(`dataset: y, row ${bad}: expected a class index from 0 to ${classes - 1}, got ${y[bad]}`);
}

function checkNames(option: string, names: readonly string[] | undefined, count: number | undefined): void {
  if (names && names.length !== count) throw new DataError(`dataset: ${option}: expected ${count} names, got ${names.length}`);
}
