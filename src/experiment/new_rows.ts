// New rows for a model from its file: a table is read as the training data were.
import type { OpenCsv } from '../data/csv.ts';
import { COLUMN, type CsvColumn } from '../data/csv_dataset.ts';
import { type CsvOptions, csvOptions } from '../data/csv_options.ts';
import { type RowTakers, rowsFromCsv, samplesFromCsv, type TrainedOn } from '../data/csv_rows.ts';
import { isParquet, requireTextFile } from '../data/csv_text.ts';
import type { Policy } from '../data/features.ts';
import { unpacked } from '../data/idx.ts';
import { UNSEEN, type Unseen, type UnseenPolicy, UnseenRows } from '../data/unseen.ts';
import { FUNCTION, type OptionTable, readOptions } from '../option_table.ts';
import type { AnsweredRows } from './answered_rows.ts';
import type { DataDocument, FittedDocument } from './document.ts';
import { type Contents, contentsOf } from './saved_file.ts';

/** How the text of new rows is written, and what becomes of categories that training had not. */
export interface CsvRowsOptions extends CsvOptions {
  /** A category that training had not: 'error' (default) refuses the first, with its place; 'none' takes it for none of the known ones; 'empty' leaves the answer of its row empty, and the row out of scores. */
  readonly unseen?: UnseenPolicy;
  /** Called with those that were found, where they are not refused: an answer to such a row is a guess. None by default. */
  readonly onUnseen?: (unseen: readonly Unseen[]) => void;
  /** Columns of the rows that stand before their answers as they were written, such as ids: by name or index from 0. Of predictions alone; none by default. */
  readonly columns?: readonly CsvColumn[];
  /** Called with the answer to each row beside the right one, where a row has one number or class. Of evaluations alone; none by default. */
  readonly onAnswers?: (answers: AnsweredRows) => void;
  /** Called with sentences on what else is to be known of them, where there are some: rows far outside of those of training or mostly empty. None by default. */
  readonly onNotes?: (notes: readonly string[]) => void;
}

const ROWS = {
  ...csvOptions,
  unseen: { type: 'name', names: UNSEEN, default: 'error' },
  onUnseen: FUNCTION,
  columns: { type: 'list', of: COLUMN, empty: true, expected: 'a list of columns' },
  onNotes: FUNCTION,
  onAnswers: FUNCTION,
} as const satisfies OptionTable<CsvRowsOptions>;

/** The file of a table, unpacked, or a Parquet file's table. */
export async function opened(file: string | Uint8Array, { table }: FittedDocument): Promise<string | Uint8Array | OpenCsv> {
  requireTextFile('csv', file);
  const plain = await unpacked(file);
  return isParquet(plain) ? (await import('./parquet.ts')).openParquet(plain, table?.missingWords) : plain;
}

export const trainedOn = ({ inputs, features, classes, table, fill, targets }: FittedDocument): TrainedOn => ({
  inputs,
  ...(features ? { featureNames: features } : {}),
  ...(classes ? { classNames: classes } : {}),
  ...(table ? { table } : {}),
  ...(fill ? { fill } : {}),
  ...(targets?.log ? { logTargets: true } : {}),
});

/** What becomes of missing values in rows with targets: as in training. */
export function missingIn({ document, fitted }: Pick<Contents, 'document' | 'fitted'>): Policy | undefined {
  if (document) return 'missing' in document.data ? document.data.missing : undefined;
  return fitted.fill ? 'mean' : undefined;
}

/** Reads CSV rows as `predictCsv` of a model's file would, or `evaluateCsv` where they have targets, without a device. Rejects with what it would reject with. */
export async function checkRows(model: Uint8Array, file: string | Uint8Array, options: CsvRowsOptions, labelled: boolean): Promise<void> {
  const contents = contentsOf(model);
  const { written, takers } = rowsOptions(labelled ? 'evaluateCsv' : 'predictCsv', options);
  const [table, trained] = [await opened(file, contents.fitted), trainedOn(contents.fitted)];
  if (labelled) samplesFromCsv(table, trained, missingIn(contents), written, takers);
  else rowsFromCsv(table, trained, written, takers);
}

/** A table, whose columns are found as in training. */
export const isTable = (data: DataDocument): data is Extract<DataDocument, { source: 'csv' | 'parquet' }> => data.source === 'csv' || data.source === 'parquet';

/** How rows are written, what takes unknown categories, and what tells of them. */
export function rowsOptions(
  where: string,
  options: CsvRowsOptions,
): { written: CsvOptions; takers: RowTakers & Required<Pick<RowTakers, 'kept'>>; onAnswers: CsvRowsOptions['onAnswers']; tell(): void } {
  const { unseen: policy, onUnseen, columns, onNotes, onAnswers, ...written } = readOptions<CsvRowsOptions, typeof ROWS>(where, ROWS, options);
  const unseen = policy === 'error' ? undefined : new UnseenRows(policy === 'empty');
  const notes: string[] = [];
  const given = Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined));
  return {
    written: given,
    takers: { unseen, notes, keep: columns, kept: { names: [], rows: [] } },
    onAnswers,
    tell: () => {
      if (unseen && unseen.rows.size > 0) onUnseen?.(unseen.all);
      if (notes.length > 0) onNotes?.(notes);
    },
  };
}
