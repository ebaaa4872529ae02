// What was understood of a table, to be read before a run: columns, kinds, classes with their counts, what is missing.
import { requireObject, show, UsageError } from '../errors.ts';
import { figure } from '../format.ts';
import type { Table } from './csv_columns.ts';
import type { FeatureColumn } from './features.ts';
import type { RowsSummary } from './rows_summary.ts';

/** A column, as it was understood. */
export interface ColumnSummary {
  /** Its name. */
  readonly name: string;
  /** What it is used as. */
  readonly use: 'feature' | 'target' | 'left out';
  /** What its cells are. */
  readonly kind: 'numbers' | 'true or false' | 'categories' | 'classes' | 'dates' | 'texts' | 'nothing';
  /** Categories or classes, with the rows of each, and where the first is: `csv, line 3, column 2 (kind)`. */
  readonly values?: readonly { readonly name: string; readonly rows: number; readonly first?: string }[];
  /** The least and the largest number. */
  readonly range?: readonly [number, number];
  /** Rows without a value. */
  readonly missing: number;
  /** The sign that was taken away from its numbers: €, %. */
  readonly sign?: string;
  /** Why it is left out. */
  readonly why?: string;
}

/** A table, as it was understood. */
export interface TableSummary {
  /** Rows, with those that are dropped. */
  readonly rows: number;
  /** Rows that are left out because a value is missing. */
  readonly dropped: number;
  /** Whether the first line was taken for names. */
  readonly header: boolean;
  /** How it is written: `";" between fields`, `a comma before fractions`. */
  readonly written: readonly string[];
  /** What else is to be known: a guess that may be wrong, what was done to the numbers. */
  readonly notes: readonly string[];
  /** All columns, in order. */
  readonly columns: readonly ColumnSummary[];
}

interface Used {
  features: readonly FeatureColumn[];
  target: number;
  leftOut: ReadonlyMap<number, string>;
  dropped: number;
  policy: string;
  /** What else is to be known of it. */
  notes: readonly string[];
  classes?: { names: readonly string[]; counts: readonly number[]; lines: readonly string[] };
}

/** Sums a table up. */
export function summaryOf({ csv, names, rows, columns }: Table, { features, target, leftOut, dropped, policy, notes, classes }: Used): TableSummary {
  const named: Readonly<Record<string, string>> = { '\t': 'tab', ' ': 'blanks' };
  return {
    rows,
    dropped,
    header: csv.header,
    written: csv.written ?? [
      `${named[csv.separator] ?? `"${csv.separator}"`} between fields`,
      ...(csv.decimal === '.' ? [] : ['a comma before fractions']),
      ...(csv.thousands === '' ? [] : [`"${csv.thousands}" between thousands`]),
    ],
    notes: [
      ...csv.notes,
      ...notes,
      ...readingNotes(features, target, columns, names),
      ...(policy === 'mean' ? filledNotes(features, columns) : []),
      ...features.flatMap(({ column, values }) =>
        values === 'number' && columns[column]!.padded
          ? [`${show(names[column])} has whole numbers that begin with 0, as codes do: \`categories\`: [${show(names[column])}] makes categories of them`]
          : typeof values === 'string'
            ? []
            : nearlyAlike(names[column]!, values),
      ),
      ...(classes ? nearlyAlike(names[target]!, classes.names) : []),
      ...(!classes && rows > 1 && columns[target]!.different(1).length === 1 ? ['the target is the same number in every row: there is nothing to learn'] : []),
    ],
    columns: names.map((name, index): ColumnSummary => {
      const column = columns[index]!;
      const { missing } = column;
      const feature = features.find((each) => each.column === index);
      if (index === target && classes)
        return {
          name,
          use: 'target',
          kind: 'classes',
          missing,
          values: classes.names.map((value, i) => ({ name: value, rows: classes.counts[i]!, first: classes.lines[i]! })),
        };
      const kinds = { number: 'numbers', boolean: 'true or false', date: 'dates', text: 'texts', mixed: 'texts', empty: 'nothing' } as const;
      if (feature && typeof feature.values !== 'string') {
        const counted = new Map(feature.values.map((value) => [value, 0]));
        for (const { text, count } of column.words) counted.set(text.trim(), (counted.get(text.trim()) ?? 0) + count);
        const values = column.numeric > 0 ? undefined : feature.values.map((value) => ({ name: value, rows: counted.get(value) ?? 0 }));
        return { name, use: 'feature', kind: 'categories', missing, ...(values ? { values } : {}) };
      }
      const why = leftOut.get(index);
      const use = index === target ? 'target' : feature ? 'feature' : 'left out';
      return {
        name,
        use,
        kind: kinds[column.kind],
        missing,
        ...(column.kind === 'number' ? { range: rangeOf(column.numbers, rows) } : {}),
        ...(column.sign ? { sign: column.sign } : {}),
        ...(why ? { why } : {}),
      };
    }),
  };
}

/** What was read in columns of numbers that is none as it stands: numbers in brackets, and words for missing values. */
function readingNotes(features: readonly FeatureColumn[], target: number, columns: Table['columns'], names: readonly string[]): string[] {
  const used = [...features.filter(({ values }) => values === 'number').map(({ column }) => column), target];
  const bracketed = used.filter((index) => columns[index]!.bracketed !== undefined);
  const gaps = [...new Set(used.flatMap((index) => columns[index]!.gaps))];
  const [first] = bracketed;
  return [
    ...(first === undefined
      ? []
      : [`numbers in brackets, as ${show(columns[first]!.bracketed)} in ${bracketed.map((index) => show(names[index])).join(', ')}, are read as negative`]),
    ...(gaps.length === 0
      ? []
      : [
          `${gaps.map((word) => show(word)).join(' and ')} in columns of numbers ${gaps.length === 1 ? 'counts as a missing value' : 'count as missing values'}`,
        ]),
  ];
}

/** What missing values become, of numbers and of categories. */
function filledNotes(features: readonly FeatureColumn[], columns: Table['columns']): string[] {
  const lacking = features.filter(({ column }) => columns[column]!.missing > 0);
  const single = lacking.some(({ values }) => typeof values === 'string');
  const category = lacking.some(({ values }) => typeof values !== 'string');
  return [
    ...(single ? ['missing numbers become the mean of their column'] : []),
    ...(category ? ['a missing category counts as none of those that there are'] : []),
  ];
}

/** A note on words that differ in capitals or blanks alone. */
function nearlyAlike(column: string, words: readonly string[]): string[] {
  const seen = new Map<string, string>();
  for (const word of words) {
    const plain = word.toLowerCase().replace(/[\s_-]+/g, ' ');
    const other = seen.get(plain);
    if (other !== undefined) return [`${show(column)} has both ${show(other)} and ${show(word)}, which count as different`];
    seen.set(plain, word);
  }
  return [];
}

/** The least and the largest of some numbers. */
export function rangeOf(numbers: Float64Array, rows: number): [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let row = 0; row < rows; row++) {
    if (numbers[row]! < least) least = numbers[row]!;
    if (numbers[row]! > most) most = numbers[row]!;
  }
  return [least, most];
}

/** Columns that are listed one by one. */
const MOST_LISTED = 24;
const MOST_VALUES = 6;

/** Data, as they were understood: a table, or rows of numbers. */
export type DataSummary = TableSummary | RowsSummary;

/**
 * Says in lines what was understood of a table, or of rows that come from no table.
 *
 * @param summary - From `fromCsv(...).reading`, or `onData` of `runExperiment`.
 * @returns Lines for people to read.
 * @throws UsageError for anything else.
 * @example
 * const { reading } = fromCsv('age,city\n31,Oslo\n47,Bergen');
 * if (reading?.summary) console.log(summaryText(reading.summary).join('\n'));
 */
export function summaryText(summary: DataSummary): string[] {
  requireObject('summaryText', summary, 'what was understood of data');
  const lists = 'columns' in summary ? [summary.written, summary.notes, summary.columns] : [summary.notes, summary.shape];
  if (!lists.every(Array.isArray) || ('columns' in summary ? !summary.columns.every((column) => typeof column?.name === 'string') : !summary.targets))
    throw new UsageError(`summaryText: expected what was understood of data, got ${show(summary)}`);
  return [
    ...('columns' in summary ? linesOfTable(summary) : linesOfRows(summary)),
    ...summary.notes.map((note) => `  ${note[0]!.toUpperCase()}${note.slice(1)}.`),
  ];
}

function linesOfRows({ source, rows, shape, range, bytes, targets }: RowsSummary): string[] {
  const size = shape.length === 1 ? (shape[0] === 1 ? 'a number' : `${shape[0]} numbers`) : shape.join(' x ');
  const target =
    targets.kind === 'classes'
      ? `${targets.values.length} classes: ${valuesText(targets.values)}`
      : `${targets.size === 1 ? 'numbers' : `rows of ${targets.size} numbers`} from ${plainly(targets.range[0])} to ${plainly(targets.range[1])}`;
  return [
    `Data: ${rows} rows from ${source}.`,
    `  inputs   ${size}, ${bytes ? 'bytes ' : ''}from ${plainly(range[0])} to ${plainly(range[1])}`,
    `  targets  ${target}`,
  ];
}

const valuesText = (values: readonly { readonly name: string; readonly rows: number }[]): string =>
  [...values.slice(0, MOST_VALUES).map(({ name, rows }) => `${name} (${rows})`), ...(values.length > MOST_VALUES ? ['...'] : [])].join(', ');

function linesOfTable({ rows, dropped, header, written, columns }: TableSummary): string[] {
  const left = dropped > 0 ? `, ${dropped} of them left out as a value is missing` : '';
  const first = `Data: ${rows} rows${left}, ${columns.length} columns, ${header ? 'names in the first line' : 'no names in the first line'}; ${written.join('; ')}.`;
  const shown = columns.filter(
    (column, i) => columns.length <= MOST_LISTED || column.use !== 'feature' || column.missing > 0 || column.kind !== 'numbers' || i < 3,
  );
  const more = columns.length - shown.length;
  const width = Math.min(24, Math.max(...shown.map(({ name }) => name.length)));
  return [
    first,
    ...shown.map((column) => `  ${column.name.padEnd(width)}  ${lineOf(column)}`),
    ...(more > 0 ? [`  and ${more} more features that are numbers`] : []),
  ];
}

/** A number as people write it. */
export const plainly = (value: number): string => (Number.isInteger(value) && Math.abs(value) < 1e15 ? String(value) : figure(value, { digits: 6, max: 1e12 }));

function lineOf({ use, kind, values, range, missing, sign, why }: ColumnSummary): string {
  const what = values ? `${values.length} ${kind}: ${valuesText(values)}` : range ? `${kind} from ${plainly(range[0])} to ${plainly(range[1])}` : kind;
  const gaps = `${sign ? `, ${sign} taken away` : ''}${missing > 0 ? `; ${missing} missing` : ''}`;
  return use === 'left out' ? `left out: ${why ?? 'not among the features'}` : `${use}, ${what}${gaps}`;
}
