// The data of a document that are in files, or are text as files have it. Loaded where a document has such data: what reads tables is large.
import { fromCifar10 } from '../data/cifar.ts';
import { readTable } from '../data/csv_columns.ts';
import { fromTable, type Wanted } from '../data/csv_dataset.ts';
import { columnsOfModel } from '../data/csv_rows.ts';
import { isParquet } from '../data/csv_text.ts';
import { type Dataset, take } from '../data/dataset.ts';
import { fromDigitsCsv } from '../data/digits.ts';
import { fromIdx, unpacked } from '../data/idx.ts';
import { arrayOf, fromNpy, unpackNpz } from '../data/npy.ts';
import { split } from '../data/prepare.ts';
import { DataError, show, UsageError } from '../errors.ts';
import { openAnyTable } from './any_table.ts';
import { classesIn, DEFAULT_SEED, DIGIT_FILES, type ReadFile, type Splits } from './data.ts';
import type { CsvDocument, Experiment, FittedDocument, ImagesDocument, NumpyDocument, ParquetDocument } from './document.ts';
import type { ImageFile } from './images.ts';
import { buildLoss } from './registry/losses.ts';

/** The parts of such data. Throws DataError for data that cannot be used, and UsageError where a file is needed and there is no `read`. */
export async function splitFiles(document: Experiment, read: ReadFile | undefined, fitted: FittedDocument | undefined): Promise<Splits> {
  const { data, seed = DEFAULT_SEED } = document;
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
    case 'csv': {
      const given = data.text ?? (data.path === undefined ? undefined : await file(read, data.path));
      if (given === undefined) throw new UsageError('data: a csv needs "text" or "path"');
      return split(await tableData(given, data, document, fitted), { ...data.split, seed });
    }
    case 'parquet':
      return split(await tableData(await file(read, data.path), data, document, fitted), { ...data.split, seed });
    case 'images':
      return split(await folderOfImages(read, data, fitted), { ...data.split, seed });
    case 'cifar10': {
      if (data.test && data.split?.test) throw new UsageError('data: `test` and `split.test` both set a test part: choose one');
      const [all, test] = await Promise.all([data.files, data.test ?? []].map((paths) => (paths.length > 0 ? cifarPart(read, paths) : undefined)));
      return { ...split(all!, { ...data.split, seed }), ...(test ? { test } : {}) };
    }
    case 'idx': {
      if (data.test && data.split?.test) throw new UsageError('data: `test` and `split.test` both set a test part: choose one');
      const all = await idxPart(read, data, fitted?.classes?.length ?? data.classes);
      return { ...split(all, { ...data.split, seed }), ...(data.test ? { test: await idxPart(read, data.test, all.classes) } : {}) };
    }
    case 'numpy':
      return split(await numpyData(read, document), { ...data.split, seed });
    default:
      throw new UsageError(`data: ${data.source} is in no file`);
  }
}

/** The rows of a table, of which a saved model's own are read as in training. */
async function tableData(
  given: string | Uint8Array,
  data: CsvDocument | ParquetDocument,
  document: Experiment,
  fitted: FittedDocument | undefined,
): Promise<Dataset> {
  const { target, features, categories, task, missing } = data;
  if (data.source === 'parquet' && !isParquet(given)) throw new DataError(`data: ${data.path} is no Parquet file: it does not begin with PAR1`);
  const table = readTable(await openAnyTable(given, data));
  const options = {
    ...(target === undefined ? {} : { target }),
    ...(features ? { features } : {}),
    ...(categories ? { categories } : {}),
    ...(task ? { task } : {}),
    ...(missing ? { missing } : {}),
    ...(fitted?.fill ? { fill: fitted.fill } : {}),
    ...(fitted?.classes ? { classNames: fitted.classes } : {}),
  };
  const wanted = wantedBy(document);
  // Of a file that has changed since, what is read is compared.
  const known = fitted?.table?.values && fitted.table.columns === table.names.length ? columnsOfModel(fitted.table) : undefined;
  return fromTable(table, options, wanted, known);
}

/** What a document's loss takes as targets. */
export function wantedBy({ loss }: Experiment): Wanted {
  const { name, targets, targetDtype, task } = buildLoss(loss);
  if (targetDtype === 'i32') return { loss: name, kind: 'classes' };
  if (task === 'regression') return { loss: name, kind: 'numbers' };
  return { loss: name, kind: 'either', ...(targets ? { fits: (value) => targets.fits(value, 1), expected: targets.expected(1) } : {}) };
}

/** Arrays of NumPy, likewise. */
async function numpyData(read: ReadFile | undefined, { data, loss }: Experiment): Promise<Dataset> {
  const { path, x = 'x', y = 'y', classes, divisor } = data as NumpyDocument;
  const bytesOf = async (name: string): Promise<Uint8Array<ArrayBuffer>> => {
    const bytes = await file(read, name);
    if (typeof bytes === 'string') throw new DataError(`data: ${name}: a file of NumPy is bytes, and \`read\` gave text`);
    return new Uint8Array(bytes);
  };
  const arrays = path === undefined ? undefined : await unpackNpz(await bytesOf(path));
  const [inputs, targets] = await Promise.all([x, y].map(async (name) => (arrays ? arrayOf(arrays, name) : bytesOf(name))));
  const options = divisor === undefined ? {} : { divisor };
  const numbers = fromNpy(inputs!, targets!, options);
  const whole = buildLoss(loss).targetDtype === 'i32' && numbers.targetSize === 1 && numbers.y.every((value) => Number.isInteger(value) && value >= 0);
  const given = classes ?? (whole ? classesIn(numbers.y) : undefined);
  return given === undefined ? numbers : fromNpy(inputs!, targets!, { ...options, classes: given });
}

async function file(read: ReadFile | undefined, name: string): Promise<string | Uint8Array> {
  if (!read) throw new UsageError(`data: the file ${name} is needed: give runExperiment a \`read\` that returns it`);
  return read(name);
}

async function fileText(read: ReadFile | undefined, name: string): Promise<string> {
  const given = await file(read, name);
  return typeof given === 'string' ? given : new TextDecoder().decode(given);
}

/** Files that are asked for at once. */
const AT_ONCE = 32;

/** The images in a folder, whose folders are their classes. */
async function folderOfImages(
  read: ReadFile | undefined,
  { path, size, channels, classNames: named }: ImagesDocument,
  fitted: FittedDocument | undefined,
): Promise<Dataset> {
  const names = listing(path, await fileText(read, path));
  const files: ImageFile[] = [];
  for (let first = 0; first < names.length; first += AT_ONCE)
    files.push(
      ...(await Promise.all(
        names.slice(first, first + AT_ONCE).map(async (name): Promise<ImageFile> => {
          const bytes = await file(read, `${path}/${name}`);
          if (typeof bytes === 'string') throw new DataError(`data: ${path}/${name}: an image is bytes, and \`read\` gave text`);
          return { bytes, label: name.split('/')[0]!, name: `${path}/${name}` };
        }),
      )),
    );
  const { fromImages } = await import('./images.ts');
  const classNames = fitted?.classes ?? named;
  return fromImages(files, { ...(size ? { size } : {}), ...(channels === undefined ? {} : { channels }), ...(classNames ? { classNames } : {}) });
}

/** The files of a folder, which come as JSON. */
function listing(path: string, text: string): string[] {
  let names: unknown;
  try {
    names = JSON.parse(text);
  } catch (cause) {
    throw new DataError(`data: ${path}: expected a JSON list of the files in this folder, got ${show(text.slice(0, 40))}`, { cause });
  }
  if (!Array.isArray(names) || names.length === 0 || !names.every((name) => typeof name === 'string' && /^[^/]+\/./.test(name)))
    throw new DataError(`data: ${path}: expected images in folders, one for each class, such as cat/1.png; got ${show(names)}`);
  return names as string[];
}

async function cifarPart(read: ReadFile | undefined, paths: readonly string[]): Promise<Dataset> {
  const files = paths.map(async (name) => {
    const bytes = await unpacked(await file(read, name));
    if (typeof bytes === 'string') throw new DataError(`data: ${name}: a file of CIFAR-10 is bytes, and \`read\` gave text`);
    return bytes;
  });
  return fromCifar10(await Promise.all(files));
}

async function idxPart(read: ReadFile | undefined, { images, labels }: { images: string; labels: string }, classes?: number): Promise<Dataset> {
  const [x, y] = await Promise.all(
    [images, labels].map(async (name) => {
      const bytes = await file(read, name);
      if (typeof bytes === 'string') throw new DataError(`data: ${name}: an IDX file is bytes, and \`read\` gave text`);
      return unpacked(bytes);
    }),
  );
  return fromIdx(x!, y!, classes === undefined ? {} : { classes });
}
