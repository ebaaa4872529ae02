// What may be said of how a CSV is written. Apart from what reads it: a document is checked without that.
import type { OptionTable } from '../option_table.ts';

/** How CSV text is read; found from the text itself by default. */
export interface CsvOptions {
  /** Whether the first record holds the names. Default: yes where its text stands above numbers, or above words that it is none of. */
  readonly header?: boolean;
  /** One character; a blank for runs of blanks. Default: the one of comma, semicolon, tab, bar and blanks that gives the records as many fields each. */
  readonly separator?: string;
  /** What stands before the fraction of a number, '.' or ','. Default: found from the numbers that leave no doubt. */
  readonly decimal?: '.' | ',';
  /** What stands between groups of three digits: ',', '.', ' ', "'" or '' for nothing. Default: found likewise. */
  readonly thousands?: '' | ',' | '.' | ' ' | "'" | '’';
  /** The encoding of bytes, as TextDecoder names it: 'utf-8', 'utf-16le', 'windows-1252', ... Default: by the byte order mark; else UTF-8, UTF-16 or Windows-1252. */
  readonly encoding?: string;
  /** Words for a missing value beside '', ?, NA, N/A, NaN, null and none, in any case: ['unknown', '-999']. None by default. */
  readonly missingWords?: readonly string[];
}

export const csvOptions = {
  header: { type: 'boolean' },
  separator: { type: 'string' },
  decimal: { type: 'name', names: ['.', ','] },
  thousands: { type: 'name', names: ['', ',', '.', ' ', "'", '’'] },
  encoding: { type: 'string' },
  missingWords: { type: 'list', of: { type: 'string' }, empty: true, expected: 'a list of words' },
} as const satisfies OptionTable<CsvOptions>;
