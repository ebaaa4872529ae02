// Which tables are logs of a run, and not rows to train on.
import { isCounter } from './column_meaning.ts';
import { columnsOf, rowsIn } from './csv.ts';
import type { LogSource } from './log_source.ts';
import { numberIn } from './row_reader.ts';

/** Rows from which on a column is seen to count. */
const FEWEST = 3;
/** Seconds from 1970 to 1973: counters begin lower. */
const EARLIEST_TIME = 1e8;

/** Whether a table has a loss or the steps of a run, or its first column has the name of a counter and counts: no table has that one trains on. */
export function isLogTable(source: Pick<LogSource, 'head'>): boolean {
  if (/loss/i.test(source.head)) return true;
  const columns = columnsOf(source);
  return columns.some((column) => /^_?(global_)?(step|iteration)s?$/i.test(column)) || (isCounter(columns[0]!) && counts(source));
}

/** Whether the first column goes up by a constant, and is no time in seconds since 1970. */
function counts(source: Pick<LogSource, 'head'>): boolean {
  const rows = rowsIn(source);
  // The last line of a beginning may be half.
  const numbers = (rows.length > FEWEST ? rows.slice(0, -1) : rows).map(([first]) => numberIn(first) ?? Number.NaN);
  const [first = Number.NaN, second = Number.NaN] = numbers;
  const apart = second - first;
  return numbers.length >= FEWEST && apart > 0 && first < EARLIEST_TIME && numbers.every((number, i) => number === first + i * apart);
}
