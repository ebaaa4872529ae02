// Any CSV, and what formats that are CSV share.
import Papa from 'papaparse';
import { DataError, show } from '../../errors.ts';
import { meanings } from './column_meaning.ts';
import type { LogFormat, LogOptions, ReadLog } from './log_format.ts';
import type { LogLine, LogSource } from './log_source.ts';
import { type LogRow, RowReader } from './row_reader.ts';

const DELIMITERS = [',', '\t', ';', '|'];
/** What parts the cells of a table that is printed. */
const BLANKS = ' ';

/** The delimiter of a header: the one that it has most of. */
const delimiterOf = (header: string): string => DELIMITERS.reduce((a, b) => (header.split(b).length > header.split(a).length ? b : a));

/** The cells of a line. Only a line with quotes takes a parser. */
const cells = (text: string, delimiter: string): string[] =>
  delimiter === BLANKS
    ? text.trim().split(/\s+/)
    : text.includes('"')
      ? (Papa.parse<string[]>(text, { delimiter, header: false }).data[0] ?? [])
      : text.split(delimiter);

/** The columns of a CSV, by its header. */
export function columnsOf({ head }: Pick<LogSource, 'head'>): string[] {
  const [header = ''] = linesIn(head);
  return cells(header, delimiterOf(header)).map((name) => name.trim());
}

/** The cells of the first rows of a CSV, without its header. */
export function rowsIn({ head }: Pick<LogSource, 'head'>): string[][] {
  const [header = '', ...rows] = linesIn(head);
  return rows.map((row) => cells(row, delimiterOf(header)).map((cell) => cell.trim()));
}

const COMMENT = /^\s*#/;
const BEGINS_WITH_NUMBER = /^\s*"?[-+]?\.?\d/;

/** Lines from the header on. Comments above it are passed over; one right above numbers is the header, as numpy.savetxt writes it. */
function* belowComments(lines: Iterable<LogLine>): Generator<LogLine> {
  let comment: LogLine | undefined;
  let begun = false;
  for (const line of lines) {
    if (!begun && COMMENT.test(line.text)) {
      comment = line;
      continue;
    }
    if (!begun && comment && BEGINS_WITH_NUMBER.test(line.text)) yield { ...comment, text: comment.text.replace(/^\s*#+[ \t]*/, '') };
    begun = true;
    yield line;
  }
}

/** Lines that a cell in quotes may have; what is longer is a quotation mark that nothing closes, such as that of inches. */
const MOST_LINES = 50;
const OPENS = /(?:^|[,;\t|])\s*"/;
const isOdd = (text: string): boolean => text.split('"').length % 2 === 0;

/** Records: lines, and several as one where a cell in quotes has line breaks. */
function* records(lines: Iterable<LogLine>): Generator<LogLine> {
  let held: LogLine[] = [];
  for (const line of lines) {
    const odd = line.text.includes('"') && isOdd(line.text);
    if (held.length === 0 && !(odd && OPENS.test(line.text))) yield line;
    else {
      const closed = held.length > 0 && odd;
      held.push(line);
      if (closed) yield { number: held[0]!.number, text: held.map(({ text }) => text).join('\n') };
      else if (held.length < MOST_LINES) continue;
      else yield* held;
      held = [];
    }
  }
  yield* held;
}

/** The lines of a beginning that are not blank, from the header on. */
const linesIn = (head: string): string[] =>
  [...belowComments(head.split(/\r?\n/).flatMap((text, i) => (text.trim() === '' ? [] : [{ text, number: i + 1 }])))].map(({ text }) => text);

/** What parts the cells of a table of numbers under names, one of them a loss; undefined for any other text. */
export function tableIn(head: string): string | undefined {
  const [names, row] = linesIn(head);
  if (names === undefined || row === undefined || !/loss|cost/i.test(names)) return undefined;
  return [...DELIMITERS, BLANKS].find((delimiter) => {
    const [above, below] = [cells(names, delimiter), cells(row, delimiter)];
    return (
      above.length > 1 &&
      above.length === below.length &&
      above.every((name) => Number.isNaN(Number(name || 0)) && !/[:={}%]/.test(name)) &&
      below.some((cell) => /^\s*"?[-+]?[\d.]/.test(cell))
    );
  });
}

/** Lines by which it is decided what stands before fractions. */
const LOOKED_AT = 50;
/** 2,3 and 1.234,5. */
const WITH_COMMA = /^[-+]?(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+),\d+(?:[eE][-+]?\d+)?$/;
/** 1.234 and 1.234,5, where a comma stands before fractions. */
const GROUPED = /^[-+]?[1-9]\d{0,2}(?:\.\d{3})+(?=,\d+$|$)/;

/** 1,234 and 1,234.5, where a comma stands between groups of digits. */
const THOUSANDS = /^[-+]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?$/;
/** 0.25, and not 1.234, which may be a group. */
const WITH_POINT = /^[-+]?\d*\.\d+(?:[eE][-+]?\d+)?$/;

/** Whether a comma stands before fractions. 1,234 alone does not say it where other numbers have a point. */
function hasDecimalComma(head: string, delimiter: string): boolean {
  const looked = linesIn(head)
    .slice(1, LOOKED_AT)
    .flatMap((line) => cells(line, delimiter).map((cell) => cell.trim()));
  const commas = looked.filter((cell) => WITH_COMMA.test(cell));
  return commas.some((cell) => !THOUSANDS.test(cell)) || (commas.length > 0 && !looked.some((cell) => WITH_POINT.test(cell) && !GROUPED.test(cell)));
}

/** A number without commas between its groups of digits. */
const ungrouped = (cell: string): string => (THOUSANDS.test(cell.trim()) ? cell.replaceAll(',', '') : cell);

/** A number with its decimal comma as a point, and without points between groups of digits. */
const withPoint = (cell: string): string =>
  cell
    .trim()
    .replace(GROUPED, (groups) => groups.replaceAll('.', ''))
    .replace(/^([-+]?\d*),(\d+)/, '$1.$2');

/** How a format of CSV differs from any. */
interface CsvOptions {
  perEpoch?: boolean;
  /** What parts the cells; by default what the header has most of. */
  delimiter?: string;
  /** The columns as they are to be read; those for which it gives nothing are left out. */
  rename?: (columns: readonly string[]) => readonly (string | undefined)[];
  /** What a row is worth, once it has been read. */
  row?: (row: LogRow) => LogRow;
}

/** Refuses columns of one name, of which the later would be read in place of the earlier. Those that are not used may be as they are. */
function refuseTwins(columns: readonly (string | undefined)[], { map }: LogOptions, line: number): void {
  const meaning = meanings(map);
  columns.forEach((column, at) => {
    const first = columns.indexOf(column);
    if (!column || first === at || (meaning(column, false)?.to ?? 'nothing') === 'nothing') return;
    throw new DataError(
      `line ${line}: columns ${first + 1} and ${at + 1} are both called ${show(column)}, and only one of them can be read: give one of them another name, or leave it out`,
    );
  });
}

/** Reads a CSV. Lines with another number of cells are passed over; a header that comes again begins another table, as where a file was appended to. */
export function readCsv(
  source: LogSource,
  options: LogOptions,
  { perEpoch, delimiter: given, rename = (columns) => columns, row: change = (row) => row }: CsvOptions = {},
): ReadLog {
  const reader = new RowReader({ ...options, ...(perEpoch ? { perEpoch } : {}) });
  let header: string | undefined;
  let delimiter = given ?? ',';
  let comma = false;
  let columns: readonly (string | undefined)[] = [];
  const half: { line: number; why: string }[] = [];
  for (const { text, number } of records(belowComments(source.lines()))) {
    if (header === undefined || text === header) {
      header = text;
      delimiter = given ?? delimiterOf(text);
      comma = hasDecimalComma(source.head, delimiter);
      const names = cells(text, delimiter).map((name) => name.trim());
      if (names.every((name) => name !== '' && !Number.isNaN(Number(name))))
        throw new DataError(`line ${number}: expected the names of columns, got numbers: write "step,loss" above them`);
      columns = rename(names);
      refuseTwins(columns, options, number);
      continue;
    }
    const values = cells(text, delimiter);
    if (values.length !== columns.length) {
      half.push({ line: number, why: `it has ${values.length} cells, and the header ${columns.length}` });
      continue;
    }
    const row: LogRow = {};
    columns.forEach((column, i) => {
      const value = values[i]!;
      if (column && value !== '') row[column] = comma ? withPoint(value) : ungrouped(value);
    });
    reader.add(change(row), number);
  }
  if (header === undefined) throw new DataError('the file is empty; expected a line with the names of columns');
  for (const { line, why } of half) reader.passOver(line, why);
  return reader.finish();
}

export const csv: LogFormat = {
  text: {
    en: { title: 'CSV', summary: 'Any table with a column for the loss; --map says what other columns are.' },
    zh: { title: 'CSV', summary: '任何有损失列的表；其余各列用 --map 说明。' },
  },
  sample: 'written by Python’s csv module from a run in PyTorch',
  extensions: ['csv', 'tsv'],
  recognises: ({ head }) => /[,;\t|]/.test(linesIn(head)[0] ?? ''),
  read: (source, options) => readCsv(source, options),
};
