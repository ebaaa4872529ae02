// All formats of training logs that the diagnosis reads.
import { DataError } from '../../errors.ts';
import type { History } from '../../inspect/history.ts';
import { fathomHistory } from './fathom_history.ts';
import type { LogFormat } from './log_format.ts';

export const LOG_FORMATS = { fathom_history: fathomHistory } satisfies Readonly<Record<string, LogFormat>>;

const formatsOf = (path: string): LogFormat[] =>
  Object.values<LogFormat>(LOG_FORMATS).filter(({ extensions }) => extensions.some((extension) => path.toLowerCase().endsWith(`.${extension}`)));

/** Whether a file is a log, by its name. */
export const isLog = (path: string): boolean => formatsOf(path).length > 0;

/** The history in a log: in the format that recognizes it, else in the first of those with such a name, which says what is wrong. Throws a DataError. */
export function readLog(path: string, text: string): History {
  const formats = formatsOf(path);
  const format = formats.find(({ recognises }) => recognises(text)) ?? formats[0];
  if (!format) {
    const known = Object.values<LogFormat>(LOG_FORMATS).flatMap(({ extensions }) => extensions.map((extension) => `.${extension}`));
    throw new DataError(`${path}: expected a log with a name in ${known.join(', ')}`);
  }
  return format.read(text);
}
