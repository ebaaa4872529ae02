// Any CSV, and what formats that are CSV share.
import Papa from 'papaparse';
import { DataError } from '../../errors.ts';
import type { LogFormat, LogOptions, ReadLog } from './log_format.ts';
import type { LogSource } from './log_source.ts';
import { type LogRow, RowReader } from './row_reader.ts';

const DELIMITERS = [',', '\t', ';', '|'];

/** The delimiter of a header: the one that it has most of. */
const delimiterOf = (header: string): string => DELIMITERS.reduce((a, b) => (header.split(b).length > header.split(a).length ? b : a));

/** The cells of a line. Only a line with quotes takes a parser. */
const cells = (text: string, delimiter: string): string[] =>
  text.includes('"') ? (Papa.parse<string[]>(text, { delimiter, header: false }).data[0] ?? []) : text.split(delimiter);

/** The columns of a CSV, by its first line. */
export function columnsOf({ head }: Pick<LogSource, 'head'>): string[] {
  const header = head.replace(/^\s+/, '').split(/\r?\n/, 1)[0]!;
  return cells(header, delimiterOf(header)).map((name) => name.trim());
}

/** How a format of CSV differs from any. */
interface CsvOptions {
  perEpoch?: boolean;
  /** The columns as they are to be read; those for which it gives nothing are left out. */
  rename?: (column: string) => string | undefined;
  /** What a row is worth, once it has been read. */
  row?: (row: LogRow) => LogRow;
}

/** Reads a CSV. Lines with another number of cells are passed over; a header that comes again begins another table, as where a file was appended to. */
export function readCsv(
  source: LogSource,
  options: LogOptions,
  { perEpoch, rename = (column) => column, row: change = (row) => row }: CsvOptions = {},
): ReadLog {
  const reader = new RowReader({ ...options, ...(perEpoch ? { perEpoch } : {}) });
  let header: string | undefined;
  let delimiter = ',';
  let columns: (string | undefined)[] = [];
  const half: { line: number; why: string }[] = [];
  for (const { text, number } of source.lines()) {
    if (header === undefined || text === header) {
      header = text;
      delimiter = delimiterOf(text);
      const names = cells(text, delimiter).map((name) => name.trim());
      if (names.every((name) => name !== '' && !Number.isNaN(Number(name)))) throw new DataError(`line ${number}: expected the names of columns, got numbers`);
      columns = names.map(rename);
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
      // A decimal comma stands where cells are parted by something else.
      if (column && value !== '') row[column] = delimiter === ',' ? value : value.replace(/^(-?\d*),(\d+)/, '$1.$2');
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
  recognises: ({ head }) => /[,;\t|]/.test(head.split('\n', 1)[0]!),
  read: (source, options) => readCsv(source, options),
};
