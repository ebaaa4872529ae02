// Parquet, as pandas and Spark write it: a table whose cells become those of a CSV. This file and parquet_pages.ts alone import hyparquet, loaded where a file is of this kind.
import { parquetMetadataAsync, parquetRead, parquetSchema } from 'hyparquet';
import type { OpenCsv } from '../data/csv.ts';
import { DataError, show } from '../errors.ts';
import { checkPages } from './parquet_pages.ts';

/** Rows that are read at once. */
const ROWS = 10_000;
/** Rows in all: every cell becomes a text of its own. */
const MOST_ROWS = 2 ** 24;

/** The table of a Parquet file, all of whose cells are read. Rejects with a DataError for a damaged file, a packing that is not known, and nested columns. */
export async function openParquet(bytes: Uint8Array, missingWords: readonly string[] = []): Promise<OpenCsv> {
  const buffer = bytes.slice().buffer;
  const { names, rows } = await readAll(buffer).catch((cause: unknown) => {
    if (cause instanceof DataError) throw cause;
    throw new DataError(`parquet: ${reasonOf(cause as Error)}`, { cause });
  });
  return {
    names: names.map((name, column) => (isIndex(name) ? `column ${column + 1}` : name)),
    header: true,
    // The index of a data frame.
    nameless: names.map(isIndex),
    decimal: '.',
    thousands: '',
    sure: true,
    separator: ',',
    words: new Set(missingWords.map((word) => word.trim().toLowerCase())),
    notes: [],
    written: ['Parquet'],
    place: (line, column) => `parquet, row ${line}, column ${column + 1} (${names[column]})`,
    *records() {
      for (const [row, fields] of rows.entries()) yield { fields, line: row + 1 };
    },
  };
}

const isIndex = (name: string): boolean => /^__index_level_\d+__$/.test(name);

async function readAll(file: ArrayBuffer): Promise<{ names: string[]; rows: string[][] }> {
  const metadata = await parquetMetadataAsync(file);
  const nested = parquetSchema(metadata).children.find(({ children, element }) => children.length > 0 || element.repetition_type === 'REPEATED');
  if (nested) throw new DataError(`parquet: the column ${show(nested.element.name)} holds lists or records: write its parts as columns of their own`);
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  const total = Number(metadata.num_rows);
  // The library reads until it has as many as are said here.
  const inGroups = metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0);
  const wrong = metadata.row_groups.some((group) => group.columns.some(({ meta_data: column }) => column?.num_values !== group.num_rows));
  if (inGroups !== total || wrong) throw new DataError(`parquet: it says ${total} rows, and its parts say ${inGroups} or others: it is damaged`);
  if (total > MOST_ROWS) throw new DataError(`parquet: it says ${total} rows, and ${MOST_ROWS} are the most that are read: give a part of it`);
  checkPages(file, metadata);
  const rows: string[][] = [];
  for (let rowStart = 0; rowStart < total; rowStart += ROWS) {
    const rowEnd = Math.min(total, rowStart + ROWS);
    await parquetRead({
      file,
      metadata,
      rowStart,
      rowEnd,
      onComplete: (part: unknown[][]) => {
        for (const cells of part) rows.push(cells.map(textOf));
      },
    });
    // Of a number of rows that is not that of the pages no end would come.
    if (rows.length !== rowEnd) throw new DataError(`parquet: expected ${total} rows, as the file says, got ${rows.length}: it is damaged`);
  }
  return { names, rows };
}

/** A cell as a CSV has it: the shortest text that is the same number. */
function textOf(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  if (cell instanceof Date) return cell.toISOString();
  if (cell instanceof Uint8Array) return new TextDecoder().decode(cell);
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}

function reasonOf({ message }: Error): string {
  const codec = /unsupported compression codec: (\w+)/i.exec(message)?.[1];
  return codec
    ? `it is packed by ${codec}, which is not read here: write it with compression="snappy", as pandas does by default, or without`
    : `the file is damaged, or of a kind that is not known: ${message}`;
}
