// From the columns of a CSV to a data set: which are features, as numbers, booleans or categories, and which is the target, as classes or numbers.
import { DataError, show, UsageError } from '../errors.ts';
import { orElse } from '../nearest.ts';
import { type OptionTable, readOptions } from '../option_table.ts';
import type { BadCells } from './bad_cells.ts';
import { openCsv } from './csv.ts';
import { chosen, isId, lost, MOST_CATEGORIES, missingWordsAdvice } from './csv_choice.ts';
import { readTable, type Table } from './csv_columns.ts';
import { type CsvOptions, csvOptions } from './csv_options.ts';
import { rangeOf, summaryOf } from './csv_summary.ts';
import { type Dataset, datasetOf, take } from './dataset.ts';
import {
  canonical,
  type FeatureColumn,
  LEAVE_OUT,
  namesOf,
  otherNumbers,
  POLICIES,
  type Policy,
  readFeatures,
  refilled,
  requireCertain,
  sorted,
  widthOf,
} from './features.ts';
import { fillLater } from './gaps.ts';
import { lastRowNotes } from './last_row.ts';
import type { AlikeCategories } from './row_notes.ts';
import { NO_LOGARITHM } from './target_units.ts';
import type { UnseenRows } from './unseen.ts';

const TASKS = ['auto', 'classification', 'regression'] as const;

/** With `task: 'auto'`, a column of whole numbers is a class up to this many different ones (each at least twice on average). */
const AUTO_CLASSES = 20;
/** Columns that a message names. */
const LISTED = 8;

/** A column by its name in the header or by its index from 0. */
export type CsvColumn = string | number;

/** Which columns of a CSV file to learn from and to predict, and what to do with missing values. */
export interface FromCsvOptions extends CsvOptions {
  /** The column to predict. Default: the last that is not empty. */
  readonly target?: CsvColumn;
  /** The columns to learn from. Default: all others, but for dates, texts that are no categories, and a first column that counts the rows. */
  readonly features?: readonly CsvColumn[];
  /** Columns of categories that look like numbers, such as postal codes. Columns of words are categories anyway. None by default. */
  readonly categories?: readonly CsvColumn[];
  /** Default auto: text, or few different whole numbers, are classes; other numbers are regressed. In a document its loss decides. */
  readonly task?: (typeof TASKS)[number];
  /**
   * What to do with a missing value ('', ?, NA, N/A, NaN, null, none, errors of spreadsheets, `missingWords`; among numbers also -, . and k.A.). `error` (default) names its line and column; `drop` leaves
   * the row out; `mean` fills in the mean of its column (once `split` has parted the rows, over those that are trained on); a missing category becomes none of
   * them, and a row without a target is left out.
   */
  readonly missing?: Policy;
  /** With `missing: 'mean'`: what to fill in, one number per feature, such as the means of the training file. Default: the means of this file. */
  readonly fill?: readonly number[];
  /** The classes in the order of their indices, such as those of the training file. Default: those found, sorted. */
  readonly classNames?: readonly string[];
}

export const COLUMN = { type: 'either', of: [{ type: 'string' }, { type: 'number' }], expected: 'the name of a column, or its index from 0' } as const;
const OPTIONS = {
  ...csvOptions,
  target: COLUMN,
  features: { type: 'list', of: COLUMN, empty: true, expected: 'a list of columns' },
  categories: { type: 'list', of: COLUMN, empty: true, expected: 'a list of columns' },
  task: { type: 'name', names: TASKS, default: 'auto' },
  missing: { type: 'name', names: POLICIES, default: 'error' },
  fill: { type: 'list', of: { type: 'number' }, expected: 'a list of numbers, one per feature' },
  classNames: { type: 'list', of: { type: 'string' }, expected: 'a list of names' },
} as const satisfies OptionTable<FromCsvOptions>;

/** Who wants the logarithms of the targets: a document, which can be changed, or a model that was trained on them. */
export type LogTargets = 'asked' | 'trained';

/** What a loss takes as targets, for a target whose task is not given. */
export interface Wanted {
  /** The loss's name. */
  readonly loss: string;
  readonly kind: 'classes' | 'numbers' | 'either';
  /** Whether a number can be a target where there are no classes. */
  fits?(value: number): boolean;
  /** What it takes, in words: `a number from 0 to 1`. */
  readonly expected?: string;
}

/**
 * Makes a data set from CSV text or bytes: columns of numbers as features, of words as categories (a column of 0 and 1 for each), one column as the target.
 * Classes and categories are named by their text and sorted, numbers by value.
 *
 * @param file - The whole file: text, or bytes, whose encoding is found.
 * @param options - The last column is the target and all others are features by default.
 * @returns The data set, with the names of its features and classes.
 * @throws DataError with line and column for a cell that cannot be used; UsageError for another option.
 * @example
 * const data = fromCsv('petal,sepal,kind\n1.4,5.1,setosa\n4.7,7.0,versicolor', { target: 'kind' });
 * console.log(data.classNames); // ['setosa', 'versicolor']
 */
export function fromCsv(file: string | Uint8Array, options: FromCsvOptions = {}): Dataset {
  const { missing, task } = readOptions<FromCsvOptions, typeof OPTIONS>('fromCsv', OPTIONS, options);
  return fromTable(readTable(openCsv(file, tableOptions(options))), { ...options, missing, task });
}

/** The options, checked. Throws a UsageError for another one. */
export function knownOptions(options: FromCsvOptions): FromCsvOptions {
  return { ...options, ...readOptions<FromCsvOptions, typeof OPTIONS>('fromCsv', OPTIONS, options) } as FromCsvOptions;
}

/** Those options that say how the text is read. */
export function tableOptions(options: FromCsvOptions): CsvOptions {
  return Object.fromEntries(Object.entries(options).filter(([name, value]) => name in csvOptions && value !== undefined));
}

/** What a table is read by, and who is told of what is found. */
export interface ReadingOfTable {
  readonly unseen?: UnseenRows | undefined;
  readonly alike?: AlikeCategories | undefined;
  readonly bad?: BadCells;
  readonly log?: LogTargets | undefined;
  /** Called with the rows that are not left out. */
  onKept?(rows: readonly number[]): void;
}

/** The same for a table that has been read; `wanted` is what the loss of a document takes, `known` what a trained model has learnt of its columns,
 * `unseen` takes categories that are none of them, and `log` says that the target needs a logarithm. */
export function fromTable(
  table: Table,
  options: FromCsvOptions,
  wanted?: Wanted,
  known?: readonly FeatureColumn[],
  { unseen, alike, bad, log, onKept }: ReadingOfTable = {},
): Dataset {
  const { csv, names } = table;
  const policy = options.missing ?? 'error';
  const target = options.target === undefined ? lastUsed(table) : columnIndex(table, 'target', options.target);
  if (table.columns[target]!.kind === 'empty')
    throw new DataError(`fromCsv: the target ${show(names[target])} has no value in any row: choose another column with \`target\``);
  const asked = options.features?.map((column) => columnIndex(table, 'features', column));
  const forced = (options.categories ?? []).map((column) => columnIndex(table, 'categories', column));
  if (asked) requireApart(table, asked, target);
  const leftOut = new Map<number, string>();
  // Of a trained model they are known.
  const isTargetOfWords = options.task === 'classification' || options.classNames !== undefined;
  if (!known)
    for (const [index, column] of table.columns.entries()) {
      if (forced.includes(index) || (index === target && isTargetOfWords)) continue;
      column.takeBrackets(table.read);
      column.takeSign(table.read);
      column.takeGaps();
    }
  const features = known ?? chosen(table, { asked, target, forced, leftOut });
  if (features.length === 0) {
    const listed = [...leftOut].slice(0, LISTED).map(([column, why]) => `${show(table.names[column])}: ${why}`);
    const reasons = [...listed, ...(leftOut.size > LISTED ? [`and ${leftOut.size - LISTED} more`] : [])].join('; ');
    throw new DataError(
      reasons
        ? `fromCsv: no column is left to learn from (${reasons}); name those that are wanted with \`features\``
        : `fromCsv: ${show(names[target])}, the target, is the only column; expected at least one more to learn from: are there more, say what is between them by \`separator\``,
    );
  }
  const notes = known ? [] : requireTold(table, { features, target, byIndex: options.features?.every((column) => typeof column === 'number') ?? false });
  const { fill } = options;
  const width = widthOf(features);
  if (fill && (fill.length !== width || !fill.every(Number.isFinite)))
    throw new UsageError(`fromCsv: fill: expected ${width} finite numbers, one per feature, got ${show(fill)}`);

  const dropped = new Uint8Array(table.rows);
  const { values, fill: filled } = readFeatures(table, features, {
    policy,
    dropped,
    advice: known ? undefined : LEAVE_OUT,
    unseen,
    alike,
    bad,
    ...(fill ? { fill } : {}),
  });
  bad?.refuse(policy === 'mean');
  const classes = isClassification(table, target, options, wanted) ? readClasses(table, target, policy, dropped, options.classNames) : undefined;
  if (!known) {
    const numbers = numbersAmong(features, classes ? undefined : target);
    notes.push(...requireCertain(table, numbers), ...lastRowNotes(table, numbers));
  }
  // An imputed target would be learned as if it were true.
  const y = classes?.labels ?? readTargets(table, target, policy, dropped, wanted);
  if (log && !classes) requirePositive(table, target, y, dropped, log);

  if (policy === 'mean' && dropped.includes(1)) notes.push(withoutTarget(table, target));
  const kept = [...dropped.keys()].filter((row) => dropped[row] === 0);
  if (kept.length === 0) throw new DataError('fromCsv: every row has a missing value; fill in the mean, or leave columns out with `features`');
  onKept?.(kept);
  const plain = features.every(({ values }) => values === 'number');
  const all = datasetOf({
    x: values,
    y,
    shape: [width],
    featureNames: namesOf(features, names),
    ...(classes && { classNames: classes.names }),
    reading: {
      table: {
        columns: names.length,
        features: features.map(({ column }) => column),
        target,
        ...(csv.header ? { targetName: names[target]!, names: features.map(({ column }) => names[column]!) } : {}),
        ...(plain ? {} : { values: features.map(({ values }) => values) }),
        separator: csv.separator,
        decimal: csv.decimal,
        thousands: csv.thousands,
        ...(features.some(({ values }) => values === 'number') ? { ranges: features.map((feature) => rangeIn(table, feature)) } : {}),
        ...(features.some(({ column }) => table.columns[column]!.sign) ? { signs: features.map(({ column }) => table.columns[column]!.sign ?? '') } : {}),
        ...(table.columns[target]!.sign ? { targetSign: table.columns[target]!.sign } : {}),
        ...(csv.words.size > 0 ? { missingWords: [...csv.words] } : {}),
      },
      ...(filled ? { fill: filled } : {}),
      summary: summaryOf(table, { features, target, leftOut, dropped: table.rows - kept.length, policy, notes, ...(classes ? { classes } : {}) }),
    },
  });
  const data = kept.length === table.rows ? all : take(all, kept);
  if (filled && !fill) fillLater(data, (rows) => refilled(table, features, { values, fill: filled, kept }, rows));
  return data;
}

/** The last column that holds something: a separator at the end of each line makes one that does not. */
function lastUsed(table: Table): number {
  const used = table.columns.findLastIndex((column, i) => column.kind !== 'empty' || (table.csv.header && !table.csv.nameless[i]));
  return used < 0 ? table.names.length - 1 : used;
}

/** None for what is no number, and for a column without any. */
function rangeIn({ columns, rows }: Table, { column, values }: FeatureColumn): readonly number[] {
  const range = values === 'number' ? rangeOf(columns[column]!.numbers, rows) : [];
  return range.every(Number.isFinite) ? range : [];
}

/** Lines that a note names. */
const MOST_LINES = 5;

function withoutTarget({ names, columns, rows, lineOf }: Table, target: number): string {
  const lines = Array.from({ length: rows }, (_, row) => row)
    .filter((row) => columns[target]!.isMissing(row))
    .map(lineOf);
  const [those, are] = lines.length === 1 ? ['line', 'is'] : ['lines', 'are'];
  const listed = `${lines.slice(0, MOST_LINES).join(', ')}${lines.length > MOST_LINES ? `, ... (${lines.length})` : ''}`;
  return `${those} ${listed} ${are} left out, as the target, ${show(names[target])}, is missing there`;
}

const numbersAmong = (features: readonly FeatureColumn[], target: number | undefined): number[] => [
  ...features.filter(({ values }) => values === 'number').map(({ column }) => column),
  ...(target === undefined ? [] : [target]),
];

/** Throws a DataError where columns of one name are used, which new rows could have in another order: unless they are asked for by their places. Gives notes. */
function requireTold({ names, csv }: Table, { features, target, byIndex }: { features: readonly FeatureColumn[]; target: number; byIndex: boolean }): string[] {
  if (!csv.header) return [];
  const used = features.map(({ column }) => column);
  const index = used.find((column) => names.some((name, other) => other !== column && name === names[column]));
  if (index === undefined) return [];
  const name = names[index]!;
  const places = [...names.keys()].filter((column) => names[column] === name);
  if (byIndex) return [`columns ${places.map((place) => place + 1).join(' and ')} are both named ${show(name)}: new rows need them in the same places`];
  const others = used.filter((column) => !places.includes(column) && column !== target);
  throw new DataError(
    `csv: columns ${places.map((place) => place + 1).join(' and ')} are both named ${show(name)}, and new rows could have them in another order: rename one${others.length > 0 ? `, or leave both out, by the indices of the others: \`features\`: [${others.join(', ')}]` : ''}`,
  );
}

function requireApart({ names }: Table, features: readonly number[], target: number): void {
  const twice = features.find((column, i) => features.indexOf(column) < i);
  if (twice !== undefined) throw new UsageError(`fromCsv: features: ${show(names[twice])} is named twice`);
  if (features.includes(target)) throw new UsageError(`fromCsv: features: ${show(names[target])} is the target; a column cannot be both`);
}

export function columnIndex({ names }: Pick<Table, 'names'>, option: string, column: CsvColumn): number {
  if (typeof column === 'number') {
    if (Number.isInteger(column) && column >= 0 && column < names.length) return column;
    throw new UsageError(`fromCsv: ${option}: expected a column from 0 to ${names.length - 1}, got ${column}`);
  }
  const index = names.indexOf(column);
  if (index < 0) throw new UsageError(`fromCsv: ${option}: no column is named ${show(column)}${orElse(column, names)}`);
  if (names.includes(column, index + 1)) throw new UsageError(`fromCsv: ${option}: two columns are named ${show(column)}; give the column's index`);
  return index;
}

/** Whether the target is classes: as the task says, else the loss, else what the column looks like. Throws a DataError where it can be neither. */
function isClassification(table: Table, index: number, options: FromCsvOptions, wanted: Wanted | undefined): boolean {
  const column = table.columns[index]!;
  const loss = wanted?.loss;
  if (options.task === 'regression') {
    if (wanted?.kind === 'classes')
      throw new DataError(
        `${table.where(0, index)}: the loss ${loss} takes classes, and \`task\` says regression: choose a loss of numbers, such as mse, or leave out \`task\``,
      );
    return false;
  }
  if (options.task === 'classification' || options.classNames) return true;
  const { words, numeric, kind } = column;
  const [word] = words;
  if (column.otherNumber && kind !== 'boolean') throw otherNumbers(table, index, "if these are classes choose `task`: 'classification'");
  if (kind === 'mixed') {
    const found = `${numeric} rows have a number here and ${column.rows - numeric - column.missing} have text, the first ${show(word!.text)}`;
    throw new DataError(
      `${table.where(word!.first, index)}: ${found}; correct it, or, if it says that the value is missing, ${missingWordsAdvice(table)}, or choose \`task\`: 'classification' if these are classes`,
    );
  }
  if (kind === 'date')
    throw new DataError(
      `${table.where(word!.first, index)}: the target is a date, ${show(word!.text)}; choose another column with \`target\`, or make a number of it`,
    );
  if (words.length > 0) {
    const different = new Set(words.map(({ text }) => canonical(text))).size;
    const known = column.rows - column.missing;
    if (isId(different, known)) {
      // Another one in each row tells rows apart, and is no class of any.
      const classes = different < known ? ", or `task`: 'classification' if these are classes" : '';
      throw new DataError(
        `${table.where(word!.first, index)}: the target has ${different} different texts in ${table.rows} rows, such as ${show(word!.text)}: choose another column with \`target\`${classes}`,
      );
    }
    return true;
  }
  if (wanted?.kind === 'numbers') return false;
  const most = wanted?.kind === 'classes' ? MOST_CATEGORIES : AUTO_CLASSES;
  const numbers = column.different(most);
  const asClasses = numbers.length >= 2 && numbers.length <= most && numeric >= 2 * numbers.length && numbers.every(Number.isInteger);
  if (wanted?.kind === 'either' && numbers.length === 2 && (asClasses || !numbers.every((value) => wanted.fits!(value)))) return true;
  if (wanted?.kind !== 'classes' || asClasses || (numbers.length === 1 && Number.isInteger(numbers[0]))) return asClasses;
  const odd = numbers.find((value) => !Number.isInteger(value)) ?? numbers.at(-1)!;
  throw new DataError(
    `${table.where(column.numbers.indexOf(odd), index)}: the loss ${loss} takes classes, and the target has ${numbers.length > most ? `more than ${most}` : numbers.length} different numbers in ${table.rows} rows, such as ${odd}: for numbers choose a loss such as mse and one output for them; if these are classes, \`task\`: 'classification'; another column is chosen with \`target\``,
  );
}

/** A column of numbers to be predicted. Throws a DataError for a cell that is none. */
function readTargets(table: Table, index: number, policy: Policy, dropped: Uint8Array, wanted: Wanted | undefined): Float64Array {
  const column = table.columns[index]!;
  const leave = 'choose another column with `target`';
  const word = column.words[0];
  if (word) {
    const { text, first } = word;
    if (column.otherNumber) throw otherNumbers(table, index, leave);
    throw new DataError(
      `${table.where(first, index)}: expected a number${wanted ? `, as the loss ${wanted.loss} takes it` : ''}, got ${show(text)}; correct it, or ${leave}`,
    );
  }
  const { values } = readFeatures(table, [{ column: index, values: 'number' }], {
    policy: policy === 'mean' ? 'drop' : policy,
    dropped,
    advice: leave,
  });
  if (wanted?.kind === 'either' && wanted.fits) {
    const bad = values.findIndex((value, row) => dropped[row] === 0 && !wanted.fits!(value));
    if (bad >= 0)
      throw new DataError(
        `${table.where(bad, index)}: expected ${wanted.expected}, as the loss ${wanted.loss} takes it, got ${values[bad]}; for numbers choose a loss such as mse; if these are classes, \`task\`: 'classification'`,
      );
  }
  return values;
}

/** Throws a DataError for the first target that has no logarithm. */
function requirePositive(table: Table, index: number, values: ArrayLike<number>, dropped: Uint8Array, log: LogTargets): void {
  const bad = dropped.findIndex((left, row) => left === 0 && !(values[row]! > 0));
  if (bad < 0) return;
  const way = log === 'asked' ? 'correct it, leave its row out, or leave out `logTargets`' : 'correct it, or leave its row out';
  throw new DataError(`${table.where(bad, index)}: ${NO_LOGARITHM}, got ${show(values[bad])}; ${way}`);
}

/** A column of class names as indexes. `1`, `1.0` and ` 1` are the same class. */
function readClasses(
  table: Table,
  index: number,
  policy: Policy,
  dropped: Uint8Array,
  given: readonly string[] | undefined,
): { names: readonly string[]; labels: Float32Array; counts: readonly number[]; lines: readonly string[] } {
  const column = table.columns[index]!;
  const nameAt = (row: number): string => {
    const text = column.text(row);
    return text === undefined ? String(column.numbers[row]) : canonical(text);
  };
  const found = Array.from({ length: table.rows }, (_, row) => {
    if (!column.isMissing(row)) return nameAt(row);
    if (policy === 'error')
      throw new DataError(`${table.where(row, index)}: the value is missing (${show(column.shown(row))}); fill it in, or choose missing: 'mean' or 'drop'`);
    dropped[row] = 1;
    return undefined;
  });
  const names = given ?? sorted(new Set(found.filter((name, row): name is string => name !== undefined && dropped[row] === 0)));
  if (names.length < 2)
    throw new DataError(
      `csv: target ${show(table.names[index])}: expected at least two classes, got ${show([...names])} in all rows: choose another column with \`target\`, or give rows of other classes, too`,
    );
  const damaged = found.findIndex((name) => name?.includes('\ufffd'));
  if (damaged >= 0) throw lost(table.where(damaged, index));
  const indexes = new Map(names.map((name, place) => [canonical(name), place]));
  const counts = new Array<number>(names.length).fill(0);
  const lines = new Array<string>(names.length).fill('');
  const labels = Float32Array.from(found, (name, row) => {
    if (name === undefined || dropped[row] === 1) return 0;
    const place = indexes.get(name);
    if (place === undefined) throw new DataError(`${table.where(row, index)}: expected one of the classes ${show([...names])}, got ${show(name)}`);
    if (counts[place]!++ === 0) lines[place] = table.where(row, index);
    return place;
  });
  return { names, labels, counts, lines };
}
