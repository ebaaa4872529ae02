// A Parquet file.
import * as v from 'valibot';
import { csvOptions } from '../../data/csv_options.ts';
import { DataError } from '../../errors.ts';
import { object, string, tableEntries } from '../check.ts';
import type { ParquetDocument } from '../document.ts';
import { file } from './reading.ts';
import { prepared, type Source } from './source.ts';
import { columnEntries } from './table_columns.ts';

export const parquet: Source<ParquetDocument> = {
  schema: object({
    source: v.literal('parquet'),
    path: string(),
    ...columnEntries,
    ...tableEntries({ missingWords: csvOptions.missingWords }),
    ...prepared,
  }),
  text: {
    en: { title: 'Parquet', summary: 'A table as pandas and Spark write it, packed by snappy or not at all; nested columns are refused.' },
    zh: { title: 'Parquet', summary: 'pandas 和 Spark 写出的表格，用 snappy 压缩或不压缩；不支持嵌套列。' },
  },
  origin: () => 'a table',
  withPaths: (data, replace) => ({ ...data, path: replace(data.path) }),
  async rows(data, reading) {
    const [{ isParquet }, { tableRows }, given] = await Promise.all([import('../../data/csv_text.ts'), import('./read_table.ts'), file(reading, data.path)]);
    if (!isParquet(given)) throw new DataError(`data: ${data.path} is no Parquet file: it does not begin with PAR1`);
    return tableRows(given, data, reading);
  },
};
