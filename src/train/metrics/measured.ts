// What metrics are computed from: an output, the GPU's reductions of its rows, and their results over a data set.
import type { Graph, Value } from '../../graph/graph.ts';
import type { Loss } from '../../nn/losses/loss.ts';

/** The output that a metric measures. */
export interface MeasuredOutput {
  /** The loss of the output. */
  readonly loss: Loss;
  /** Numbers in a row of it. */
  readonly columns: number;
}

/** A pass over some rows, in which a reduction is computed. Positions of sequences are rows, too. */
export interface MeasuredPass extends MeasuredOutput {
  /** The graph of the pass. */
  readonly graph: Graph;
  /** `[rows, columns]`. */
  readonly output: Value;
  /** `[rows, width]`. */
  readonly target: Value;
  /** Of sums over a pass: a mask of i32, `[rows, 1]`; undefined where all rows count. */
  readonly counted: Value | undefined;
}

/** A reduction of each row, or of all rows of a pass, on the GPU, so that outputs need not be read back. Metrics with the same reduction share it. */
export interface Reduction {
  /** Its name; metrics share reductions of one name. */
  readonly name: string;
  /** 'row': `[rows, ...]`, of which those that count are picked afterwards; 'pass': sums over the rows that count, which belong to no row. */
  readonly per: 'row' | 'pass';
  /**
   * Appends it to the pass.
   *
   * @param pass - Output, target and what counts.
   * @returns What it makes of each row, or of all.
   */
  append(pass: MeasuredPass): Value;
}

/** A whole data set, as a metric sees it: rows that do not count in the loss are left out. */
export interface Measured extends MeasuredOutput {
  /** That count. */
  readonly rows: number;
  /** `[rows, width]`. */
  readonly targets: Float32Array;
  /** Numbers in a row of targets. */
  readonly width: number;
  /** The right class of each row; of classifications alone. */
  readonly truth: Int32Array;
  /** What a reduction gave: row after row, or pass after pass. */
  of(reduction: Reduction): Float32Array;
}

/** Classes that an output tells apart: one number is the second of two. */
export const classesOf = ({ columns }: MeasuredOutput): number => Math.max(2, columns);

/** Why class metrics do not apply to an output; undefined if they do. */
export function withoutClasses({ loss, columns }: MeasuredOutput): string | undefined {
  if (!loss.toClassIndex) return `the loss ${loss.name} does not say of which class an output is`;
  if (columns > 1 || (loss.options !== undefined && loss.probabilities !== 'softmax')) return undefined;
  return `the model has one output, and ${loss.name} does not say which numbers are the second of two classes: give the last dense layer 2 units`;
}

/** Why outputs cannot be compared with targets one by one; undefined if they can. */
export function withoutNumbers({ loss, columns }: MeasuredOutput): string | undefined {
  const width = loss.targetSize(columns);
  if (width === columns && loss.targetDtype !== 'i32') return undefined;
  return `it compares each output with its target, and ${loss.name} takes ${loss.targetDtype === 'i32' ? 'indices' : `${width} targets for ${columns} outputs`}: use metric(name, f)`;
}

/** The sums of a reduction that is one number for each column, over all passes. */
export function sumsOf({ columns, ...data }: Measured, reduction: Reduction): Float64Array {
  const sums = new Float64Array(columns);
  data.of(reduction).forEach((value, i) => {
    sums[i % columns]! += value;
  });
  return sums;
}

/** The mean of several numbers, in float64; 0 where there are none. */
export const meanOf = (values: ArrayLike<number>): number => totalOf(values) / Math.max(1, values.length);

export const totalOf = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value, 0);

/** a / b, and 0 where b is 0: as scikit-learn has it where nothing is there to count. */
export const ratio = (a: number, b: number): number => (b === 0 ? 0 : a / b);
