// JSON, a row per line, of any columns, and what formats of JSON rows share.
import type { DataError } from '../../errors.ts';
import { isObject } from '../../errors.ts';
import { fromPythonJson } from '../history_reader.ts';
import type { LogFormat, LogOptions, ReadLog } from './log_format.ts';
import type { LogSource } from './log_source.ts';
import { type LogRow, RowReader } from './row_reader.ts';

const DEEPEST = 6;

/** Objects within a row as columns of their own: `{"grad_norm": {"fc1": 0.1}}` is grad_norm/fc1. */
export function flat(row: object, into: LogRow = {}, before = '', depth = 0): LogRow {
  for (const [key, value] of Object.entries(row))
    if (isObject(value) && depth < DEEPEST) flat(value, into, `${before}${key}/`, depth + 1);
    else if (Array.isArray(value) && isList(key, value)) value.forEach((each, i) => listed(each, key, i, into, before, depth));
    else into[before + key] = value;
  return into;
}

/** Whether a list has something of each layer: norms, or objects with a name. */
const isList = (key: string, list: readonly unknown[]): boolean =>
  list.length > 0 && list.every((each) => (isObject(each) ? nameIn(each) !== undefined : /norms?$/i.test(key) && typeof each === 'number'));

const nameIn = (each: object): string | undefined =>
  Object.entries(each).find(([key, value]) => /^(name|layer|module|param(eter)?)$/i.test(key) && typeof value === 'string')?.[1] as string | undefined;

function listed(each: unknown, key: string, i: number, into: LogRow, before: string, depth: number): void {
  if (!isObject(each)) into[`${before}${key}/${i + 1}`] = each;
  else flat(each, into, `${nameIn(each)}/`, depth + 1);
}

/** Reads rows of JSON, one per line; what is no row is passed over. */
export function readJsonLines(source: LogSource, options: LogOptions, change: (row: LogRow) => LogRow = (row) => row): ReadLog {
  const reader = new RowReader(options);
  for (const { text, number } of source.lines()) {
    let value: unknown;
    try {
      value = fromPythonJson(text);
    } catch (error) {
      reader.passOver(number, (error as DataError).message);
      continue;
    }
    if (isObject(value)) reader.add(change(flat(value)), number);
    else reader.passOver(number, 'it is no object');
  }
  return reader.finish();
}

export const jsonLines: LogFormat = {
  text: {
    en: { title: 'JSON Lines', summary: 'A line for each step with any names; --map says what those are that are not understood.' },
    zh: { title: 'JSON Lines', summary: '每步一行，名称任意；认不出的用 --map 说明。' },
  },
  sample: 'written by Python’s json module from a run in PyTorch',
  extensions: ['jsonl', 'ndjson', 'log', 'txt'],
  recognises: ({ head }) => /^\s*\{\s*["}]/.test(head),
  read: (source, options) => readJsonLines(source, options),
};
