// Errors of predictions in the unit that targets had before they were scaled.
import { UsageError } from '../../errors.ts';
import { mul } from '../../ops/public/arithmetic.ts';
import { exp } from '../../ops/public/functions.ts';
import { tensor } from '../../ops/public/picks.ts';
import type { OptionTable } from '../../option_table.ts';
import type { Measured, Reduction } from './measured.ts';
import { sumsOf } from './measured.ts';

/** In which unit errors are. */
export interface ErrorOptions {
  /** What the targets were divided by, a number for each of their columns: `scaling.divisor`. Errors are then in the unit before that. Default: none, the unit of the targets as they are. */
  readonly divisor?: readonly number[];
  /** Of targets that are logarithms, what was subtracted from these, `scaling.offset`: errors are then those of e^(value * divisor + offset). Default: none. */
  readonly logOffset?: readonly number[];
}

const NUMBERS = { type: 'list', of: { type: 'number' }, expected: 'a list of numbers, one per column of the targets', programOnly: true } as const;
export const errorOptions = { divisor: NUMBERS, logOffset: NUMBERS } as const satisfies OptionTable<ErrorOptions>;

/** A reduction of errors, in a unit. */
export interface ErrorsInUnit {
  /** What the GPU computes. */
  readonly reduction: Reduction;
  /** Its sums by column, as the GPU gave them. */
  sums(data: Measured): Float64Array;
  /** Errors by column, as the GPU has them, in the unit. */
  inUnit(errors: ArrayLike<number>): number[];
  /** Targets as the GPU compares them. */
  targets(data: Measured): ArrayLike<number>;
}

/**
 * Errors in a unit. Where targets are logarithms, the GPU takes errors of e^(value * divisor): they are multiples of e^offset, the middle of the targets, and
 * do not leave the 32 bits for the size of theirs. Throws a UsageError for another number of columns.
 */
export function errorsInUnit(where: string, plain: Reduction, { divisor, logOffset }: ErrorOptions): ErrorsInUnit {
  if (logOffset && logOffset.length !== divisor?.length)
    throw new UsageError(`${where}: logOffset: expected as many numbers as there are divisors, ${divisor?.length ?? 0}, got ${logOffset.length}`);
  const factors = logOffset ? logOffset.map(Math.exp) : divisor?.map(Math.abs);
  const reduction = logOffset ? ofPowers(where, plain, divisor!) : plain;
  return {
    reduction,
    sums: (data) => sumsOf(data, reduction),
    inUnit(errors) {
      if (factors) requireColumns(where, factors.length, errors.length);
      return Array.from(errors, (error, column) => error * (factors?.[column] ?? 1));
    },
    targets: ({ targets }) => (logOffset ? Float64Array.from(targets, (target, i) => Math.exp(target * divisor![i % divisor!.length]!)) : targets),
  };
}

function ofPowers(where: string, { name, append }: Reduction, divisor: readonly number[]): Reduction {
  return {
    // Metrics share what has the same name.
    name: `${name}_of_powers_${divisor.join('_')}`,
    per: 'pass',
    append(pass) {
      requireColumns(where, divisor.length, pass.columns);
      const power = (value: typeof pass.output): typeof pass.output => exp(mul(value, tensor(value, [divisor])));
      return append({ ...pass, output: power(pass.output), target: power(pass.target) });
    },
  };
}

function requireColumns(where: string, given: number, columns: number): void {
  if (given !== columns) throw new UsageError(`${where}: divisor: expected ${columns} numbers, one per column of the targets, got ${given}`);
}
