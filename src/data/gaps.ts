// Missing values that were filled in by means: once it is known which rows are trained on, the means are theirs, as those of scaling are.
import { type Dataset, datasetOf } from './dataset.ts';

/** Inputs of all rows, filled in anew, and with what. */
interface Filled {
  readonly x: Float64Array;
  readonly fill: readonly number[];
}

/** By the inputs of a data set: how they are filled by the means of some of its rows. */
const FILLED = new WeakMap<Float32Array, (rows: readonly number[]) => Filled>();

/** Says how the missing values of a data set are filled by the means of some of its rows. */
export function fillLater(data: Dataset, by: (rows: readonly number[]) => Filled): void {
  FILLED.set(data.x, by);
}

/** The data set with its missing values filled by the means of these rows; itself where none were filled in. */
export function filledBy(data: Dataset, rows: readonly number[]): Dataset {
  const filled = data.bytes ? undefined : FILLED.get(data.x)?.(rows);
  return filled ? datasetOf({ ...data, x: filled.x, reading: { ...data.reading, fill: filled.fill } }) : data;
}
