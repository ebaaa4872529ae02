// The rows of a data set that a visitor draws or says by a formula, as the table that the engine reads.
import { rounded } from '../../src/format.ts';
import { foldIn, keyOf, Random } from '../../src/random.ts';
import type { CsvFile } from '../document.ts';
import { DEFAULTS, type Settings } from '../settings.ts';
import { classBy, FormulaError } from './formula.ts';
import { decodePoints, HALF, placeOn } from './points.ts';

const TARGET = 'class';
const table = (rows: readonly (readonly number[])[]): string => `x,y,${TARGET}\n${rows.map((row) => `${row.join(',')}\n`).join('')}`;

/** Rows of a formula, as many as the generators make. */
const ROWS = 1000;
/** Of each class there are enough to learn from. */
const LEAST = 10;

/** Rows that lie evenly over the plane, each of its class. Throws FormulaError where the formula is none, or all of them are of one class. */
export function byFormula(formula: string, seed: number): number[][] {
  const classOf = classBy(formula);
  const random = new Random(foldIn(keyOf(seed), 'formula'));
  const somewhere = (): number => Number(((2 * random.uniform() - 1) * HALF).toFixed(3));
  const rows = Array.from({ length: ROWS }, () => {
    const [x, y] = [somewhere(), somewhere()];
    return [x, y, classOf(x, y)];
  });
  const ones = rows.reduce((sum, row) => sum + row[2]!, 0);
  if (Math.min(ones, ROWS - ones) < LEAST) throw new FormulaError('one_class', 0, formula);
  return rows;
}

/** Of a formula that is none, those of the page's own: its field says what is wrong. */
function orOwn(formula: string, seed: number): number[][] {
  try {
    return byFormula(formula, seed);
  } catch (error) {
    if (error instanceof FormulaError) return byFormula(DEFAULTS.formula, seed);
    throw error;
  }
}

/** The rows that settings say; null where their data are others. */
export function rowsOf({ data, points, formula, seed }: Settings): CsvFile | null {
  const plane = { name: data, target: TARGET, task: 'classification', classes: 2, half: HALF } as const;
  if (data === 'formula') return { ...plane, text: table(orOwn(formula, seed)), of: { data, formula } };
  if (data !== 'drawn') return null;
  const rows = decodePoints(points).map(({ i, j, label }) => [rounded(placeOn(i), 4), rounded(placeOn(j), 4), label]);
  // So few that all of them are needed to learn from.
  return { ...plane, text: table(rows), of: { data, points }, validation: 0 };
}
