// The data of a run that flags describe, of whatever source.

/** Rows, and the outputs that they need. */
export interface Rows {
  readonly name: string;
  readonly document: object;
  readonly outputs: number;
  readonly regression: boolean;
  /** Of the training part. */
  readonly rows: number;
  /** Whether a sample is more than a list of numbers. */
  readonly flatten?: true;
}

/** Fraction of a table's or a generator's rows that validate. */
export const VALIDATION = 0.2;
/** The rows that are left, as `split` has them. */
export const trainingRows = (all: number): number => all - Math.round(VALIDATION * all);
