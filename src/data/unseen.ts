// Categories of new rows that a model was not trained on: which, and in which rows.
import { show } from '../errors.ts';

/** A category that training had not. */
export interface Unseen {
  /** The name of its column. */
  readonly column: string;
  /** The category. */
  readonly value: string;
  /** Rows that hold it. */
  readonly rows: number;
  /** The lines of the file, from 1, in which they are; the first twenty. */
  readonly lines: readonly number[];
}

/** What becomes of a row with such a category: the first is refused, with its place; it is none of the known ones; the row has no answer. */
export const UNSEEN = ['error', 'none', 'empty'] as const;
/** What becomes of a row with a category that training had not. */
export type UnseenPolicy = (typeof UNSEEN)[number];

/** Lines that are named. */
const LISTED = 20;

/** Those of a table, as they are found. */
export class UnseenRows {
  /** Whether such rows are left out. */
  readonly leaveOut: boolean;
  /** Rows, from 0, with at least one. */
  readonly rows = new Set<number>();
  readonly #found = new Map<string, { column: string; value: string; rows: number; lines: number[] }>();

  constructor(leaveOut = false) {
    this.leaveOut = leaveOut;
  }

  add(row: number, line: number, column: string, value: string): void {
    this.rows.add(row);
    const key = JSON.stringify([column, value]);
    const known = this.#found.get(key) ?? { column, value, rows: 0, lines: [] };
    known.rows++;
    if (known.lines.length < LISTED) known.lines.push(line);
    this.#found.set(key, known);
  }

  get all(): Unseen[] {
    return [...this.#found.values()];
  }
}

/** `city "Paris" (3 rows: lines 2, 4, 9)`. */
export const unseenText = (unseen: readonly Unseen[]): string =>
  unseen
    .map(
      ({ column, value, rows, lines }) =>
        `${column} ${show(value)} (${rows === 1 ? 'line' : `${rows} rows: lines`} ${lines.join(', ')}${rows > lines.length ? ', ...' : ''})`,
    )
    .join('; ');
