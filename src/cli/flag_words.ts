// Messages of the engine name options of documents; who has written flags is told of flags.
import { basename } from 'node:path';
import { UsageError } from '../errors.ts';
import { KEEP_FLAG, ROW_FLAGS, TABLE_FLAGS } from './table_flags.ts';

const FLAGS: ReadonlyMap<string, string> = new Map([
  ...[...TABLE_FLAGS, ...ROW_FLAGS].map((option) => [option.attributeName(), option.long!] as const),
  ['columns', KEEP_FLAG.long!],
]);

/** A value as it is typed: `a,b`, or in quotes where the shell would take it apart. */
function typed(json: string): string {
  const text = json.replace(/^["'[]+|["'\]]+$/g, '').replace(/["'], ?["']/g, ',');
  return /^[\p{L}\p{N}_.,:+-]+$/u.test(text) ? text : `'${text}'`;
}

/** The text with flags in the place of options of a table: `` `missingWords`: ["x"] `` becomes --missing-words x. */
export function inFlags(text: string): string {
  const flag = (whole: string, name: string, value?: string): string => {
    const long = FLAGS.get(name);
    return long === undefined ? whole : value === undefined ? long : `${long} ${typed(value)}`;
  };
  return text
    .replace(/\bfromCsv: (\w+): /, (whole, name: string) => (FLAGS.has(name) ? `${FLAGS.get(name)}: ` : whole))
    .replace(/\bfromCsv: /, '')
    .replace(/\bcsv: (separator|thousands|encoding): /, (whole, name: string) => (FLAGS.has(name) ? `${FLAGS.get(name)}: ` : whole))
    .replace(/`(\w+)`: (\[[^\]]*\]|"[^"]*"|'[^']*'|true|false)/g, (whole, name: string, value: string) => flag(whole, name, value))
    .replace(/\bmissing: ('[^']*')/g, (whole, value: string) => flag(whole, 'missing', value))
    .replace(/`(\w+)`/g, (whole, name: string) => flag(whole, name));
}

/** The text with the name of a table's file in place of its kind: `csv, line 7` becomes `flats.csv, line 7`. */
export const inFile = (text: string, path: string | undefined): string =>
  path === undefined ? text : text.replace(/^(?:csv|parquet)(?=[,:])/, basename(path));

/** Does the work; its errors speak of flags, and of the table's file by its name. */
export const sayingFlags = <Value>(work: () => Promise<Value>, path?: string): Promise<Value> => saying((text) => inFlags(inFile(text, path)), work);

/** Does the work; its errors speak of the table's file by its name. */
export const namingFile = <Value>(work: () => Promise<Value>, path: string | undefined): Promise<Value> => saying((text) => inFile(text, path), work);

async function saying<Value>(reworded: (text: string) => string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (cause) {
    const { message } = cause as Error;
    const told = reworded(message);
    if (told === message) throw cause;
    throw new UsageError(told, { cause });
  }
}
