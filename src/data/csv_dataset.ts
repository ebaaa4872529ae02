import { DataError, show, UsageError } from '../errors.ts';
import { type OptionTable, readOptions } from '../option_table.ts';
import { type CsvOptions, type CsvTable, csvOptions, parseCsv } from './csv.ts';
import { type Dataset, datasetOf, take } from './dataset.ts';

const TASKS = ['auto', 'classification', 'regression'] as const;
const POLICIES = ['error', 'mean', 'drop'] as const;
/** What becomes of a missing value. */
export type Policy = (typeof POLICIES)[number];

/** What counts as a missing value, in any case and with blanks around it. */
const MISSING = new Set(['', '?', 'na', 'n/a', 'nan', 'null']);

/** With `task: 'auto'`, a column of whole numbers is a class up to this many different ones (each at least twice on average). */
const AUTO_CLASSES = 20;

/** A column by its name in the header or by its index from 0. */
export type CsvColumn = string | number;

/** Which columns of a CSV file to learn from and to predict, and what to do with missing values. */
export interface FromCsvOptions extends CsvOptions {
  /** The column to predict. Default: the last. */
  readonly target?: CsvColumn;
  /** The columns to learn from. Default: all others. */
  readonly features?: readonly CsvColumn[];
  /** Default auto: text, or few different whole numbers, are classes; other numbers are regressed. */
  readonly task?: (typeof TASKS)[number];
  /**
   * What to do with a missing value ('', ?, NA, N/A, NaN, null). `error` (default) names its line and column; `drop` leaves
   * the row out; `mean` fills in the mean of its column over the whole file, rows that are split off later included.
   */
  readonly missing?: Policy;
  /** With `missing: 'mean'`: what to fill in, one number per feature, such as the means of the training file. Default: the means of this file. */
  readonly fill?: readonly number[];
  /** The classes in the order of their indices, such as those of the training file. Default: those found, sorted. */
  readonly classNames?: readonly string[];
}

const COLUMN = { type: 'either', of: [{ type: 'string' }, { type: 'number' }], expected: 'the name of a column, or its index from 0' } as const;
const OPTIONS = {
  ...csvOptions,
  target: COLUMN,
  features: { type: 'list', of: COLUMN, empty: true, expected: 'a list of columns' },
  task: { type: 'name', names: TASKS, default: 'auto' },
  missing: { type: 'name', names: POLICIES, default: 'error' },
  fill: { type: 'list', of: { type: 'number' }, expected: 'a list of numbers, one per feature' },
  classNames: { type: 'list', of: { type: 'string' }, expected: 'a list of names' },
} as const satisfies OptionTable<FromCsvOptions>;

/**
 * Makes a data set from CSV text: numeric columns as features, one column as the target. Classes are named by their text and sorted, numbers by value.
 *
 * @param text - The whole file.
 * @param options - The last column is the target and all others are features by default.
 * @returns The data set, with the names of its features and classes.
 * @throws DataError with line and column for a cell that cannot be used; UsageError for another option.
 * @example
 * const data = fromCsv('petal,sepal,kind\n1.4,5.1,setosa\n4.7,7.0,versicolor', { target: 'kind' });
 * console.log(data.classNames); // ['setosa', 'versicolor']
 */
export function fromCsv(text: string, options: FromCsvOptions = {}): Dataset {
  const { header, separator, missing, task } = readOptions<FromCsvOptions, typeof OPTIONS>('fromCsv', OPTIONS, options);
  return fromTable(parseCsv(text, { header, separator } as CsvOptions), { ...options, missing, task });
}

/** The same for a table that has been read. */
export function fromTable(table: CsvTable, options: FromCsvOptions): Dataset {
  const policy = options.missing ?? 'error';
  const width = table.names.length;
  const target = columnIndex(table, 'target', options.target ?? width - 1);
  const features = options.features?.map((column) => columnIndex(table, 'features', column)) ?? [...Array(width).keys()].filter((column) => column !== target);
  if (features.length === 0) throw new DataError(`fromCsv: the only column is the target; expected at least one more to learn from`);
  const twice = features.find((column, i) => features.indexOf(column) < i);
  if (twice !== undefined) throw new UsageError(`fromCsv: features: ${show(table.names[twice])} is named twice`);
  if (features.includes(target)) throw new UsageError(`fromCsv: features: ${show(table.names[target])} is the target; a column cannot be both`);

  const { fill } = options;
  if (fill && (fill.length !== features.length || !fill.every(Number.isFinite)))
    throw new UsageError(`fromCsv: fill: expected ${features.length} finite numbers, one per feature, got ${show(fill)}`);

  const dropped = new Uint8Array(table.rows);
  const { values: x, fill: filled } = readNumbers(table, features, policy, dropped, fill);
  const classes = isClassification(table, target, options) ? readClasses(table, target, policy, dropped, options.classNames) : undefined;
  // An imputed target would be learned as if it were true.
  const y = classes?.labels ?? readNumbers(table, [target], policy === 'mean' ? 'error' : policy, dropped).values;

  const all = datasetOf({
    x,
    y,
    shape: [features.length],
    featureNames: features.map((column) => table.names[column]!),
    ...(classes && { classNames: classes.names }),
    reading: {
      table: { columns: width, features, target, ...(table.header ? { targetName: table.names[target]! } : {}) },
      ...(filled ? { fill: filled } : {}),
    },
  });
  if (!dropped.includes(1)) return all;
  const kept = [...dropped.keys()].filter((row) => dropped[row] === 0);
  if (kept.length === 0) throw new DataError('fromCsv: every row has a missing value; fill in the mean, or leave columns out with `features`');
  return take(all, kept);
}

function columnIndex(table: CsvTable, option: string, column: CsvColumn): number {
  if (typeof column === 'number') {
    if (Number.isInteger(column) && column >= 0 && column < table.names.length) return column;
    throw new UsageError(`fromCsv: ${option}: expected a column from 0 to ${table.names.length - 1}, got ${column}`);
  }
  const index = table.names.indexOf(column);
  if (index < 0) throw new UsageError(`fromCsv: ${option}: no column is named ${show(column)}; there are ${show([...table.names])}`);
  if (table.names.includes(column, index + 1)) throw new UsageError(`fromCsv: ${option}: two columns are named ${show(column)}; give the column's index`);
  return index;
}

/** The number in a cell; undefined where the value is missing, NaN where it is no finite number. */
export function toNumber(cell: string): number | undefined {
  const value = Number(cell);
  // Number('') is 0.
  if (Number.isFinite(value) && (value !== 0 || cell.trim() !== '')) return value;
  return isMissing(cell) ? undefined : Number.NaN;
}

export function isMissing(cell: string): boolean {
  return cell.length < 16 && MISSING.has(cell.trim().toLowerCase());
}

function refuseMissing(table: CsvTable, row: number, column: number, remedy: string): never {
  throw new DataError(`${table.where(row, column)}: the value is missing (${show(table.cell(row, column))}); ${remedy}`);
}

/**
 * Columns of finite 32-bit numbers, [rows, columns]; rows to be left out are marked and hold 0. With the policy `mean`, missing values
 * become those of `fill`, by default the columns' means, which are returned. Row by row, to save memory.
 */
export function readNumbers(
  table: CsvTable,
  columns: readonly number[],
  policy: Policy,
  dropped: Uint8Array,
  fill?: readonly number[],
): { values: Float32Array; fill?: readonly number[] } {
  const width = columns.length;
  const values = new Float32Array(table.rows * width);
  const missing: number[] = [];
  for (let row = 0, at = 0; row < table.rows; row++) {
    for (let i = 0; i < width; i++, at++) {
      const cell = table.cell(row, columns[i]!);
      const value = toNumber(cell);
      if (value === undefined) {
        if (policy === 'error') refuseMissing(table, row, columns[i]!, "fill it in, or choose missing: 'drop' or, for a feature, 'mean'");
        if (policy === 'drop') dropped[row] = 1;
        missing.push(at);
      } else {
        values[at] = value;
        if (!Number.isFinite(values[at]))
          throw new DataError(`${table.where(row, columns[i]!)}: expected a number, got ${show(cell)}; correct it, or leave the column out with \`features\``);
      }
    }
  }
  if (policy !== 'mean') return { values };
  const used = fill ?? columnMeans(table, columns, values, missing);
  for (const at of missing) values[at] = used[at % width]!;
  return { values, fill: used };
}

/** The mean of each column over the values that are there. `missing`: the places in `values` of the others; they hold 0, so they add nothing to the sums. */
function columnMeans(table: CsvTable, columns: readonly number[], values: Float32Array, missing: readonly number[]): number[] {
  const width = columns.length;
  const present = new Array<number>(width).fill(table.rows);
  for (const at of missing) present[at % width]!--;
  return present.map((count, i) => {
    if (count === 0) refuseMissing(table, 0, columns[i]!, 'the column has no value at all: leave it out with `features`');
    let sum = 0;
    for (let row = 0; row < table.rows; row++) sum += values[row * width + i]!;
    return sum / count;
  });
}

function isClassification(table: CsvTable, column: number, options: FromCsvOptions): boolean {
  if (options.task === 'classification' || options.task === 'regression') return options.task === 'classification';
  if (options.classNames) return true;
  const numbers = new Set<number>();
  let count = 0;
  let words = 0;
  let firstWord = 0;
  for (let row = 0; row < table.rows; row++) {
    const value = toNumber(table.cell(row, column));
    if (value === undefined) continue;
    if (Number.isNaN(value)) {
      if (words++ === 0) firstWord = row;
    } else {
      count++;
      if (numbers.size <= AUTO_CLASSES) numbers.add(value);
    }
  }
  if (words > 0 && count > 0) {
    const found = `${count} rows have a number here and ${words} have text, the first ${show(table.cell(firstWord, column))}`;
    throw new DataError(`${table.where(firstWord, column)}: ${found}; correct it, or choose task: 'classification' if these are classes`);
  }
  return words > 0 || (numbers.size >= 2 && numbers.size <= AUTO_CLASSES && count >= 2 * numbers.size && [...numbers].every(Number.isInteger));
}

/** A column of class names as indexes. `1`, `1.0` and ` 1` are the same class. */
function readClasses(
  table: CsvTable,
  column: number,
  policy: Policy,
  dropped: Uint8Array,
  given: readonly string[] | undefined,
): { names: readonly string[]; labels: Float32Array } {
  const nameAt = (row: number): string | undefined => {
    const cell = table.cell(row, column);
    if (isMissing(cell)) {
      if (policy !== 'drop') refuseMissing(table, row, column, "fill it in, or choose missing: 'drop'");
      dropped[row] = 1;
      return undefined;
    }
    return canonical(cell);
  };
  const found = Array.from({ length: table.rows }, (_, row) => nameAt(row));
  const names = given ?? [...new Set(found.filter((name) => name !== undefined))].sort(byValue);
  if (names.length < 2) throw new DataError(`fromCsv: target ${show(table.names[column])}: expected at least two classes, got ${show([...names])}`);
  const indexes = new Map(names.map((name, index) => [canonical(name), index]));
  const labels = Float32Array.from(found, (name, row) => {
    if (name === undefined) return 0;
    const index = indexes.get(name);
    if (index === undefined) throw new DataError(`${table.where(row, column)}: expected one of the classes ${show([...names])}, got ${show(name)}`);
    return index;
  });
  return { names, labels };
}

export function canonical(cell: string): string {
  const value = toNumber(cell);
  return value === undefined || Number.isNaN(value) ? cell.trim() : String(value);
}

/** Numbers by value, then text by code unit, whatever the machine's language. */
function byValue(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
  return x - y || (a < b ? -1 : a > b ? 1 : 0);
}
