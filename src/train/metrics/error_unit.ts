// Errors of predictions in the unit that targets had before they were scaled.
import { UsageError } from '../../errors.ts';
import type { OptionTable } from '../../option_table.ts';

/** In which unit errors are. */
export interface ErrorOptions {
  /** What the targets were divided by, a number for each of their columns: `scaling.divisor`. Errors are then in the unit before that. Default: none, the unit of the targets as they are. */
  readonly divisor?: readonly number[];
}

export const errorOptions = {
  divisor: { type: 'list', of: { type: 'number' }, expected: 'a list of numbers, one per column of the targets', programOnly: true },
} as const satisfies OptionTable<ErrorOptions>;

/** Errors by column, in that unit. Throws a UsageError for another number of columns. */
export function inUnit(where: string, errors: ArrayLike<number>, divisor: readonly number[] | undefined): number[] {
  if (!divisor) return Array.from(errors);
  if (divisor.length !== errors.length)
    throw new UsageError(`${where}: divisor: expected ${errors.length} numbers, one per column of the targets, got ${divisor.length}`);
  return Array.from(errors, (error, column) => error * Math.abs(divisor[column]!));
}
