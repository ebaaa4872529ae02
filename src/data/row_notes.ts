// What is to be known of new rows that a trained model answers nevertheless: far from what it has seen, or mostly empty.
import { show } from '../errors.ts';
import type { Table } from './csv_columns.ts';
import { plainly } from './csv_summary.ts';
import type { TableColumns } from './dataset.ts';
import type { FeatureColumn } from './features.ts';

/** Lines that are named. */
const NAMED = 5;

/** Sentences on new rows, the first few by their lines. */
export function rowNotes(table: Table, features: readonly FeatureColumn[], ranges: TableColumns['ranges'] = []): string[] {
  const notes: string[] = [];
  let more = 0;
  for (let row = 0; row < table.rows; row++) {
    const what = [missingIn(table, features, row), farIn(table, features, ranges, row)].filter((each) => each !== undefined);
    if (what.length === 0) continue;
    if (notes.length < NAMED) notes.push(`line ${table.lineOf(row)}: ${what.join('; ')}`);
    else more++;
  }
  return more > 0 ? [...notes, `and ${more} more line${more === 1 ? '' : 's'} of this kind`] : notes;
}

/** Half of the values or more: the answer is that of means. */
function missingIn({ columns }: Table, features: readonly FeatureColumn[], row: number): string | undefined {
  const missing = features.filter(({ column }) => columns[column]!.isMissing(row)).length;
  if (missing === 0 || 2 * missing < features.length) return undefined;
  return `${missing} of ${features.length} values ${missing === 1 ? 'is' : 'are'} missing`;
}

/** Columns of a row that are named. */
const NAMED_COLUMNS = 2;

/** Beyond the range of training by more than its width. */
function farIn({ columns, names }: Table, features: readonly FeatureColumn[], ranges: NonNullable<TableColumns['ranges']>, row: number): string | undefined {
  const far = features.flatMap(({ column }, i) => {
    const [least, most] = ranges[i] ?? [];
    const value = columns[column]!.numbers[row]!;
    if (least === undefined || most === undefined || !(value > most + (most - least) || value < least - (most - least))) return [];
    return [`${names[column]}, ${plainly(value)}, is far outside of ${plainly(least)} to ${plainly(most)}`];
  });
  if (far.length === 0) return undefined;
  const more = far.length - NAMED_COLUMNS;
  const others = more > 0 ? `, as ${more === 1 ? 'is 1 more column' : `are ${more} more columns`}` : '';
  return `${far.slice(0, NAMED_COLUMNS).join(', and ')}, which the model was trained on${others}`;
}

/** Categories of new rows that differ from a known one in capitals or blanks alone, and count as that. */
export class AlikeCategories {
  readonly #found = new Map<string, { rows: number; line: number }>();

  add(line: number, column: string, value: string, known: string): void {
    const what = `${column} ${show(value)} is taken for ${show(known)}`;
    const found = this.#found.get(what) ?? { rows: 0, line };
    found.rows++;
    this.#found.set(what, found);
  }

  get notes(): string[] {
    const all = [...this.#found].map(([what, { rows, line }]) => `line ${line}: ${what}${rows > 1 ? `, in ${rows} rows` : ''}`);
    return all.length > NAMED ? [...all.slice(0, NAMED), `and ${all.length - NAMED} more categories of this kind`] : all;
  }
}
