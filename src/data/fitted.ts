// Preprocessing fitted on the training data, saved with the model so that new rows are transformed the same way.
import * as LIMITS from '../limits.ts';
import type { Dataset, TableColumns, TargetScaling } from './dataset.ts';

/** All that was done to the rows, in this order: columns picked from `table`, missing values filled in, division, scaling. */
export interface FittedDocument {
  /** Numbers per row. */
  inputs: number;
  /** The columns' names, where they have some. */
  features?: string[];
  /** The classes' names, or their indices as text, in the order of their indices; absent in a regression. */
  classes?: string[];
  /** Where the columns were in a CSV, counted from 0, what was in them, and how it was written. */
  table?: TableDocument;
  /** With `missing: "mean"`: what a missing value becomes, input by input. */
  fill?: number[];
  /** All numbers are divided by it: 255 for pixels of IDX files, 16 for the digits. */
  divisor?: number;
  /** Fitted on the training part: x becomes (x - offset) / divisor, column by column. */
  scaling?: { offset: number[]; divisor: number[] };
  /** The same of a regression's targets, which the loss sees scaled: answers are output * divisor + offset, or with `log` e to that power. */
  targets?: { offset: number[]; divisor: number[]; log?: boolean };
}

/** A table that a model was trained on. */
export interface TableDocument {
  /** How many columns there are. */
  columns: number;
  /** Those of the features, in their order. */
  features: number[];
  /** That of the target. */
  target: number;
  /** The target's name in the header. */
  targetName?: string;
  /** Names of the features' columns in the header. */
  names?: string[];
  /** What the cells of the features are; of categories, those that there are. Absent where all are numbers. */
  values?: ('number' | 'boolean' | string[])[];
  /** What stood between fields. */
  separator?: string;
  /** What stood before fractions. */
  decimal?: string;
  /** What stood between groups of digits. */
  thousands?: string;
  /** The least and the largest number of each feature, none for what is no number: of new rows far outside it is said. */
  ranges?: number[][];
  /** The signs, of a currency or of percent, that were taken away from numbers, feature by feature; '' for none. */
  signs?: string[];
  /** That of the target. */
  targetSign?: string;
  /** Words for a missing value. */
  missingWords?: string[];
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
    ...(reading.table ? { table: tableOf(reading.table) } : {}),
    ...(reading.fill ? { fill: [...reading.fill] } : {}),
    ...(divisor === undefined ? {} : { divisor }),
    ...(scaling ? { scaling: { offset: [...scaling.offset], divisor: [...scaling.divisor] } } : {}),
    ...(reading.targets ? { targets: targetsOf(reading.targets) } : {}),
  };
}

/** A scaling of targets as a file has it. */
export const targetsOf = ({ offset, divisor, log }: TargetScaling): NonNullable<FittedDocument['targets']> => ({
  offset: [...offset],
  divisor: [...divisor],
  ...(log ? { log } : {}),
});

/** How a table was written matters where it was not as usual: what is usual is left out. */
function tableOf({
  columns,
  features,
  target,
  targetName,
  names,
  values,
  separator,
  decimal,
  thousands,
  ranges,
  signs,
  targetSign,
  missingWords,
}: TableColumns): TableDocument {
  return {
    columns,
    features: [...features],
    target,
    ...(targetName === undefined ? {} : { targetName }),
    ...(names && values ? { names: [...names] } : {}),
    ...(values ? { values: values.map((each) => (typeof each === 'string' ? each : [...each])) } : {}),
    ...(separator === undefined || separator === ',' ? {} : { separator }),
    ...(decimal === undefined || decimal === '.' ? {} : { decimal }),
    ...(thousands ? { thousands } : {}),
    ...(ranges ? { ranges: ranges.map((each) => [...each]) } : {}),
    ...(signs ? { signs: [...signs] } : {}),
    ...(targetSign ? { targetSign } : {}),
    ...(missingWords ? { missingWords: [...missingWords] } : {}),
  };
}
