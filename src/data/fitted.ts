// Preprocessing fitted on the training data, saved with the model so that new rows are transformed the same way.
import { LIMITS } from '../limits.ts';
import type { Dataset } from './dataset.ts';

/** All that was done to the rows, in this order: columns picked from `table`, missing values filled in, division, scaling. */
export interface FittedDocument {
  /** Numbers per row. */
  inputs: number;
  /** The columns' names, where they have some. */
  features?: string[];
  /** The classes' names, or their indices as text, in the order of their indices; absent in a regression. */
  classes?: string[];
  /** Where the columns were in a CSV, counted from 0: how many there are, those of the features and of the target, and its name in the header. */
  table?: { columns: number; features: number[]; target: number; targetName?: string };
  /** With `missing: "mean"`: what a missing value becomes, column by column. */
  fill?: number[];
  /** All numbers are divided by it: 255 for pixels of IDX files, 16 for the digits. */
  divisor?: number;
  /** Fitted on the training part: x becomes (x - offset) / divisor, column by column. */
  scaling?: { offset: number[]; divisor: number[] };
}

/** What is known of a data set and was done to it. `scaling` is one that it is yet to get. */
export function fittedOf(data: Omit<Dataset, 'x' | 'y' | 'rows' | 'shape' | 'targetSize'>, scaling = data.reading?.scaling): FittedDocument {
  const { features, featureNames, classes, classNames, bytes, reading = {} } = data;
  const named = classNames ?? (classes === undefined || classes > LIMITS.classes ? undefined : Array.from({ length: classes }, (_, index) => String(index)));
  const divisor = reading.divisor ?? (bytes?.divisor === 1 ? undefined : bytes?.divisor);
  return {
    inputs: features,
    ...(featureNames ? { features: [...featureNames] } : {}),
    ...(named ? { classes: [...named] } : {}),
    ...(reading.table ? { table: { ...reading.table, features: [...reading.table.features] } } : {}),
    ...(reading.fill ? { fill: [...reading.fill] } : {}),
    ...(divisor === undefined ? {} : { divisor }),
    ...(scaling ? { scaling: { offset: [...scaling.offset], divisor: [...scaling.divisor] } } : {}),
  };
}
