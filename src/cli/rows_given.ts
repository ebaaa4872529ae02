// The rows that `predict` and `evaluate` are given: files of any kind that a document can name, as a data section and what it names.
import { statSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import type { DataDocument } from '../experiment/document.ts';
import { pathsOf } from '../experiment/sources/index.ts';
import { isTablePath } from './document_flags.ts';
import { type Files, filesOf, isThere, loadDocument, readBytes } from './documents.ts';

/** Rows, and the files that they are in. */
export interface GivenRows {
  readonly data: DataDocument;
  readonly files: Files;
}

/** What a kind of file is told by, and how many of them make rows; `labelled` where targets are needed, too. */
interface Kind {
  is(path: string): boolean;
  data(paths: readonly string[], own: DataDocument | undefined, labelled: boolean): DataDocument;
}

const ending = (pattern: RegExp) => (path: string) => pattern.test(path);

const KINDS: readonly Kind[] = [
  { is: isTablePath, data: ([path = '']) => ({ source: /\.parquet$/i.test(path) ? 'parquet' : 'csv', path }) },
  {
    is: (path) => isThere(path) && statSync(path).isDirectory(),
    data: ([path = ''], own) => {
      const { size, channels } = own?.source === 'images' ? own : {};
      return { source: 'images', path, ...(size ? { size } : {}), ...(channels === undefined ? {} : { channels }) };
    },
  },
  {
    is: ending(/\.npz$/i),
    data: ([path = ''], own) => ({ source: 'numpy', ...arraysLike(own), path }),
  },
  {
    is: ending(/\.npy$/i),
    data: ([x = '', y], own, labelled) => {
      if (labelled && y === undefined) throw new UsageError(`${x}: the targets are missing: give their .npy file after it`);
      const { divisor, classes } = arraysLike(own);
      return { source: 'numpy', x, y: y ?? '', ...(divisor === undefined ? {} : { divisor }), ...(classes === undefined ? {} : { classes }) };
    },
  },
  { is: ending(/\.bin(?:\.gz)?$/i), data: (files) => ({ source: 'cifar10', files: [...files] }) },
  {
    is: (path) => /idx\d|\.idx|ubyte/i.test(path) || (isThere(path) && beginsAsIdx(readBytes(path))),
    data: ([images = '', labels], _, labelled) => {
      if (labelled && labels === undefined) throw new UsageError(`${images}: the labels are missing: give their file after it`);
      return { source: 'idx', images, labels: labels ?? '' };
    },
  },
];

/** How the arrays of the model's own data are named and divided. */
function arraysLike(own: DataDocument | undefined): { x?: string; y?: string; divisor?: number; classes?: number } {
  if (own?.source !== 'numpy') return {};
  const { path, x, y, divisor, classes } = own;
  return {
    ...(path !== undefined && x !== undefined ? { x } : {}),
    ...(path !== undefined && y !== undefined ? { y } : {}),
    ...(divisor === undefined ? {} : { divisor }),
    ...(classes === undefined ? {} : { classes }),
  };
}

/** Two zeros, and the type of images. */
const beginsAsIdx = ([a, b, type, dimensions]: Uint8Array): boolean => a === 0 && b === 0 && type === 8 && dimensions! >= 2;

/** What the paths hold, read as a model's own data are: `own`. Throws a UsageError for files that are not there, and too many or too few. */
export function rowsGiven(paths: readonly string[], own: DataDocument | undefined, labelled: boolean): GivenRows {
  const [first = ''] = paths;
  if (/\.json$/i.test(first)) {
    requireAll(paths, [first]);
    const { document, files } = loadDocument(first);
    return { data: document.data, files };
  }
  const data = KINDS.find(({ is }) => is(first))?.data(paths, own, labelled) ?? { source: 'csv', path: first };
  const named = data.source === 'numpy' || data.source === 'idx' ? withoutTargets(data, labelled) : data;
  requireAll(paths, data.source === 'numpy' && data.path !== undefined ? [data.path] : pathsOf(data).filter((path) => path !== ''));
  return { data, files: filesOf(named, ['.'], first) };
}

/** With the files alone that are read. */
function withoutTargets(data: DataDocument, labelled: boolean): DataDocument {
  if (labelled) return data;
  // A file that is named twice is read once.
  if (data.source === 'idx') return { ...data, labels: data.images };
  return data.source === 'numpy' && data.path === undefined ? { ...data, y: data.x ?? '' } : data;
}

function requireAll(given: readonly string[], used: readonly string[]): void {
  const extra = given.find((path) => !used.includes(path));
  if (extra !== undefined) throw new UsageError(`${extra}: nothing is done with it: rows are one table, folder, .npz or document, or images and labels`);
}
