// Tensors of a data set, and whether they are what a model takes.
import { type Column, rowsOfColumn } from '../data/columns.ts';
import { DataError } from '../errors.ts';
import { sizeOf, type TensorType } from '../shape.ts';
import { sampleSize } from './objective.ts';

/** Tensors of a batch by name. */
export type Tensors = Readonly<Record<string, Float32Array | Int32Array>>;

/** Rows of the tensors with these names. */
export function tensorsOf(columns: Readonly<Record<string, Column>>, names: readonly string[], first: number, count: number): Tensors {
  return Object.fromEntries(names.map((name) => [name, rowsOfColumn(columns[name]!, first, count)]));
}

export const valuesOf = (columns: Readonly<Record<string, Column>>): Record<string, Column['values']> =>
  Object.fromEntries(Object.entries(columns).map(([name, { values }]) => [name, values]));

/** Throws a DataError unless a data set has a tensor of the right size for each that is wanted, and whole numbers for indices; `targets` are checked by their loss. */
export function checkColumns(
  where: string,
  columns: Readonly<Record<string, Pick<Column, 'shape'> & Partial<Column>>>,
  types: Readonly<Record<string, TensorType>>,
  targets?: ReadonlyMap<string, unknown>,
): void {
  for (const [name, type] of Object.entries(types)) {
    const column = columns[name];
    if (!column) throw new DataError(`${where}: the tensor ${name} is missing; there are ${Object.keys(columns).join(', ')}`);
    const size = sampleSize(type);
    if (sizeOf(column.shape) !== size)
      throw new DataError(
        `${where}: ${name}: expected ${size} ${size === 1 ? 'number' : 'numbers'} in a row, as the model takes them, got ${sizeOf(column.shape)}`,
      );
    if (type.dtype === 'i32' && !targets?.has(name) && column.values instanceof Float32Array) {
      const bad = column.values.findIndex((value) => !Number.isInteger(value));
      if (bad >= 0) throw new DataError(`${where}: ${name}, row ${Math.floor(bad / size)}: expected a whole number, got ${column.values[bad]}`);
    }
  }
}
