// Whole numbers from outside. In a file of its own: what loads later has them, and most programs not at once.
import { DataError, kindOf, show } from './errors.ts';
import { columnsOf, isEmpty, isList, isNested, isShared, NO_NUMBERS, type Numbers, type NumbersOptions, requireCount, rowAt } from './numbers.ts';

/** Whole numbers as 32-bit integers, of rows likewise; an Int32Array is returned itself. Throws a DataError for what is none, with its place. */
export function toIntegers(where: string, given: unknown, options: NumbersOptions = {}): Int32Array {
  if (isEmpty(given)) return new Int32Array();
  if (given instanceof Int32Array) return isShared(given) ? given.slice() : given;
  if (NO_NUMBERS.includes(kindOf(given)) || !isList(given))
    throw new DataError(`${where}: expected whole numbers in an array or a typed array, got ${show(given)}`);
  const values = given as Numbers;
  const [rows, columns] = isNested(values) ? [values.length, columnsOf(where, values, options)] : [1, values.length];
  requireCount(where, rows * columns);
  const integers = new Int32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const from = isNested(values) ? rowAt(where, values, row, columns) : values;
    for (let column = 0; column < columns; column++) {
      const value = from[column];
      const at = row * columns + column;
      if (typeof value !== 'number' || value !== (value | 0)) throw new DataError(`${where}[${at}]: expected a whole number of 32 bits, got ${show(value)}`);
      integers[at] = value;
    }
  }
  return integers;
}
