// Flags that say how a table is written and what of it is learnt. How it is written is the same for training and for the rows of `predict` and `evaluate`.
import { Option } from 'commander';
import { type CsvOptions, csvOptions } from '../data/csv_options.ts';
import { UNSEEN } from '../data/unseen.ts';
import type { CsvDocument } from '../experiment/document.ts';
import { flagOf, list } from './flags.ts';

const WORDS: Readonly<Record<keyof CsvOptions, string>> = {
  header: 'whether the first line is names (default: found)',
  separator: 'the character between fields (default: found)',
  decimal: 'before fractions (default: found)',
  thousands: 'between groups of three digits (default: found)',
  encoding: 'utf-8, utf-16le, windows-1252, ... (default: found)',
  missingWords: 'more words for a missing value',
};

/** How a table is written. */
export const CSV_FLAGS: readonly Option[] = Object.entries(csvOptions).map(([name, entry]) => flagOf(name, entry, WORDS[name as keyof CsvOptions]));

/** What of it is learnt, and how. */
export const TABLE_FLAGS: readonly Option[] = [
  new Option('--target <column>', 'the column to predict, by name or index from 0 (default: the last)').argParser(column),
  new Option('--features <columns>', 'the columns to learn from, with commas (default: all that say something)').argParser(columns),
  new Option('--categories <columns>', 'columns of categories that look like numbers, with commas').argParser(columns),
  new Option('--task <name>', 'what the target is: classification or regression (default: found)'),
  flagOf('logTargets', { type: 'boolean' }, 'train on the logarithm of a target above 0, for one that spans decades: ratios count (default: false)'),
  new Option('--missing <name>', 'what to do with missing values: error, drop, mean (default: mean)'),
  ...CSV_FLAGS,
];

/** How the rows of `predict` and `evaluate` are written, and what becomes of categories that training had not. */
export const ROW_FLAGS: readonly Option[] = [
  ...CSV_FLAGS,
  new Option('--unseen <what>', 'a category that training had not: none of the known ones, an empty answer, or an error (default: none)').choices([...UNSEEN]),
];

/** Beside these of `predict`: a name with a comma is one column. */
export const KEEP_FLAG = new Option(
  '--keep <column>',
  'a column of the rows that stands before their answers, by name or index from 0; may be given again',
).argParser((text: string, before: (string | number)[] | undefined) => [...(before ?? []), column(text)]);

function column(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text;
}

function columns(text: string, before: readonly (string | number)[] | undefined): (string | number)[] {
  return [...(before ?? []), ...list(text).map(column)];
}

/** The options among what was given on a command line. */
export function tableOptionsIn(flags: Readonly<Record<string, unknown>>, known: readonly Option[] = TABLE_FLAGS): Partial<CsvDocument> {
  return Object.fromEntries(
    known.flatMap((option) => (flags[option.attributeName()] === undefined ? [] : [[option.attributeName(), flags[option.attributeName()]]])),
  );
}
