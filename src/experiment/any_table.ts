// A table of any kind of file, read without a document.
import { type Dialect, type OpenCsv, openCsv } from '../data/csv.ts';
import { readTable } from '../data/csv_columns.ts';
import { type FromCsvOptions, fromTable, knownOptions, tableOptions } from '../data/csv_dataset.ts';
import { isParquet, type TextFile } from '../data/csv_text.ts';
import type { Dataset } from '../data/dataset.ts';
import { unpacked } from '../data/idx.ts';

/** The table in a file: a CSV, packed by gzip or not, or Parquet; `like` is how that of a trained model was written. Throws a DataError. */
export async function openAnyTable(file: TextFile, options: FromCsvOptions = {}, like?: Dialect): Promise<OpenCsv> {
  if (isParquet(file)) return (await import('./parquet.ts')).openParquet(file, options.missingWords);
  return openCsv(await unpacked(file), tableOptions(options), like);
}

/** Its rows, with the target that was asked for, or the last column. Throws a DataError, or a UsageError for another option. */
export async function readAnyTable(file: TextFile, given: FromCsvOptions = {}, logTargets = false): Promise<Dataset> {
  const options = knownOptions(given);
  return fromTable(readTable(await openAnyTable(file, options)), options, undefined, undefined, logTargets ? { log: 'asked' } : {});
}
