// What a visitor's CSV is: read by the engine's own reader, so that what is refused is refused here, with line and column.
import { parseCsv } from '../src/data/csv.ts';
import { fromCsv } from '../src/data/csv_dataset.ts';
import type { CsvFile } from './document.ts';

/** The last column is what is learned: classes where it has words or few different whole numbers, else a number. Throws DataError. */
export function describeCsv(name: string, text: string): CsvFile & { rows: number } {
  const { classes, rows } = fromCsv(text, { missing: 'drop' });
  const target = parseCsv(text).names.at(-1)!;
  return { name, text, target, rows, ...(classes === undefined ? { task: 'regression', classes: 1 } : { task: 'classification', classes }) };
}
