import { DataError, isObject } from '../../errors.ts';
import { fromPythonJson } from '../history_reader.ts';
import { flat } from './json_lines.ts';
import type { LogFormat } from './log_format.ts';
import { type LogRow, RowReader } from './row_reader.ts';

/** How far within the file a table may lie. */
const DEEPEST = 3;

/** pandas's orients of a table: columns and rows apart, a row by its index, or rows below a schema. Then rows within anything. */
const FORMS: readonly RegExp[] = [
  /^\s*\{\s*"columns"\s*:\s*\[/,
  /^\s*\{\s*"-?\d+"\s*:\s*\{/,
  /^\s*\{\s*"schema"\s*:\s*\{\s*"fields"/,
  /:\s*\[\s*\{[^[\]{}]*"[^"]*loss[^"]*"\s*:\s*(?:[-\d]|NaN|Infinity)/i,
];

/** Rows of names and numbers in other forms than one list: as pandas's `to_json` writes them, and as a list somewhere in an object. */
export const jsonTables: LogFormat = {
  text: {
    en: { title: 'JSON tables', summary: 'Tables of pandas in any orient that keeps the names of columns, and rows that lie within an object.' },
    zh: { title: 'JSON 表', summary: 'pandas 以任何保留列名的 orient 写出的表，以及对象之中的行。' },
  },
  sample: 'from the format’s documentation (pandas.DataFrame.to_json)',
  extensions: ['json'],
  recognises: ({ head }) => FORMS.some((form) => form.test(head)),
  read(source, options) {
    const rows = rowsIn(fromPythonJson(source.text()));
    if (!rows) throw new DataError("expected rows of names and numbers: df.to_json(path, orient='records') writes them");
    const reader = new RowReader(options);
    rows.forEach((row, i) => {
      reader.add(row, i + 1);
    });
    return reader.finish();
  },
};

/** The rows of a table, wherever in the value it lies; the longest of several. */
function rowsIn(value: unknown, depth = 0): LogRow[] | undefined {
  if (Array.isArray(value)) return value.length > 0 && value.every(isObject) ? value.map((row) => flat(row)) : undefined;
  if (!isObject(value) || depth > DEEPEST) return undefined;
  const { columns, data } = value as { columns?: unknown; data?: unknown };
  if (Array.isArray(columns) && Array.isArray(data) && data.every(Array.isArray))
    return data.map((cells) => Object.fromEntries(columns.map((column, i) => [String(column), cells[i]])));
  const entries = Object.entries(value);
  if (entries.length > 0 && entries.every(([index, row]) => /^-?\d+$/.test(index) && isObject(row))) return entries.map(([, row]) => flat(row as object));
  let longest: LogRow[] | undefined;
  for (const [, inner] of entries) {
    const rows = rowsIn(inner, depth + 1);
    if (rows && rows.length > (longest?.length ?? 0)) longest = rows;
  }
  return longest;
}
