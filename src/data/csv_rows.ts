// New rows for a trained model, as CSV text: which of their columns are its features, and which is the target.
import { DataError, show } from '../errors.ts';
import { type CsvTable, parseCsv } from './csv.ts';
import { canonical, type FromCsvOptions, fromTable, isMissing, readNumbers, toNumber } from './csv_dataset.ts';
import type { Dataset, TableColumns } from './dataset.ts';

/** What is known of the rows that a model was trained on. */
export interface TrainedOn {
  /** Features in a row. */
  readonly inputs: number;
  readonly featureNames?: readonly string[];
  /** Names of the classes in the order of their indexes; absent in a regression. */
  readonly classNames?: readonly string[];
  /** The training table's columns. A model that was trained on something else has none; an older file may not say where its target was. */
  readonly table?: Partial<TableColumns>;
  /** What takes the place of missing values, one number per feature. */
  readonly fill?: readonly number[];
}

/**
 * The features of CSV rows, [rows, inputs], in the order of training: by the names in the header where both tables have names, else by position. The
 * target's column may be there or not; it is not looked at. Throws a DataError where the columns cannot be told.
 */
export function rowsFromCsv(text: string, trained: TrainedOn): Float32Array {
  const table = parseCsv(text);
  const { features } = locate(table, trained);
  const { fill } = trained;
  return readNumbers(table, features, fill ? 'mean' : 'error', new Uint8Array(table.rows), fill).values;
}

/** CSV rows with their targets, found likewise, as a data set; `missing` as in training. Throws a DataError, also where there is no target. */
export function samplesFromCsv(text: string, trained: TrainedOn, missing: FromCsvOptions['missing'] = 'error'): Dataset {
  const table = parseCsv(text);
  const { features, target } = locate(table, trained);
  const { classNames, fill, table: { targetName } = {} } = trained;
  if (target === undefined) {
    const wanted = targetName === undefined ? '' : `, ${show(targetName)}`;
    throw new DataError(`csv: the rows have no target${wanted}, with which the answers could be compared; columns are ${show([...table.names])}`);
  }
  return fromTable(table, {
    target,
    features,
    missing: missing === 'mean' && !fill ? 'error' : missing,
    ...(fill ? { fill } : {}),
    ...(classNames ? { task: 'classification', classNames } : { task: 'regression' }),
  });
}

interface Located {
  features: number[];
  /** Absent where the rows have no target. */
  target?: number;
}

function locate(table: CsvTable, trained: TrainedOn): Located {
  const located = columnsOf(table, trained);
  if (!table.header && located.target !== undefined) refuseHeader(table.cell(0, located.target).trim(), trained);
  return located;
}

/** A header line with numbers for names (pixels 0, 1, 2, ...) is taken for a row. The name of the target gives it away. */
function refuseHeader(first: string, { classNames = [], table }: TrainedOn): void {
  if (classNames.includes(first) || !(first === table?.targetName || TARGET_NAMES.includes(first.toLowerCase()))) return;
  throw new DataError(
    `csv: the first line is a header, ${show(first)} in the place of the target, and has numbers for names: leave it out, or name the columns`,
  );
}

function columnsOf(table: CsvTable, trained: TrainedOn): Located {
  const { featureNames } = trained;
  // A column without a name is called by its number, and a name that comes twice names nothing.
  const named = featureNames?.some((name) => !/^column \d+$/.test(name)) && new Set(featureNames).size === featureNames.length;
  return table.header && featureNames && named ? byName(table, trained, featureNames) : byPosition(table, trained);
}

function byName({ names }: CsvTable, { table }: TrainedOn, featureNames: readonly string[]): Located {
  const indexOf = (name: string): number => {
    const index = names.indexOf(name);
    if (index < 0) throw new DataError(`csv: no column is named ${show(name)}, which the model was trained on; there are ${show([...names])}`);
    if (names.includes(name, index + 1)) throw new DataError(`csv: two columns are named ${show(name)}; rename the one that the model was not trained on`);
    return index;
  };
  const features = featureNames.map(indexOf);
  if (table?.targetName !== undefined) return names.includes(table.targetName) ? { features, target: indexOf(table.targetName) } : { features };
  const others = [...names.keys()].filter((column) => !features.includes(column));
  return others.length === 1 ? { features, target: others[0]! } : { features };
}

function byPosition(table: CsvTable, { inputs, classNames, table: trained }: TrainedOn): Located {
  const width = table.names.length;
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
function findTarget(table: CsvTable, classNames: readonly string[] | undefined): number {
  const last = table.names.length - 1;
  const called = [...table.names.keys()].filter((column) => TARGET_NAMES.includes(table.names[column]!.toLowerCase()));
  if (table.header && called.length === 1) return called[0]!;
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

function evidence(table: CsvTable, column: number, classNames: readonly string[]): number {
  const classes = new Set(classNames.map(canonical));
  const found = new Set<string>();
  let others = false;
  for (let row = 0; row < table.rows; row++) {
    const cell = table.cell(row, column);
    if (isMissing(cell)) continue;
    if (Number.isNaN(toNumber(cell))) return WORDS;
    const name = canonical(cell);
    if (classes.has(name)) found.add(name);
    else others = true;
  }
  return others ? NO_CLASSES : found.size > 1 ? CLASSES : ONE_CLASS;
}
