// What a visitor's CSV is: read by the engine's own reader, so that what is refused is refused here, with line and column.
import { fromCsv } from '../src/data/csv_dataset.ts';
import { encodingOf, textParts } from '../src/data/csv_text.ts';
import type { CsvFile } from './document.ts';

/** The last column is what is learned: classes where it has words or few different whole numbers, else a number. Throws DataError. */
export function describeCsv(name: string, file: string | Uint8Array): CsvFile & { rows: number } {
  const { classes, rows, reading } = fromCsv(file, { missing: 'drop' });
  const target = reading!.summary!.columns.find(({ use }) => use === 'target')!.name;
  const text = [...textParts(file, encodingOf(file))].join('');
  return { name, text, target, rows, ...(classes === undefined ? { task: 'regression', classes: 1 } : { task: 'classification', classes }) };
}
