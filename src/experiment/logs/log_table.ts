// Which tables are logs of a run, and not rows to train on.
import { isCounter, isLoss } from './column_meaning.ts';
import { columnsOf, rowsIn } from './csv.ts';
import type { LogSource } from './log_source.ts';
import { numberIn } from './row_reader.ts';
import { isScalarSeries } from './scalar_series.ts';

/** Rows from which on a column is seen to count. */
const FEWEST = 3;
/** Seconds from 1970 to 1973: counters begin lower. */
const EARLIEST_TIME = 1e8;
/** Lines of a text that are looked at. */
const LOOKED_AT = 50;

/** Whether a table has a loss or the steps of a run, or its first column has the name of a counter and counts: no table has that one trains on. */
export function isLogTable(source: Pick<LogSource, 'head'>): boolean {
  const columns = namesIn(source);
  return (
    hasLoss(columns) ||
    columns.some((column) => /^_?(global_)?(step|iteration)s?$/i.test(column)) ||
    (isCounter(columns[0]!) && counts(source)) ||
    isScalarSeries(source) ||
    (!isTable(source) && isPrinted(source))
  );
}

/** The names above the rows, blanks between them where nothing else is. */
function namesIn(source: Pick<LogSource, 'head'>): string[] {
  const columns = columnsOf(source);
  return columns.length === 1 ? columns[0]!.split(/\s+/) : columns;
}

/** Whether a column is called loss, or half of all are some loss: hair loss and the loss of weight are measured, too. */
const hasLoss = (columns: readonly string[]): boolean =>
  columns.some((column) => isLoss(column, true)) || columns.filter((column) => isLoss(column)).length * 2 >= columns.length;

/** Whether the rows have as many cells as there are names above them. */
const isTable = (source: Pick<LogSource, 'head'>): boolean => {
  const columns = columnsOf(source);
  return columns.length > 1 && !columns.some((column) => /\d/.test(column)) && rowsIn(source)[0]?.length === columns.length;
};

/** Whether lines have a number beside the word loss, as scripts print it. */
const isPrinted = ({ head }: Pick<LogSource, 'head'>): boolean =>
  head
    .split(/[\r\n]+/)
    .slice(0, LOOKED_AT)
    .some((line) => /loss\W{0,12}(?:\w+\()?[-+]?(?:\d|nan|inf)/i.test(line));

/** Whether the first column goes up by a constant, and is no time in seconds since 1970. */
function counts(source: Pick<LogSource, 'head'>): boolean {
  const rows = rowsIn(source);
  // The last line of a beginning may be half.
  const numbers = (rows.length > FEWEST ? rows.slice(0, -1) : rows).map(([first]) => numberIn(first) ?? Number.NaN);
  const [first = Number.NaN, second = Number.NaN] = numbers;
  const apart = second - first;
  return numbers.length >= FEWEST && apart > 0 && first < EARLIEST_TIME && numbers.every((number, i) => number === first + i * apart);
}
