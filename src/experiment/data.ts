// From the document's data section to the data sets of a run: made or read, split, standardized, with targets as the loss wants them.
import { fromCsv } from '../data/csv_dataset.ts';
import { type Dataset, dataset, take } from '../data/dataset.ts';
import { fromDigitsCsv, INK } from '../data/digits.ts';
import { fittedOf } from '../data/fitted.ts';
import { generate } from '../data/generators/index.ts';
import { fromIdx, gunzip, WHITE } from '../data/idx.ts';
import { applyScaling, divideBy, fitStandardiser, oneHot, split } from '../data/prepare.ts';
import { DataError, requireFunction, show, UsageError } from '../errors.ts';
import { SIGN } from '../nn/targets.ts';
import type { DataDocument, Experiment, FittedDocument } from './document.ts';
import { buildLoss } from './registry/losses.ts';
import { givenExperiment } from './schema.ts';
import { widthAfter } from './size.ts';

/** The parts of a run's data. */
export interface Splits {
  /** What the model is trained on. */
  train: Dataset;
  /** What it is validated on meanwhile, where the document sets rows apart for it. */
  validation?: Dataset;
  /** What it is evaluated on at the end only. */
  test?: Dataset;
}

/** The data sets of a document, with how they were prepared. */
export interface LoadedData extends Splits {
  /** Preprocessing fitted on the training part, saved with the model so that new rows are transformed the same way. */
  fitted: FittedDocument;
}

/** Gives a file by its name, as text or as bytes. */
export type ReadFile = (name: string) => Promise<string | Uint8Array>;

/** The seed of a document that names none. */
export const DEFAULT_SEED = 1;

/** The files of the digits. The caller provides them (demo/data has them). */
export const DIGIT_FILES = { train: 'digits-train.csv', test: 'digits-test.csv' } as const;

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
  const parts = await splitParts(document.data, document.seed ?? DEFAULT_SEED, read, given);
  if (given) requireSameColumns(parts.train, given);
  const fitted = given ?? fittedOf(parts.train, document.data.standardise ? fitStandardiser(parts.train) : undefined);
  const finish = (data: Dataset): Dataset => prepared(data, document, fitted);
  return {
    train: finish(parts.train),
    ...(parts.validation ? { validation: finish(parts.validation) } : {}),
    ...(parts.test ? { test: finish(parts.test) } : {}),
    fitted,
  };
}

/** The file that a saved model was trained on may have been rewritten since, with its columns in another order, and the document finds columns by index. */
function requireSameColumns({ featureNames, reading }: Dataset, { features, table }: FittedDocument): void {
  const names = (columns: readonly string[], target: string | undefined): string => show([...columns, ...(target === undefined ? [] : [target])]);
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
  return withTargets(scaled(data, fitted), document);
}

/** The data set with its inputs divided and scaled, unless that was done before: to the bits of the training data. */
export function scaled(data: Dataset, { divisor, scaling }: FittedDocument): Dataset {
  const divided = divisor === undefined || data.reading?.divisor !== undefined ? data : applyScaling(data, divideBy(data, divisor));
  return scaling && !data.reading?.scaling ? applyScaling(divided, scaling) : divided;
}

/** What sources divide by. A model that was saved before this was written into its file has it from here. */
const DIVISORS: Readonly<Partial<Record<DataDocument['source'], number>>> = { idx: WHITE, digits: INK };

/** How the rows of a saved model were prepared. What an older file leaves out follows from its data section. */
export function fittedIn(data: DataDocument, fitted: FittedDocument): FittedDocument {
  const { divisor = DIVISORS[data.source], table = oldTable(data, fitted.inputs) } = fitted;
  return { ...fitted, ...(divisor === undefined ? {} : { divisor }), ...(table ? { table } : {}) };
}

/** Where the columns were, where that is certain without the table: a target that was given by its name is found by it alone. */
function oldTable(data: DataDocument, inputs: number): FittedDocument['table'] {
  if (data.source !== 'digits' && (data.source !== 'csv' || data.features || typeof data.target === 'string')) return undefined;
  const target = data.source === 'csv' && typeof data.target === 'number' ? data.target : inputs;
  return { columns: inputs + 1, features: [...Array(inputs + 1).keys()].filter((column) => column !== target), target };
}

async function splitParts(data: DataDocument, seed: number, read: ReadFile | undefined, given: FittedDocument | undefined): Promise<Splits> {
  switch (data.source) {
    case 'digits': {
      const [all, test] = await Promise.all([DIGIT_FILES.train, DIGIT_FILES.test].map(async (name) => fromDigitsCsv(await fileText(read, name))));
      // The file's order is random, so its first rows are a fair sample.
      const used =
        data.rows === undefined
          ? all!
          : take(
              all!,
              Array.from({ length: Math.min(data.rows, all!.rows) }, (_, row) => row),
            );
      return { ...split(used, { validation: data.split?.validation ?? 0, seed }), test: test! };
    }
    case 'generator':
      return split(generate(data.name, data.params, seed), { ...data.split, seed });
    case 'csv': {
      const text = data.text ?? (data.path === undefined ? undefined : await fileText(read, data.path));
      if (text === undefined) throw new UsageError('data: a csv needs "text" or "path"');
      const { target, features, task, missing } = data;
      const all = fromCsv(text, {
        ...(target === undefined ? {} : { target }),
        ...(features ? { features } : {}),
        ...(task ? { task } : {}),
        ...(missing ? { missing } : {}),
        ...(given?.fill ? { fill: given.fill } : {}),
        ...(given?.classes ? { classNames: given.classes } : {}),
      });
      return split(all, { ...data.split, seed });
    }
    case 'idx': {
      if (data.test && data.split?.test) throw new UsageError('data: `test` and `split.test` both set a test part: choose one');
      const all = await idxPart(read, data, given?.classes?.length);
      return { ...split(all, { ...data.split, seed }), ...(data.test ? { test: await idxPart(read, data.test, all.classes) } : {}) };
    }
    case 'arrays':
      return split(dataset({ x: data.x, y: data.y, ...(data.classes === undefined ? {} : { classes: data.classes }) }), { ...data.split, seed });
  }
}

async function file(read: ReadFile | undefined, name: string): Promise<string | Uint8Array> {
  if (!read) throw new UsageError(`data: the file ${name} is needed: give runExperiment a \`read\` that returns it`);
  return read(name);
}

async function fileText(read: ReadFile | undefined, name: string): Promise<string> {
  const given = await file(read, name);
  return typeof given === 'string' ? given : new TextDecoder().decode(given);
}

async function idxPart(read: ReadFile | undefined, { images, labels }: { images: string; labels: string }, classes?: number): Promise<Dataset> {
  const [x, y] = await Promise.all(
    [images, labels].map(async (name) => {
      const bytes = await file(read, name);
      if (typeof bytes === 'string') throw new DataError(`data: ${name}: an IDX file is bytes, and \`read\` gave text`);
      return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzip(new Uint8Array(bytes)) : bytes;
    }),
  );
  return fromIdx(x!, y!, classes === undefined ? {} : { classes });
}

/** Class indices where the loss takes them; for the other losses rows of 0 and 1, or of -1 and 1 where it takes signs, or one column where the model has one output. */
function withTargets(data: Dataset, { loss, model }: Experiment): Dataset {
  const { name, targets, targetDtype } = buildLoss(loss);
  if (data.classes === undefined || targetDtype === 'i32') return data;
  const outputs = widthAfter(model.layers) || data.classes;
  if (outputs !== data.classes && !(outputs === 1 && data.classes === 2))
    throw new DataError(
      `data has ${data.classes} classes and the last dense layer ${outputs} units: with the loss ${name} give it ${data.classes === 2 ? '1 or 2' : data.classes}`,
    );
  const bits = outputs === 1 ? data.y : oneHot(data.y, data.classes);
  const { classes: _classes, classNames: _names, ...rest } = data;
  return { ...rest, y: targets === SIGN ? bits.map((bit) => 2 * bit - 1) : bits, targetSize: outputs };
}
