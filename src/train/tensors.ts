// Tensors of a data set, and whether they fit a model.
import { type Column, rowsOfColumn } from '../data/columns.ts';
import { DataError } from '../errors.ts';
import { checkTargets } from '../nn/targets.ts';
import { elementsOf, sizeOf, type TensorType } from '../shape.ts';
import { type Rules, sampleSize } from './objective.ts';

/** Tensors of a batch by name. */
export type Tensors = Readonly<Record<string, Float32Array | Int32Array>>;

/** Throws a DataError unless a data set has a tensor of the right size for each that is wanted. */
export function checkColumns(
  where: string,
  columns: Readonly<Record<string, Pick<Column, 'shape'>>>,
  types: Readonly<Record<string, Pick<TensorType, 'shape' | 'rowsPerSample'>>>,
): void {
  for (const [name, type] of Object.entries(types)) {
    const column = columns[name];
    if (!column) throw new DataError(`${where}: the tensor ${name} is missing; there are ${Object.keys(columns).join(', ')}`);
    const size = sampleSize(type);
    if (sizeOf(column.shape) !== size)
      throw new DataError(
        `${where}: ${name}: expected ${size} ${size === 1 ? 'number' : 'numbers'} in a row, as the model takes them, got ${sizeOf(column.shape)}`,
      );
  }
}

/** From here on a whole number may have been another before it became a 32-bit float. */
const FLOAT_INTEGERS = 2 ** 24;

/** Rows whose numbers are looked at together: bytes are divided for that. */
const ROWS = 4096;

/** Throws a DataError unless the numbers of a data set, as they stand for, fit: targets their losses, and whole numbers for indices. */
export function checkNumbers(
  where: string,
  columns: Readonly<Record<string, Column>>,
  types: Readonly<Record<string, Pick<TensorType, 'dtype'>>>,
  rules: Rules = new Map(),
  rowOf: (index: number) => number = (index) => index,
): void {
  for (const [name, { dtype }] of Object.entries(types)) {
    const column = columns[name]!;
    const targets = rules.get(name);
    const whole = column.values instanceof Float32Array || column.divisor !== undefined;
    if (!targets && !(dtype === 'i32' && whole)) continue;
    const size = sizeOf(column.shape);
    for (let first = 0; first * size < column.values.length; first += ROWS) {
      const numbers = rowsOfColumn(column, first, ROWS);
      for (const rule of targets ?? []) checkTargets(numbers, { ...rule, where: `${where}: ${name}`, rowOf: (index) => rowOf(first + index) });
      const bad = dtype === 'i32' && whole ? numbers.findIndex((value: number) => !(Number.isInteger(value) && Math.abs(value) < FLOAT_INTEGERS)) : -1;
      if (bad >= 0) {
        const expected = Number.isInteger(numbers[bad])
          ? "a whole number below 2^24, as 32-bit floats hold them: give an Int32Array, or dtype 'i32'"
          : 'a whole number';
        throw new DataError(`${where}: ${name}, row ${rowOf(first + Math.floor(bad / size))}: expected ${expected}, got ${numbers[bad]}`);
      }
    }
  }
}

/** The values of a tensor as they are stored on the GPU: bytes stay bytes. */
export const stored = (type: TensorType, values: Column['values']): Column['values'] => (values instanceof Uint8Array ? values : elementsOf(type, values));
