// A CSV, as text or in a file.
import * as v from 'valibot';
import { csvOptions } from '../../data/csv_options.ts';
import { UsageError } from '../../errors.ts';
import { object, string, tableEntries } from '../check.ts';
import type { CsvDocument } from '../document.ts';
import { file } from './reading.ts';
import { prepared, type Source } from './source.ts';
import { columnEntries } from './table_columns.ts';

export const csv: Source<CsvDocument> = {
  schema: object({
    source: v.literal('csv'),
    path: v.exactOptional(string()),
    text: v.exactOptional(string()),
    ...columnEntries,
    ...tableEntries(csvOptions),
    ...prepared,
  }),
  text: {
    en: { title: 'CSV', summary: 'A table as spreadsheets and data frames write it: separator, decimals, encoding and header are found, or given.' },
    zh: { title: 'CSV', summary: '电子表格和数据框写出的表格：分隔符、小数点、编码和表头自动识别，也可指定。' },
  },
  origin: () => 'a table',
  withPaths: (data, replace) => (data.path === undefined || data.text !== undefined ? data : { ...data, path: replace(data.path) }),
  async rows(data, reading) {
    const given = data.text ?? (data.path === undefined ? undefined : await file(reading, data.path));
    if (given === undefined) throw new UsageError('data: a csv needs "text" or "path"');
    return (await import('./read_table.ts')).tableRows(given, data, reading);
  },
};
