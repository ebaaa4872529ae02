// From the document's data section to the data sets of a run: made or read, split, standardized, with targets as the loss wants them.
import { type DataSummary, plainly } from '../data/csv_summary.ts';
import type { Dataset } from '../data/dataset.ts';
import { fittedOf, targetsOf } from '../data/fitted.ts';
import { applyScaling, applyTargetScaling, divideBy, fitStandardiser, fitTargets, oneHot, plainLogarithms } from '../data/prepare.ts';
import { summaryOfRows } from '../data/rows_summary.ts';
import { wideTargetNotes } from '../data/wide_targets.ts';
import { DataError, requireFunction, show } from '../errors.ts';
import { listed } from '../nearest.ts';
import { SIGN } from '../nn/targets.ts';
import type { Experiment, FittedDocument } from './document.ts';
import { buildLoss } from './registry/losses.ts';
import { givenExperiment } from './schema.ts';
import { widthAfter } from './size.ts';
import { readParts, sourceOf } from './sources/index.ts';
import type { ReadFile, Reading, Splits } from './sources/reading.ts';

export { DIGIT_FILES, type ReadFile, type Splits } from './sources/reading.ts';

/** The data sets of a document, with how they were prepared. */
export interface LoadedData extends Splits {
  /** Preprocessing fitted on the training part, saved with the model so that new rows are transformed the same way. */
  fitted: FittedDocument;
  /** What was understood of them; absent of the digits, which are known. */
  summary?: DataSummary;
}

/** The seed of a document that names none. */
export const DEFAULT_SEED = 1;

/**
 * Makes or reads the data sets of a document, and prepares them as it says.
 *
 * @param experiment - The document, as `parseExperiment` returns it.
 * @param read - Gives a file that the document names, by its name; needed for CSV and IDX paths and for the digits.
 * @param given - Preprocessing of a saved model, in place of what is fitted on the training part.
 * @returns The data sets, and the preprocessing that they had.
 * @throws DataError for data that cannot be used; UsageError where a file is needed and there is no `read`.
 * @example
 * const { train, validation } = await loadData(experiment, async (name) => (await fetch(name)).text());
 */
export async function loadData(experiment: Experiment, read?: ReadFile, given?: FittedDocument): Promise<LoadedData> {
  const document = givenExperiment('loadData', experiment);
  if (read !== undefined) requireFunction('loadData: read', read);
  const parts = await readParts(document.data, readingOf(document, read, given));
  if (given) requireSameColumns(parts.train, given);
  const fitted = given ?? fittedBy(parts.train, document);
  const finish = (data: Dataset): Dataset => prepared(data, document, fitted);
  const summary = parts.train.reading?.summary ?? rowsSummary(document, parts);
  return {
    train: finish(parts.train),
    ...(parts.validation ? { validation: finish(parts.validation) } : {}),
    ...(parts.test ? { test: finish(parts.test) } : {}),
    fitted,
    ...(summary ? { summary: withTargetNotes(summary, fitted, isMeasured(document) ? wideTargetNotes(parts.train) : []) } : {}),
  };
}

/** What the rows of a document are read for. */
export const readingOf = ({ loss, seed = DEFAULT_SEED }: Experiment, read?: ReadFile, fitted?: FittedDocument): Reading => ({ loss, seed, read, fitted });

/** What was understood of rows that come from no table; the digits need no telling. */
function rowsSummary({ data }: Experiment, { train, validation, test }: Splits): DataSummary | undefined {
  const origin = sourceOf(data).origin?.(data);
  return origin === undefined ? undefined : summaryOfRows(origin, [train, ...(validation ? [validation] : []), ...(test ? [test] : [])]);
}

/** Whether targets are numbers that somebody has measured, and may put down otherwise. */
const isMeasured = ({ data, loss }: Experiment): boolean => data.source !== 'generator' && buildLoss(loss).task === 'regression';

/** With a word on the unit of the loss, and on targets of several sizes. */
function withTargetNotes(summary: DataSummary, { targets }: FittedDocument, wide: readonly string[]): DataSummary {
  if (!targets) return { ...summary, notes: [...summary.notes, ...wide] };
  if (targets.log) return { ...summary, notes: [...summary.notes, logNote(targets)] };
  const [mean, deviation] = [targets.offset[0], targets.divisor[0]].map((value) => plainly(value!));
  const note = `targets are standardised, by mean ${mean} and deviation ${deviation}: the loss counts deviations; RMSE, MAE and predictions are in their own unit`;
  return { ...summary, notes: [...summary.notes, note, ...wide] };
}

/** What the loss counts where logarithms are trained on. */
function logNote({ offset, divisor }: NonNullable<FittedDocument['targets']>): string {
  const [middle, factor] = [plainly(Math.exp(offset[0]!)), plainly(Math.exp(divisor[0]!))];
  const one =
    middle === '1' ? 'the loss counts their differences' : `the loss counts deviations, one of which is a factor of ${factor}, from the middle ${middle}`;
  return `targets are trained on as their logarithms: ${one}; R2, RMSE, MAE and predictions are of the numbers themselves, in their own unit`;
}

/** What is learnt of the training part. */
function fittedBy(train: Dataset, document: Experiment): FittedDocument {
  const { standardise, logTargets: log = false } = { logTargets: undefined, ...document.data };
  const fitted = fittedOf(train, standardise ? fitStandardiser(train) : undefined);
  // Of a loss that takes numbers of any size.
  const { name, task } = buildLoss(document.loss);
  const isMeasured = train.classes === undefined && task === 'regression';
  if (log && !isMeasured)
    throw new DataError(
      `data: \`logTargets\`: ${train.classes === undefined ? `the loss ${name} is of classes` : `the targets are ${train.classes} classes`}, and only numbers to be predicted have logarithms: leave it out`,
    );
  if (!isMeasured || !(standardise || log)) return fitted;
  const { y, targetSize } = withTargets(train, document);
  return { ...fitted, targets: targetsOf(standardise ? fitTargets({ y, targetSize }, log) : plainLogarithms(targetSize)) };
}

/** The file that a saved model was trained on may have been rewritten since, with its columns in another order, and the document finds columns by index. */
function requireSameColumns({ featureNames, reading }: Dataset, { features, table }: FittedDocument): void {
  const names = (columns: readonly string[], target: string | undefined): string => listed([...columns, ...(target === undefined ? [] : [target])]);
  const [now, then] = [reading?.table?.targetName, table?.targetName];
  const moved = features && featureNames && features.some((name, column) => name !== featureNames[column]);
  if (moved || (now !== undefined && then !== undefined && now !== then))
    throw new DataError(
      `data: its columns are ${names(featureNames ?? [], now)}, the target last, and the model was trained on ${names(features ?? [], then)}: the file has changed since`,
    );
}

/** Data as a run of the document sees it: divided and scaled as its training part was, with targets as its loss takes them. Throws DataError. */
export function prepared(data: Dataset, document: Experiment, fitted: FittedDocument): Dataset {
  const { inputs } = fitted;
  if (data.features !== inputs) throw new DataError(`expected ${inputs} numbers in a row, as the model was trained on, got ${data.features}`);
  const given = withTargets(scaled(data, fitted), document);
  return withScaledTargets(given, fitted);
}

/** The data set with its targets scaled as those of the training part were, unless that was done before. */
export function withScaledTargets(data: Dataset, { targets }: FittedDocument): Dataset {
  if (!targets || data.reading?.targets) return data;
  if (targets.offset.length !== data.targetSize)
    throw new DataError(`expected ${targets.offset.length} targets in a row, as the model was trained on, got ${data.targetSize}`);
  return applyTargetScaling(data, targets);
}

/** The data set with its inputs divided and scaled, unless that was done before: to the bits of the training data. */
export function scaled(data: Dataset, { divisor, scaling }: FittedDocument): Dataset {
  const isDivided = data.reading?.divisor !== undefined || (data.bytes !== undefined && data.bytes.divisor !== 1);
  const divided = divisor === undefined || isDivided ? data : applyScaling(data, divideBy(data, divisor));
  return scaling && !data.reading?.scaling ? applyScaling(divided, scaling) : divided;
}

/** Class indices where the loss takes them; for the other losses rows of 0 and 1, or of -1 and 1 where it takes signs, or one column where the model has one output. */
function withTargets(data: Dataset, { loss, model }: Experiment): Dataset {
  const { name, targets, targetDtype } = buildLoss(loss);
  const outputs = widthAfter(model.layers);
  if (targetDtype === 'i32') {
    requireClasses(data, name, outputs);
    return data;
  }
  if (data.classes === undefined) return data;
  const units = outputs || data.classes;
  if (units !== data.classes && !(units === 1 && data.classes === 2))
    throw wrongOutputs(data, name, units, data.classes === 2 ? '1 or 2' : String(data.classes));
  const bits = units === 1 ? data.y : oneHot(data.y, data.classes);
  const { classes: _classes, classNames: _names, ...rest } = data;
  return { ...rest, y: targets === SIGN ? bits.map((bit) => 2 * bit - 1) : bits, targetSize: units };
}

/** Throws a DataError unless the data have a class for each output of the model, or probabilities for all. `outputs` may be unknown, NaN. */
function requireClasses(data: Dataset, loss: string, outputs: number): void {
  const { classes, targetSize, y } = data;
  if (outputs === 1)
    throw new DataError(
      `the loss ${loss} compares outputs, one for each class, and the model has one: over a single output every answer is right. Give the last layer ${classes ?? 'as many'} units${classes === undefined ? ' as there are classes' : ''}, or choose the loss bce_with_logits for a yes or no`,
    );
  if (classes !== undefined && outputs > 0 && classes !== outputs) throw wrongOutputs(data, loss, outputs, String(classes));
  if (classes === undefined && targetSize === 1) {
    const odd = y.findIndex((value) => !Number.isInteger(value) || value < 0);
    throw new DataError(
      `data: the loss ${loss} takes classes, and the targets are numbers, such as ${y[Math.max(0, odd)]} in row ${Math.max(0, odd)} of the training part: for numbers choose a loss such as mse and one output; classes count from 0`,
    );
  }
}

/** The data's classes are not the model's outputs; says what the classes are, as it may be they that are wrong. */
function wrongOutputs({ classes, classNames, reading }: Dataset, loss: string, outputs: number, wanted: string): DataError {
  const target = reading?.summary?.columns.find(({ use }) => use === 'target');
  const once = target?.values?.filter(({ rows }) => rows === 1) ?? [];
  const found = classNames ? `: ${listed(classNames)}` : '';
  const name = target ? `the target ${show(target.name)} has` : 'the data have';
  const header =
    reading?.summary?.header && target && !Number.isNaN(Number(target.name)) ? '; the first line was taken for names, `header`: false takes it for a row' : '';
  // A name of a column among the classes, say.
  if (once.length > 0 && once.length < classes!)
    return new DataError(
      `${once[0]!.first}: the class ${show(once[0]!.name)} is in this row alone, and ${name} ${classes} classes${found}, for ${outputs} output${outputs === 1 ? '' : 's'} with the loss ${loss}: correct the cell; is the first line a header, say \`header\`: true`,
    );
  const more =
    outputs > classes!
      ? '; are some not in these data, `classes` of arrays and IDX files says how many there are'
      : reading?.summary
        ? '; is it no column of classes, `target` names another'
        : '';
  return new DataError(
    `${name} ${classes} classes${found}, and the last layer gives ${outputs} output${outputs === 1 ? '' : 's'}: with the loss ${loss} it has ${wanted} units${reading?.summary && outputs > classes! ? header : more + header}`,
  );
}
