// The rows of a data set that a visitor draws, as the table that the engine reads.
import { rounded } from '../../src/format.ts';
import type { CsvFile } from '../document.ts';
import type { Settings } from '../settings.ts';
import { decodePoints, HALF, placeOn } from './points.ts';

const TARGET = 'class';
const table = (rows: readonly (readonly number[])[]): string => `x,y,${TARGET}\n${rows.map((row) => `${row.join(',')}\n`).join('')}`;

/** The rows that settings say; null where their data are others. */
export function rowsOf({ data, points }: Settings): CsvFile | null {
  if (data !== 'drawn') return null;
  const rows = decodePoints(points).map(({ i, j, label }) => [rounded(placeOn(i), 4), rounded(placeOn(j), 4), label]);
  // So few that all of them are needed to learn from.
  return { name: data, text: table(rows), target: TARGET, task: 'classification', classes: 2, of: { data, points }, half: HALF, validation: 0 };
}
