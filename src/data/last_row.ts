// A row of sums below a table: it is read as any other, and said.
import { show } from '../errors.ts';
import type { Table } from './csv_columns.ts';
import { plainly } from './csv_summary.ts';

/** Words in front of a sum or a mean. */
const SUM =
  /^(?:(?:grand|sub|gesamt|zwischen)?[ -]?(?:total|sum|summe|insgesamt|gesamt|average|avg|mean|durchschnitt|mittelwert)|totaux|somme|moyenne|promedio|suma|totale|合计|总计|总和|平均|合計|平均値)(?!\p{L})/iu;
/** Robust deviations from the median from which on a number is of another kind. */
const FAR = 20;
/** Rows from which on that can be told. */
const ENOUGH_ROWS = 8;

/** A sentence where the last row looks like a sum of those above it: by its word, or by a number that all others are far from. */
export function lastRowNotes(table: Table, used: readonly number[]): string[] {
  const { rows, columns, names, where } = table;
  if (rows < ENOUGH_ROWS) return [];
  const last = rows - 1;
  const told = (index: number, what: string): string[] => [
    `${where(last, index).replace(/^\w+, /, '')}: ${what}; if the last line is a sum of the others, take it away: it is trained on`,
  ];
  const word = columns.findIndex((column) => SUM.test(column.text(last)?.trim() ?? ''));
  if (word >= 0 && columns[word]!.words.find(({ first }) => first === last)?.count === 1) return told(word, show(columns[word]!.text(last)));
  const far = used.find((index) => isFar(columns[index]!.numbers.subarray(0, rows)));
  return far === undefined ? [] : told(far, `${plainly(columns[far]!.numbers[last]!)} is far from all other numbers of ${show(names[far])}`);
}

function isFar(numbers: Float64Array): boolean {
  const value = Math.abs(numbers.at(-1)!);
  const others = numbers.subarray(0, -1).filter((other) => !Number.isNaN(other));
  // Most columns end here, without being sorted.
  if (others.length < ENOUGH_ROWS - 1 || Number.isNaN(value) || others.some((other) => 2 * Math.abs(other) >= value)) return false;
  const middle = medianOf(others);
  const deviation = 1.4826 * medianOf(others.map((other) => Math.abs(other - middle)));
  return deviation > 0 && Math.abs(numbers.at(-1)! - middle) > FAR * deviation;
}

function medianOf(numbers: Float64Array): number {
  const sorted = numbers.toSorted();
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
}
