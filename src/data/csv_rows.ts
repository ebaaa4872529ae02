// New rows for a trained model, as CSV text: which of their columns are its features, and which is the target.
import { DataError, show } from '../errors.ts';
import { listed, orElse } from '../nearest.ts';
import { readOptions } from '../option_table.ts';
import { BadCells } from './bad_cells.ts';
import { type Dialect, type OpenCsv, openCsv } from './csv.ts';
import { readTable, type Table } from './csv_columns.ts';
import { type CsvColumn, columnIndex, type FromCsvOptions, fromTable } from './csv_dataset.ts';
import { type CsvOptions, csvOptions } from './csv_options.ts';
import type { TextFile } from './csv_text.ts';
import type { Dataset, TableColumns } from './dataset.ts';
import { canonical, type FeatureColumn, readFeatures } from './features.ts';
import { AlikeCategories, rowNotes } from './row_notes.ts';
import type { UnseenRows } from './unseen.ts';

/** What is known of the rows that a model was trained on. */
export interface TrainedOn {
  /** Numbers in a row. */
  readonly inputs: number;
  readonly featureNames?: readonly string[];
  /** Names of the classes in the order of their indexes; absent in a regression. */
  readonly classNames?: readonly string[];
  /** The training table's columns. A model that was trained on something else has none; an older file may not say where its target was. */
  readonly table?: Partial<TableColumns>;
  /** What takes the place of missing values, one number per feature. */
  readonly fill?: readonly number[];
  /** Whether it was trained on the logarithms of its targets. */
  readonly logTargets?: boolean;
}

/** What takes what is to be known of new rows: categories that training had not, and sentences. */
export interface RowTakers {
  readonly unseen?: UnseenRows | undefined;
  readonly notes?: string[];
  /** Columns that are wanted as they were written, and where their names and, row by row, their cells go. */
  readonly keep?: readonly CsvColumn[] | undefined;
  readonly kept?: { names: string[]; rows: string[][] };
  /** Takes what a row was read from, by its place among those that count. */
  origin?(rows: RowOrigin): void;
}

/** What rows of a data set were read from. */
export interface RowOrigin {
  /** Lines of the file, from 1, in which the rows begin. */
  readonly lines: readonly number[];
  /** Names of the columns that a model has learnt from, in their order. */
  readonly names: readonly string[];
  /** Their cells of some rows, as they are written, in the order in which the rows are given. */
  cells(rows: readonly number[]): string[][];
}

/**
 * The features of CSV rows, [rows, inputs], in the order of training: by the names in the header where both tables have names, else by position. The
 * target's column may be there or not; it is not looked at. `unseen` takes categories that training had not. Throws a DataError where the columns cannot be told.
 */
export function rowsFromCsv(
  file: TextFile | OpenCsv,
  trained: TrainedOn,
  written: CsvOptions = {},
  { unseen, notes, keep = [], kept }: RowTakers = {},
): Float64Array {
  const table = tableOf(file, trained, written);
  const columns = keep.map((column) => columnIndex(table, 'columns', column));
  const { features, target } = locate(table, trained);
  const { fill } = trained;
  const policy = fill ? 'mean' : 'error';
  const alike = new AlikeCategories();
  const bad = new BadCells();
  const { values } = readFeatures(table, features, { policy, dropped: new Uint8Array(table.rows), unseen, alike, bad, ...(fill ? { fill } : {}) });
  bad.refuse(fill !== undefined);
  notes?.push(
    ...table.csv.notes,
    ...unusedNotes(table, trained, { features, target }, columns),
    ...alike.notes,
    ...rowNotes(table, features, trained.table?.ranges),
  );
  if (kept && columns.length > 0) {
    kept.names.push(...columns.map((column) => table.names[column]!));
    for (const { fields } of table.csv.records()) kept.rows.push(columns.map((column) => fields[column]!));
  }
  return values;
}

/** CSV rows with their targets, found likewise, as a data set; `missing` as in training. Throws a DataError, also where there is no target. */
export function samplesFromCsv(
  file: TextFile | OpenCsv,
  trained: TrainedOn,
  missing: FromCsvOptions['missing'] = 'error',
  written: CsvOptions = {},
  { unseen, notes, origin }: RowTakers = {},
): Dataset {
  const table = tableOf(file, trained, written);
  const { features, target } = locate(table, trained);
  const { classNames, fill, table: { targetName } = {} } = trained;
  if (target === undefined) {
    const wanted = targetName === undefined ? '' : `, ${show(targetName)}`;
    throw new DataError(`csv: the rows have no target${wanted}, with which the answers could be compared; columns are ${listed(table.names)}`);
  }
  const alike = new AlikeCategories();
  const data = fromTable(
    table,
    {
      target,
      missing: missing === 'mean' && !fill ? 'error' : missing,
      ...(fill ? { fill } : {}),
      ...(classNames ? { task: 'classification', classNames } : { task: 'regression' }),
    },
    undefined,
    features,
    {
      unseen,
      alike,
      bad: new BadCells(),
      ...(trained.logTargets ? { log: 'trained' } : {}),
      ...(origin && { onKept: (kept) => origin(originOf(table, features, kept)) }),
    },
  );
  notes?.push(...table.csv.notes, ...unusedNotes(table, trained, { features, target }), ...alike.notes, ...rowNotes(table, features, trained.table?.ranges));
  return data;
}

/** Where the rows of a table that are kept stand in its file. */
function originOf({ csv, names, lineOf }: Table, features: readonly FeatureColumn[], kept: readonly number[]): RowOrigin {
  const columns = features.map(({ column }) => column);
  return {
    lines: kept.map(lineOf),
    names: columns.map((column) => names[column]!),
    cells(rows) {
      const wanted = new Map(rows.map((row, place) => [kept[row]!, place]));
      const found: string[][] = rows.map(() => []);
      let row = 0;
      for (const { fields } of csv.records()) {
        const place = wanted.get(row++);
        if (place !== undefined) found[place] = columns.map((column) => fields[column]!);
      }
      return found;
    },
  };
}

/** Columns that are named. */
const MOST_UNUSED = 5;

/** A sentence on columns that the model does not use, unless the table has those of training. */
function unusedNotes(
  { csv, names }: Table,
  { table }: TrainedOn,
  { features, target }: { features: readonly FeatureColumn[]; target: number | undefined },
  kept: readonly number[] = [],
): string[] {
  const columns = table?.columns;
  if (!csv.header || columns === undefined || names.length === columns - (target === undefined ? 1 : 0)) return [];
  const used = new Set([...features.map(({ column }) => column), ...kept, ...(target === undefined ? [] : [target])]);
  const others = names.filter((_, column) => !used.has(column));
  const more = others.length - MOST_UNUSED;
  return others.length === 0 ? [] : [`not used: ${others.slice(0, MOST_UNUSED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`];
}

/** Read as the training table was written, where the rows leave a doubt. */
function tableOf(file: TextFile | OpenCsv, { table, featureNames = [] }: TrainedOn, written: CsvOptions): Table {
  if (typeof file === 'object' && 'records' in file) return readTable(file);
  const { missingWords, names, targetName } = table ?? {};
  const given = readOptions<CsvOptions, typeof csvOptions>('csv', csvOptions, written) as CsvOptions;
  const words = [...(missingWords ?? []), ...(given.missingWords ?? [])];
  const options: CsvOptions = { ...given, ...(words.length > 0 ? { missingWords: words } : {}) };
  const like = table?.columns === undefined ? undefined : dialectOf(table);
  const known = [...(names ?? featureNames), ...(targetName === undefined ? [] : [targetName])].filter((name) => !NO_NAME.test(name));
  return readTable(openCsv(file, options, like, known));
}

/** How a training table was written; what is usual is not in the file of a model. */
export const dialectOf = ({ separator = ',', decimal = '.', thousands = '' }: Partial<TableColumns>): Dialect => ({ separator, decimal, thousands });

/** What a column without a name is called. */
const NO_NAME = /^column \d+$/;

interface Located {
  features: FeatureColumn[];
  /** Absent where the rows have no target. */
  target?: number;
}

function locate(table: Table, trained: TrainedOn): Located {
  const { features, target } = columnsOf(table, trained);
  if (!table.csv.header && target !== undefined) refuseHeader(table.columns[target]!.shown(0).trim(), trained);
  const { values, signs, targetSign } = trained.table ?? {};
  takeNumbers(table, {
    features,
    ...(values ? { values } : {}),
    ...(signs ? { signs } : {}),
    ...(target === undefined || trained.classNames ? {} : { target }),
    ...(targetSign ? { targetSign } : {}),
  });
  return { features: columnsOfModel({ features, ...(values ? { values } : {}) }), ...(target === undefined ? {} : { target }) };
}

/** Reads what stands for numbers in columns of numbers as in training: in brackets, with the sign that was taken away, and words for none. `target` is one of numbers. */
export function takeNumbers(
  { columns, read }: Table,
  { features, values, signs, target, targetSign }: Pick<TableColumns, 'features' | 'values' | 'signs' | 'targetSign'> & { target?: number },
): void {
  const take = (index: number, sign: string | undefined): void => {
    columns[index]!.takeBrackets(read, true);
    if (sign) columns[index]!.takeSign(read, sign);
    columns[index]!.takeGaps(true);
  };
  for (const [i, column] of features.entries()) if ((values?.[i] ?? 'number') === 'number') take(column, signs?.[i]);
  if (target !== undefined) take(target, targetSign);
}

/** The columns that a model has learnt from. */
export function columnsOfModel({ features, values }: Pick<TableColumns, 'features' | 'values'>): FeatureColumn[] {
  return features.map((column, i) => ({ column, values: values?.[i] ?? 'number' }));
}

/** Columns in the training table that make the numbers of a row. */
const wide = ({ inputs, table }: TrainedOn): number => table?.values?.length ?? inputs;

/** Places in the new table. */
interface Places {
  features: number[];
  target?: number;
}

/** A header line with numbers for names (pixels 0, 1, 2, ...) is taken for a row. The name of the target gives it away. */
function refuseHeader(first: string, { classNames = [], table }: TrainedOn): void {
  if (classNames.includes(first) || !(first === table?.targetName || TARGET_NAMES.includes(first.toLowerCase()))) return;
  throw new DataError(
    `csv: the first line is a header, ${show(first)} in the place of the target, and has numbers for names: leave it out, or name the columns`,
  );
}

function columnsOf(table: Table, trained: TrainedOn): Places {
  const names = trained.table?.names ?? (trained.table?.values ? undefined : trained.featureNames);
  // A column without a name is called by its number, and a name that comes twice names nothing.
  const named = names?.some((name) => !NO_NAME.test(name)) && new Set(names).size === names.length;
  if (table.csv.header && names && named) return byName(table, trained, names);
  const places = byPosition(table, trained);
  if (table.csv.header && names && new Set(names).size < names.length) requirePlaces(table, places.features, names);
  return places;
}

/** Columns of one name are told apart by their places: throws a DataError unless the others stand where they stood in training. */
function requirePlaces({ names }: Table, features: readonly number[], trained: readonly string[]): void {
  const moved = features.findIndex((column, i) => names[column] !== trained[i]);
  if (moved < 0) return;
  const [place, wanted] = [features[moved]!, trained[moved]!];
  throw new DataError(
    `csv: expected ${show(wanted)} in column ${place + 1}, got ${show(names[place])}: the model was trained on columns of one name, which are told apart by their places`,
  );
}

/** Throws a DataError that names all columns which the rows lack; `fill` says whether an empty one would be filled in. */
function requireColumns(names: readonly string[], { table, fill }: TrainedOn, wanted: readonly string[]): void {
  const lacking = wanted.filter((name) => !names.includes(name));
  if (lacking.length === 0) return;
  if (lacking.length === wanted.length && lacking.length > 1)
    throw new DataError(
      `csv: none of the ${wanted.length} columns that the model was trained on is here: is it another table, or one without its header? They are ${listed(wanted)}${table?.targetName === undefined ? '' : `, and ${show(table.targetName)} is what is predicted`}; there are ${listed(names)}`,
    );
  const filled = fill ? `; an empty column of ${lacking.length === 1 ? 'that name' : 'each name'} would be filled in as missing values were in training` : '';
  throw new DataError(
    lacking.length === 1
      ? `csv: no column is named ${show(lacking[0])}, which the model was trained on${orElse(lacking[0], names)}${filled}`
      : `csv: ${lacking.length} columns that the model was trained on are not here: ${listed(lacking)}; there are ${listed(names)}${filled}`,
  );
}

function byName({ names }: Table, trained: TrainedOn, featureNames: readonly string[]): Places {
  const { table } = trained;
  requireColumns(names, trained, featureNames);
  const indexOf = (name: string): number => {
    const index = names.indexOf(name);
    if (names.includes(name, index + 1)) throw new DataError(`csv: two columns are named ${show(name)}; rename the one that the model was not trained on`);
    return index;
  };
  const features = featureNames.map(indexOf);
  if (table?.targetName !== undefined) return names.includes(table.targetName) ? { features, target: indexOf(table.targetName) } : { features };
  const others = [...names.keys()].filter((column) => !features.includes(column));
  return others.length === 1 ? { features, target: others[0]! } : { features };
}

function byPosition(table: Table, given: TrainedOn): Places {
  const { classNames, table: trained } = given;
  const width = table.names.length;
  const inputs = wide(given);
  if (trained?.columns === undefined || trained.target === undefined || !trained.features) {
    if (width === inputs) return { features: [...Array(width).keys()] };
    if (width !== inputs + 1) throw wrongWidth(`${inputs} columns, or ${inputs + 1} with the target`, width);
    const target = findTarget(table, classNames);
    return { features: [...Array(width).keys()].filter((column) => column !== target), target };
  }
  const { columns, features, target } = trained;
  if (width === columns) return { features: [...features], target };
  if (width === columns - 1) return { features: features.map((column) => (column > target ? column - 1 : column)) };
  if (width === inputs) return { features: [...Array(width).keys()] };
  const where = `(column ${target + 1})`;
  throw wrongWidth(
    columns === inputs + 1
      ? `${inputs} columns, or ${columns} with the target ${where}`
      : `${columns} columns as in the training data, ${columns - 1} without the target ${where}, or the ${inputs} features alone`,
    width,
  );
}

const wrongWidth = (expected: string, width: number): DataError => new DataError(`csv: expected ${expected}, got ${width}`);

/** Names of a target in a header, in small letters. */
const TARGET_NAMES = ['label', 'class', 'target', 'y'];

/**
 * The target among one column too many, of a model that was not trained on a table: the one that the header calls so, else the first or the last,
 * whichever holds classes; the last in a regression, as when training. Throws a DataError where both could be it, or neither.
 */
function findTarget(table: Table, classNames: readonly string[] | undefined): number {
  const last = table.names.length - 1;
  const called = [...table.names.keys()].filter((column) => TARGET_NAMES.includes(table.names[column]!.toLowerCase()));
  if (table.csv.header && called.length === 1) return called[0]!;
  if (!classNames) return last;
  const [inFirst, inLast] = [evidence(table, 0, classNames), evidence(table, last, classNames)];
  if (inFirst !== inLast) return inLast > inFirst ? last : 0;
  throw new DataError(
    inLast > NO_CLASSES
      ? 'csv: the first and the last column could both be the target: name it "label" in a header line, or leave it out where only answers are wanted'
      : `csv: one of ${last + 1} columns must be the target, and neither the first nor the last holds the classes ${show([...classNames])}: name it "label" in a header line`,
  );
}

/** What a column holds, ordered by how likely that makes it the target. Border pixels are often all 0, which may be a class; a word is not a feature. */
const [NO_CLASSES, ONE_CLASS, CLASSES, WORDS] = [0, 1, 2, 3];

function evidence(table: Table, column: number, classNames: readonly string[]): number {
  const classes = new Set(classNames.map(canonical));
  const found = new Set<string>();
  const { words, numbers, rows } = table.columns[column]!;
  if (words.length > 0) return WORDS;
  let others = false;
  for (let row = 0; row < rows; row++) {
    if (Number.isNaN(numbers[row])) continue;
    const name = String(numbers[row]);
    if (classes.has(name)) found.add(name);
    else others = true;
  }
  return others ? NO_CLASSES : found.size > 1 ? CLASSES : ONE_CLASS;
}
