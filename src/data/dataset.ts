import { DataError, requireInteger, show, UsageError } from '../errors.ts';

/** Samples and their targets, row by row, ready for the GPU. Every value is finite; the builders below see to that. */
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

/** One number after the other, or one row after the other. */
export type Numbers = ArrayLike<number> | ArrayLike<ArrayLike<number>>;

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
 * Builds a data set from plain or typed arrays and checks it. A Float32Array is used as it is, without a copy.
 *
 * Throws a DataError that names the row and column: empty, ragged, NaN or infinite (also too large for 32 bits), labels
 * that are no class index, x and y of different lengths.
 */
export function dataset(input: DatasetInput): Dataset {
  const shape = input.shape ?? [isNested(input.x) ? input.x[0]!.length : 1];
  shape.forEach((size, axis) => {
    requireInteger(`dataset: shape[${axis}]`, size);
  });
  const features = shape.reduce((product, size) => product * size, 1);
  const x = flatten('x', input.x, features, `shape is [${shape.join(', ')}]`);
  const targetWidth = input.targetWidth ?? (isNested(input.y) ? input.y[0]!.length : 1);
  requireInteger('dataset: targetWidth', targetWidth);
  const y = flatten('y', input.y, targetWidth, `targetWidth is ${targetWidth}`);

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

function isNested(values: Numbers): values is ArrayLike<ArrayLike<number>> {
  return typeof values[0] === 'object' && values[0] !== null;
}

/** The values as one Float32Array of whole rows of `width`, all finite. `because` says in a message where the width comes from. */
function flatten(name: 'x' | 'y', values: Numbers, width: number, because: string): Float32Array {
  if (values.length === 0) throw new DataError(`dataset: ${name} is empty; at least one row is needed`);
  if (!isNested(values)) {
    if (values.length % width !== 0)
      throw new DataError(`dataset: ${name} has ${values.length} numbers, which is no whole number of rows of ${width} (${because})`);
    return checkFinite(name, values instanceof Float32Array ? values : Float32Array.from(values as ArrayLike<number>, number), width, values);
  }
  const flat = new Float32Array(values.length * width);
  for (let row = 0; row < values.length; row++) {
    const from = values[row]!;
    if (from?.length !== width) throw new DataError(`dataset: ${name}[${row}]: expected ${width} numbers (${because}), got ${from?.length ?? show(from)}`);
    for (let column = 0; column < width; column++) flat[row * width + column] = number(from[column]);
  }
  return checkFinite(name, flat, width, values);
}

// Storing null or '' in a Float32Array would make it 0 without a word.
function number(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN;
}

function checkFinite(name: string, flat: Float32Array, width: number, given: Numbers): Float32Array {
  for (let i = 0; i < flat.length; i++) {
    if (Number.isFinite(flat[i])) continue;
    const row = Math.floor(i / width);
    const column = i % width;
    const value = isNested(given) ? given[row]![column] : given[i];
    const reason =
      typeof value === 'number' && Number.isFinite(value) ? `${value} does not fit into a 32-bit float` : `expected a finite number, got ${show(value)}`;
    throw new DataError(`dataset: ${name}, row ${row}, column ${column}: ${reason}; leave the row out or fill the value in`);
  }
  return flat;
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
