// Cells of new rows that cannot be read: the first few are named at once, so that they are corrected in one go.
import { DataError, show } from '../errors.ts';
import type { Table } from './csv_columns.ts';

/** Cells that are named. */
const NAMED = 5;

/** Those of a table, as they are found, column by column. */
export class BadCells {
  readonly #found: { row: number; place: string; text: string; message: string }[] = [];

  /** What `read` gives of a row's cell, or `other` where it throws. */
  or(other: number, row: number, read: (row: number) => number, { table, column }: { table: Table; column: number }): number {
    try {
      return read(row);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      const place = table.where(row, column).replace(/^\w+, /, '');
      this.#found.push({ row, place, text: show(table.columns[column]!.shown(row)), message: error.message });
      return other;
    }
  }

  /** Throws a DataError where there are some, the first in full; `filled` says whether empty cells are filled in. */
  refuse(filled: boolean): void {
    const all = this.#found.sort((a, b) => a.row - b.row);
    const named = all.slice(0, NAMED);
    if (named.length === 0) return;
    const words = [...new Set(named.map(({ text }) => text))].join(', ');
    const ways = filled
      ? `, or leave the cell empty, which is filled in as in training, as words are that \`missingWords\` names: \`missingWords\`: [${words}]`
      : '';
    const also = named.slice(1).map(({ place, text }) => `; also ${place}: ${text}`);
    const more = all.length - named.length;
    throw new DataError(`${named[0]!.message}${ways}${also.join('')}${more > 0 ? `; and ${more} more` : ''}`);
  }
}
