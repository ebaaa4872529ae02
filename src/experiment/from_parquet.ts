// Parquet in programs.
import type { FromCsvOptions } from '../data/csv_dataset.ts';
import { isParquet } from '../data/csv_text.ts';
import type { Dataset } from '../data/dataset.ts';
import { DataError, show, UsageError } from '../errors.ts';

/**
 * Makes a data set from a Parquet file, as pandas and Spark write it; its columns are read as those of a CSV, by `fromCsv`. What reads it is loaded by the first call.
 *
 * @param file - The bytes of the file.
 * @param options - As of `fromCsv`: target, features, categories, what to do with missing values. How text is written is of no matter here.
 * @returns The data set, with the names of its features and classes.
 * @throws DataError for what is no Parquet file, nested columns, packings other than snappy, and cells that cannot be used; UsageError for another option.
 * @example
 * const bytes = new Uint8Array(await (await fetch('flats.parquet')).arrayBuffer());
 * const data = await fromParquet(bytes, { target: 'price', missing: 'mean' });
 */
export async function fromParquet(file: Uint8Array, options: FromCsvOptions = {}): Promise<Dataset> {
  if (!(file instanceof Uint8Array)) throw new UsageError(`fromParquet: expected the bytes of a file, got ${show(file)}`);
  if (!isParquet(file)) throw new DataError(`fromParquet: expected a file that begins with PAR1: it is no Parquet file`);
  return (await import('./any_table.ts')).readAnyTable(new Uint8Array(file), options);
}
