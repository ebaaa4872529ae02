// Papa Parse, the one package that reading CSV stands on. Alone in its file, so that a program that reads no CSV takes nothing of it into its bundle.
import Papa from 'papaparse';

/** Records that were found in a part of a text. */
export interface Records {
  readonly records: readonly (readonly string[])[];
  /** Characters that they take; what follows is the start of the next one. */
  readonly used: number;
  /** The first place where quotes are wrong: the index of its record, and the character after the quote that opens. */
  readonly wrong?: { readonly code: string; readonly record: number; readonly index: number };
}

interface Parsed {
  data: string[][];
  errors: { type: string; code: string; row: number; index: number }[];
  meta: { cursor: number };
}

/** Splits text into records (RFC 4180). `whole` says that no text follows: else the last record, which may go on, is left alone. Of many, the `first` so many. */
export function readRecords(
  text: string,
  { separator, newline, whole, first }: { separator: string; newline: string; whole: boolean; first?: number },
): Records {
  const parser = new Papa.Parser({ delimiter: separator, newline: newline as '\n', ...(first === undefined ? {} : { preview: first }) }) as unknown as {
    parse(text: string, base: number, ignoreLast: boolean): Parsed;
  };
  const { data, errors, meta } = parser.parse(text, 0, !whole);
  const wrong = errors.find(({ type }) => type === 'Quotes');
  return { records: data, used: meta.cursor, ...(wrong ? { wrong: { code: wrong.code, record: wrong.row, index: wrong.index } } : {}) };
}
