import { DataError } from '../errors.ts';
import { INK } from './brightest.ts';
import { fromCsv } from './csv_dataset.ts';
import type { Dataset } from './dataset.ts';
import { applyScaling, divideBy } from './prepare.ts';

/** Side of a digit's image in pixels. */
const SIDE = 8;

/**
 * The handwritten digits of demo/data: 64 pixels from 0 to 16 row by row (8 x 8, columns p0 .. p63), the digit last. Pixels are
 * scaled to 0..1; 10 classes whichever the file shows. `shape` is [64], one flat vector, as dense layers take it.
 *
 * @param text - The file: a header, then 64 pixels and the digit in each line.
 * @returns Inputs [rows, 64] and class indices from 0 to 9.
 * @throws DataError with line and column for other columns or values.
 * @example
 * const train = fromDigitsCsv(await (await fetch('digits-train.csv')).text());
 */
export function fromDigitsCsv(text: string): Dataset {
  const data = fromCsv(text, { task: 'classification', classNames: Array.from({ length: 10 }, (_, digit) => String(digit)) });
  if (data.features !== SIDE * SIDE)
    throw new DataError(`digits: expected ${SIDE * SIDE} pixels and the digit in each row, got ${data.features} columns before the last`);
  const bad = data.x.findIndex((pixel) => pixel < 0 || pixel > INK);
  if (bad >= 0)
    throw new DataError(`digits: row ${Math.floor(bad / data.features)}, pixel ${bad % data.features}: expected a number from 0 to ${INK}, got ${data.x[bad]}`);
  // What these columns are needs no telling.
  const { summary: _, ...reading } = data.reading!;
  return { ...applyScaling(data, divideBy(data, INK)), reading: { ...reading, divisor: INK } };
}
