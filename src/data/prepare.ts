// From a data set to what a network is trained and judged on: parts, scales, one-hot targets.
import { DataError, requireInteger, requireNumber, requireObject, ShapeError, show, UsageError } from '../errors.ts';
import { count } from '../format.ts';
import * as LIMITS from '../limits.ts';
import { toFloats } from '../numbers.ts';
import { type OptionTable, readOptions } from '../option_table.ts';
import { foldIn, keyOf, Random } from '../random.ts';
import { type Dataset, datasetOf, exactly, givenDataset, type Scaling, type TargetScaling, take, withOwnTargets } from './dataset.ts';
import { filledBy } from './gaps.ts';
import { NO_LOGARITHM, scaledTargets, withoutLogarithm } from './target_units.ts';

/** How `split` divides a data set. */
export interface SplitOptions {
  /** Share of the rows for validation, from 0 (default: no such part) to below 1. */
  readonly validation?: number;
  /** Fraction of the rows for the test, from 0 (default: no such part) to below 1. */
  readonly test?: number;
  /** Every part has its share of each class, to a row or two. Default: yes where there are classes. */
  readonly stratified?: boolean;
  /** Decides which rows go where: the same seed, the same parts. 0 by default. */
  readonly seed?: number;
}

/** The parts of a data set; no row is in two of them. */
export interface Split {
  /** What is left for training. */
  readonly train: Dataset;
  /** The validation part, where one was asked for. */
  readonly validation?: Dataset;
  /** The test part, where one was asked for. */
  readonly test?: Dataset;
}

const SHARE = { type: 'number', min: 0, below: 1, default: 0 } as const;
const OPTIONS = {
  validation: SHARE,
  test: SHARE,
  stratified: { type: 'boolean' },
  seed: { type: 'integer', default: 0 },
} as const satisfies OptionTable<SplitOptions>;

/**
 * Splits a data set at random into parts without common rows; what validation and test leave is for training. Sizes are rounded to whole rows. Missing values of
 * a table that were filled in by means become those of the training part.
 *
 * @param given - The data set, which stays as it is.
 * @param options - Fractions for validation and test, stratification and seed.
 * @returns The training part, and those that were asked for.
 * @throws DataError where a part would be empty, that for training included; UsageError for another option, and for a fraction outside its range.
 * @example
 * const { train, validation } = split(data, { validation: 0.2, seed: 7 });
 */
export function split(given: Dataset, options: SplitOptions = {}): Split {
  const data = givenDataset('split', given, false);
  const { validation, test, seed, stratified = data.classes !== undefined } = readOptions<SplitOptions, typeof OPTIONS>('split', OPTIONS, options);
  if (stratified && data.classes === undefined) throw new UsageError('split: stratified needs a data set with classes; this one has numbers as targets');

  const tested = Math.round(test * data.rows);
  const validated = Math.round(validation * data.rows);
  const sizes = { train: data.rows - tested - validated, validation: validated, test: tested };
  for (const [part, share] of [['train', 1 - validation - test] as const, ['validation', validation] as const, ['test', test] as const])
    if (sizes[part] < 1 && (part === 'train' || share > 0))
      throw new DataError(`split: the ${part} part would be empty (${data.rows} rows, validation ${validation}, test ${test}); change the shares or add rows`);

  const shuffled = new Random(foldIn(keyOf(seed), 'split')).shuffle([...Array(data.rows).keys()]);
  const order = stratified ? interleaved(data.y, shuffled) : shuffled;
  const trained = order.slice(tested + validated);
  const filled = filledBy(data, trained);
  return {
    train: take(filled, trained),
    ...(validated > 0 && { validation: take(filled, order.slice(tested, tested + validated)) }),
    ...(tested > 0 && { test: take(filled, order.slice(0, tested)) }),
  };
}

/**
 * The rows so that any stretch of them has its share of each class: the j-th of a class's n rows belongs at (j + 1/2) / n of
 * the way. Rows at the same place keep their (random) order.
 */
function interleaved(labels: Float32Array, rows: readonly number[]): number[] {
  const sizes = new Map<number, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  const seen = new Map<number, number>();
  const places = rows.map((row) => {
    const label = labels[row]!;
    const j = seen.get(label) ?? 0;
    seen.set(label, j + 1);
    return { row, place: (j + 0.5) / sizes.get(label)! };
  });
  return places.sort((a, b) => a.place - b.place).map(({ row }) => row);
}

/**
 * Fits the scaling to mean 0 and standard deviation 1 for every feature: the offset is its mean, the divisor its (population) standard deviation, 1 where it is
 * constant. Fit it on the training part alone and apply it to every part.
 *
 * @param given - The training part.
 * @returns One offset and one divisor per feature, for `applyScaling`.
 * @throws DataError for what is no data set.
 * @example
 * const scaling = fitStandardiser(train);
 * const data = { train: applyScaling(train, scaling), validation: applyScaling(validation, scaling) };
 */
export function fitStandardiser(given: Dataset): Scaling {
  const train = givenDataset('fitStandardiser', given, false);
  const { min, max } = ranges(train);
  const offset = columnMeans(train, (value) => value);
  const variance = columnMeans(train, (value, column) => (value - offset[column]!) ** 2);
  // Least and most tell a constant column; its variance may be a rounding error above 0.
  return { offset, divisor: variance.map((v, column) => (min[column] === max[column] ? 1 : Math.sqrt(v))) };
}

/**
 * Fits the scaling of every feature to the range [0, 1]; a constant one becomes 0. Fit it on the training part alone: other parts may leave [0, 1].
 *
 * @param train - The training part.
 * @returns One offset and one divisor per feature, for `applyScaling`.
 * @throws DataError for what is no data set.
 * @example
 * const scaled = applyScaling(train, fitMinMax(train));
 */
export function fitMinMax(train: Dataset): Scaling {
  const { min, max } = ranges(givenDataset('fitMinMax', train, false));
  return { offset: min, divisor: min.map((low, column) => (low === max[column] ? 1 : max[column]! - low)) };
}

/**
 * The scaling that divides every feature by one constant known beforehand, such as 255 for pixels.
 *
 * @param data - Any data set with those features.
 * @param constant - A finite number other than 0.
 * @returns Offsets of 0 and the constant as divisors, for `applyScaling`.
 * @throws UsageError for 0 and for what is no finite number.
 * @example
 * const pixels = applyScaling(train, divideBy(train, 255));
 */
export function divideBy(data: Dataset, constant: number): Scaling {
  requireObject('divideBy', data, 'a data set, as dataset() builds it');
  requireInteger('divideBy: features', data.features);
  requireNumber('divideBy: constant', constant);
  if (constant === 0) throw new UsageError('divideBy: constant: expected a number other than 0, got 0');
  return { offset: new Array(data.features).fill(0), divisor: new Array(data.features).fill(constant) };
}

const NUMBERS = { type: 'list', of: { type: 'number' }, expected: 'a list of numbers, one per column', required: true } as const;
const SCALING = { offset: NUMBERS, divisor: NUMBERS } as const satisfies OptionTable<Scaling>;
const TARGET_SCALING = { offset: NUMBERS, divisor: NUMBERS, log: { type: 'boolean', default: false } } as const satisfies OptionTable<TargetScaling>;

/**
 * Scales the inputs of a data set; its targets stay. A model that is trained on it keeps the scaling in its file, so that new rows of a CSV are transformed the
 * same way.
 *
 * @param given - The data set, which stays as it is.
 * @param scaling - From `fitStandardiser`, `fitMinMax` or `divideBy`, or a document: one offset and one divisor per feature.
 * @returns A data set with x becoming (x - offset) / divisor.
 * @throws DataError where a scaled value leaves the 32-bit floats; ShapeError for a scaling of another number of features.
 * @example
 * const scaling = fitStandardiser(train);
 * const test01 = applyScaling(test, scaling); // by the training part's mean and deviation
 */
export function applyScaling(given: Dataset, scaling: Scaling): Dataset {
  const data = givenDataset('applyScaling', given, false);
  const { offset, divisor } = readOptions<Scaling, typeof SCALING>('applyScaling', SCALING, scaling);
  for (const [name, list] of Object.entries({ offset, divisor }))
    if (list.length !== data.features) throw new ShapeError(`applyScaling: ${name}: expected ${data.features} numbers, one per feature, got ${list.length}`);
  const from = exactly(data.x);
  const x = new Float32Array(from.length);
  for (let i = 0; i < x.length; ) for (let column = 0; column < data.features; column++, i++) x[i] = (from[i]! - offset[column]!) / divisor[column]!;
  const { bytes, reading } = data;
  // What bytes were divided by is forgotten with them.
  const divided = bytes && bytes.divisor !== 1 ? { divisor: bytes.divisor } : {};
  return datasetOf({ ...data, x, reading: { ...divided, ...reading, scaling: after(reading?.scaling, scaling) } });
}

/**
 * Scales the targets of a data set of numbers to be predicted; its inputs stay. A model that is trained on it keeps the scaling in its file, and what `openModel`
 * opens answers in the targets' own unit; a live trainer predicts and measures in the scaled one.
 *
 * @param given - The data set, which stays as it is.
 * @param scaling - One offset and one divisor per column of the targets, or of their natural logarithms with `log`: then errors count as ratios.
 * @returns A data set with y becoming (y - offset) / divisor.
 * @throws DataError for class indices, where a scaled value leaves the 32-bit floats, and for a target that has no logarithm where one is asked for; ShapeError
 *   for a scaling of another number of columns; UsageError for logarithms of targets that were scaled before.
 * @example
 * const thousands = applyTargetScaling(train, { offset: [0], divisor: [1000] });
 */
export function applyTargetScaling(given: Dataset, scaling: TargetScaling): Dataset {
  const data = givenDataset('applyTargetScaling', given, false);
  const { offset, divisor, log } = readOptions<TargetScaling, typeof TARGET_SCALING>('applyTargetScaling', TARGET_SCALING, scaling);
  const { targetSize, classes, reading } = data;
  if (classes !== undefined) throw new DataError(`applyTargetScaling: the targets are indices of ${classes} classes, which are not scaled`);
  for (const [name, list] of Object.entries({ offset, divisor }))
    if (list.length !== targetSize) throw new ShapeError(`applyTargetScaling: ${name}: expected ${targetSize} numbers, one per target, got ${list.length}`);
  if (log && reading?.targets) throw new UsageError('applyTargetScaling: log: the targets were scaled before: take their logarithms first');
  const lacking = log ? withoutLogarithm(data.y) : -1;
  if (lacking >= 0) throw new DataError(`applyTargetScaling: row ${Math.floor(lacking / targetSize)}: ${NO_LOGARITHM}, got ${data.y[lacking]}`);
  const y = Float32Array.from(scaledTargets(exactly(data.y), { offset, divisor, log }));
  const bad = y.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new DataError(`applyTargetScaling: row ${Math.floor(bad / targetSize)}: ${data.y[bad]} becomes ${y[bad]}, which is no finite 32-bit float`);
  return withOwnTargets(data, y, {
    reading: { ...reading, targets: { ...after(reading?.targets, { offset, divisor }), ...(log || reading?.targets?.log ? { log: true } : {}) } },
  });
}

/** The targets of a data set, or their logarithms, as a scaling to mean 0 and deviation 1. */
export function fitTargets({ y, targetSize }: Pick<Dataset, 'y' | 'targetSize'>, log = false): TargetScaling {
  if (!log) return fitStandardiser(datasetOf({ x: exactly(y), y, shape: [targetSize], targetSize }));
  const logarithms = Float32Array.from(y, (value) => Math.log(value));
  return { ...fitTargets({ y: logarithms, targetSize }), log };
}

/** Logarithms of targets as they are: of data that are not standardised. */
export const plainLogarithms = (targetSize: number): TargetScaling => ({
  offset: new Array<number>(targetSize).fill(0),
  divisor: new Array<number>(targetSize).fill(1),
  log: true,
});

/** What `standardise` scales. */
export interface StandardiseOptions {
  /** Whether the targets are scaled too. Default: yes where they are numbers; say false for probabilities, as bceWithLogits takes them. */
  readonly targets?: boolean;
  /**
   * Whether it is the logarithms of the targets that are scaled and trained on, for targets above 0 that span decades, such as prices: errors then count as
   * ratios. Default false.
   */
  readonly logTargets?: boolean;
}

const STANDARDISE = { targets: { type: 'boolean' }, logTargets: { type: 'boolean', default: false } } as const satisfies OptionTable<StandardiseOptions>;

/**
 * Gives every feature mean 0 and standard deviation 1 by the training part alone, and targets that are numbers too, as `"standardise": true` of a document does.
 * A model that is trained on it keeps that in its file: what `openModel` opens takes rows as they are, and answers in the targets' own unit.
 *
 * @param parts - From `split`, or `{ train }`; they stay as they are.
 * @param options - Whether targets are scaled, and whether as logarithms.
 * @returns The parts, scaled.
 * @throws DataError for what is no data set, for targets that are class indices where they were to be scaled, and for a target that is not above 0 where its
 *   logarithm was to be; UsageError for logarithms of targets that are not scaled.
 * @example
 * const { train, validation } = standardise(split(fromCsv(text, { target: 'price' }), { validation: 0.2 }));
 */
export function standardise(parts: Split, options: StandardiseOptions = {}): Split {
  requireObject('standardise', parts, 'parts of the data, as split() gives them');
  const { train, validation, test } = parts;
  const { logTargets, targets = logTargets || givenDataset('standardise: train', train, false).classes === undefined } = readOptions<
    StandardiseOptions,
    typeof STANDARDISE
  >('standardise', STANDARDISE, options);
  if (logTargets && !targets) throw new UsageError('standardise: logTargets: `targets` is false: say one of the two');
  if (logTargets) for (const [part, data] of Object.entries({ train, validation, test })) if (data) requireLogarithms(`standardise: ${part}`, data);
  const inputs = fitStandardiser(train);
  const outputs = targets ? fitTargets(train, logTargets) : undefined;
  const scale = (data: Dataset): Dataset => {
    const scaled = applyScaling(data, inputs);
    return outputs ? applyTargetScaling(scaled, outputs) : scaled;
  };
  return { train: scale(train), ...(validation ? { validation: scale(validation) } : {}), ...(test ? { test: scale(test) } : {}) };
}

/** Throws a DataError for a target that has no logarithm, with its row. */
export function requireLogarithms(where: string, given: Dataset): void {
  const { y, targetSize, classes } = givenDataset(where, given, false);
  if (classes !== undefined) throw new DataError(`${where}: the targets are indices of ${classes} classes, which have no logarithms to be trained on`);
  const bad = withoutLogarithm(y);
  if (bad >= 0) throw new DataError(`${where}, row ${Math.floor(bad / targetSize)}: ${NO_LOGARITHM}, got ${y[bad]}`);
}

/** One scaling after another, as one: the same to the rounding of the last digit. */
function after(first: Scaling | undefined, { offset, divisor }: Scaling): Scaling {
  if (!first) return { offset: [...offset], divisor: [...divisor] };
  return {
    offset: offset.map((value, column) => first.offset[column]! + value * first.divisor[column]!),
    divisor: divisor.map((value, column) => value * first.divisor[column]!),
  };
}

/**
 * Turns class indices into rows of zeros with a single one: targets for losses that take probabilities.
 *
 * @param given - Integers from 0 to classes - 1.
 * @param classes - Columns, at least 2.
 * @returns [given.length, classes], row after row.
 * @throws DataError for an index that is no class; UsageError for another number of classes.
 * @example
 * oneHot([2, 0], 3); // [0, 0, 1, 1, 0, 0]
 */
export function oneHot(given: ArrayLike<number>, classes: number): Float32Array {
  requireInteger('oneHot: classes', classes, 2);
  const labels = toFloats('oneHot: labels', given);
  if (labels.length * classes > LIMITS.values)
    throw new DataError(
      `oneHot: ${count(labels.length)} rows of ${count(classes)} classes are more than ${count(LIMITS.values)} numbers: use a loss of class indexes`,
    );
  const rows = new Float32Array(labels.length * classes);
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    if (!Number.isInteger(label) || label < 0 || label >= classes)
      throw new DataError(`oneHot: row ${row}: expected a class index from 0 to ${classes - 1}, got ${show(label)}`);
    rows[row * classes + label] = 1;
  }
  return rows;
}

function ranges(data: Dataset): { min: number[]; max: number[] } {
  const min = new Array<number>(data.features).fill(Number.POSITIVE_INFINITY);
  const max = new Array<number>(data.features).fill(Number.NEGATIVE_INFINITY);
  eachValue(data, (value, column) => {
    min[column] = Math.min(min[column]!, value);
    max[column] = Math.max(max[column]!, value);
  });
  return { min, max };
}

function columnMeans(data: Dataset, term: (value: number, column: number) => number): number[] {
  const sums = new Array<number>(data.features).fill(0);
  eachValue(data, (value, column) => {
    sums[column]! += term(value, column);
  });
  return sums.map((sum) => sum / data.rows);
}

function eachValue(data: Dataset, visit: (value: number, column: number) => void): void {
  const x = exactly(data.x);
  for (let i = 0; i < x.length; ) for (let column = 0; column < data.features; column++, i++) visit(x[i]!, column);
}
