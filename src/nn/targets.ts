// Whether targets fit the loss: the same check at every door that takes targets (data sets, streams, given batches, evaluation).
import { DataError } from '../errors.ts';

/** What a loss takes as targets. */
export interface TargetRule {
  /**
   * One target of a model of so many outputs, in words for a message: `a class index from 0 to 2`.
   *
   * @param outputs - Outputs of the model.
   * @returns The words.
   */
  expected(outputs: number): string;
  /**
   * Whether a number may be a target.
   *
   * @param value - A number of the data set.
   * @param outputs - Outputs of the model.
   * @returns True where it may.
   */
  fits(value: number, outputs: number): boolean;
  /** True where a row of targets is a distribution and sums to 1. */
  readonly distribution?: boolean;
}

/** How far from 1 the sum of a row of probabilities may be: more than the rounding of any number of 32-bit floats, less than a mistake. */
const SUM_TOLERANCE = 1e-3;

export const ANY_TARGET: TargetRule = { expected: () => 'a finite number', fits: Number.isFinite };
const isIndex = (value: number, outputs: number): boolean => Number.isInteger(value) && value >= 0 && value < outputs;
export const CLASS_INDEX: TargetRule = { expected: (outputs) => `a class index from 0 to ${outputs - 1}`, fits: isIndex };
/** A class index, or the one that does not count. */
export const classIndexOr = (ignored: number): TargetRule => ({
  expected: (outputs) => `${CLASS_INDEX.expected(outputs)}, or ${ignored}`,
  fits: (value, outputs) => value === ignored || isIndex(value, outputs),
});
/** An index into a tensor, or a class of no model. */
export const INDEX: TargetRule = { fits: isIndex, expected: (size) => `an index from 0 to ${size - 1}` };
const isFraction = (value: number): boolean => value >= 0 && value <= 1;
/** Each output for itself is right with this probability. */
export const FRACTION: TargetRule = { expected: () => 'a number from 0 to 1', fits: isFraction };
export const PROBABILITIES: TargetRule = { fits: isFraction, expected: () => 'a probability from 0 to 1', distribution: true };
export const SIGN: TargetRule = { expected: () => '-1 or 1', fits: (value) => value === -1 || value === 1 };

/** Whether nothing can be wrong: over a single output, the right class has all of the probability. */
export const isAlwaysRight = (rule: TargetRule | undefined, outputs: number): boolean => outputs < 2 && (rule === CLASS_INDEX || rule?.distribution === true);

export interface TargetsOf {
  /** The argument, for messages: `trainOnBatch: y`. */
  readonly where: string;
  /** The loss's name. */
  readonly loss: string;
  readonly rule: TargetRule | undefined;
  /** Outputs of the model; of an op that takes indices, how many there are. */
  readonly outputs: number;
  /** What they are taken for, for the message; `3 outputs` by default. */
  readonly of?: string;
  /** Targets in a row. */
  readonly width: number;
  /** Rows of a sample, for targets per position; 1 by default. */
  readonly positions?: number;
  /** The number of a sample in what the caller knows; its index by default. */
  rowOf?(index: number): number;
}

/** Throws a DataError with the row and the value unless all targets [rows, width] fit the loss. */
export function checkTargets(
  y: ArrayLike<number>,
  { where, loss, rule = ANY_TARGET, outputs, of = `${outputs} output${outputs === 1 ? '' : 's'}`, width, positions = 1, rowOf = (index) => index }: TargetsOf,
): void {
  const refuse = (row: number, column: string, expected: string, got: string): never => {
    const position = positions > 1 ? `, position ${row % positions}` : '';
    throw new DataError(
      `${where}, row ${rowOf(Math.floor(row / positions))}${position}${column}: expected ${expected}, as ${loss} takes it for ${of}, got ${got}`,
    );
  };
  for (let i = 0; i < y.length; i++)
    if (!rule.fits(y[i]!, outputs)) refuse(Math.floor(i / width), width > 1 ? `, column ${i % width}` : '', rule.expected(outputs), String(y[i]));
  if (!rule.distribution) return;
  for (let row = 0; row < y.length / width; row++) {
    let sum = 0;
    for (let column = 0; column < width; column++) sum += y[row * width + column]!;
    if (Math.abs(sum - 1) > SUM_TOLERANCE) refuse(row, '', 'probabilities that sum to 1', `a sum of ${sum.toPrecision(4)}`);
  }
}
