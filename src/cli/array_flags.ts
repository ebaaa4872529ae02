// Arrays of NumPy as the data of a run that flags describe: which of them are inputs and which targets, and what the targets are.
import { basename } from 'node:path';
import { oneHotIndices } from '../data/one_hot.ts';
import { show, UsageError } from '../errors.ts';
import { listed } from '../nearest.ts';
import type { DocumentFlags } from './document_flags.ts';
import { type Rows, trainingRows, VALIDATION } from './flag_rows.ts';

/** Whether a name is that of a file of arrays. */
export const isArraysPath = (path: string): boolean => /\.np[yz]$/i.test(path);

/** Names of targets and of inputs in .npz files, the likeliest first; of parts as `x_train`, `train_x` or `trainX`. */
const TARGETS = ['y', 'target', 'targets', 'label', 'labels'];
const INPUTS = ['x', 'data', 'inputs', 'features', 'images'];

/** Different whole numbers up to which they are classes, as of a table. */
const MOST_CLASSES = 20;

/** The file of the targets, where the inputs have one of their own. Throws a UsageError where it is not named. */
export function targetFileOf(path: string, { target }: DocumentFlags): string | undefined {
  if (/\.npz$/i.test(path)) return undefined;
  if (typeof target === 'string' && isArraysPath(target)) return target;
  throw new UsageError(
    `${path}: it holds one array: --target names the file of the targets, as in \`fathom ${basename(path)} --target y.npy\`; or put inputs and targets into one .npz, as x and y`,
  );
}

/** Inputs and targets; `task` decides where whole numbers could be either. Throws a UsageError that names the arrays, or a DataError for damaged ones. */
export async function arraysOf(path: string, file: Uint8Array, flags: DocumentFlags, targets?: Uint8Array): Promise<Rows> {
  const { fromNpy, parseNpy, unpackNpz } = await import('../data/npy.ts');
  const { target, task, logTargets } = flags;
  if (task !== undefined && task !== 'classification' && task !== 'regression')
    throw new UsageError(`--task: expected classification or regression, got ${show(task)}`);
  let [x, y, place] = [file, targets, { x: path, y: target } as object];
  if (!y) {
    const arrays = await unpackNpz(new Uint8Array(file));
    const names = namesIn(path, Object.keys(arrays), target);
    [x, y, place] = [arrays[names.x]!, arrays[names.y]!, { path, ...names }];
  }
  const { rows, targetSize, shape, y: numbers } = fromNpy(x, y);
  const classes = task === 'regression' ? undefined : classesOf(numbers, targetSize, task === 'classification');
  const bytes = arePixels(parseNpy(x).data, shape);
  return {
    name: basename(path).replace(/\.\w+$/, ''),
    // The range of pixels is known; they stay bytes.
    document: {
      source: 'numpy',
      ...place,
      ...(classes === undefined ? {} : { classes }),
      ...(bytes ? { divisor: 255 } : {}),
      split: { validation: VALIDATION },
      standardise: !bytes || classes === undefined,
      ...(logTargets === undefined ? {} : { logTargets }),
    },
    outputs: classes ?? targetSize,
    regression: classes === undefined,
    rows: trainingRows(rows),
    ...(shape.length > 1 ? { flatten: true } : {}),
  };
}

interface Names {
  readonly x: string;
  readonly y: string;
  readonly test?: { readonly x: string; readonly y: string };
}

/** The likeliest of `words` among names, of a part of the data or, with '', of all of them. */
function named(names: readonly string[], words: readonly string[], part: '' | 'train' | 'test'): string | undefined {
  const plain = (name: string): string => name.toLowerCase().replaceAll('_', '');
  for (const word of words) {
    const found = names.find((name) => [part + word, word + part].includes(plain(name)));
    if (found !== undefined) return found;
  }
  return undefined;
}

function namesIn(path: string, names: readonly string[], target: unknown): Names {
  const say = `${path} has ${names.length === 1 ? `one array, ${show(names[0])}` : `the arrays ${listed(names)}`}`;
  if (target !== undefined && !names.includes(String(target))) throw new UsageError(`--target: ${say}, and none named ${show(target)}`);
  if (names.length === 1) throw new UsageError(`${say}: inputs and targets are two, such as np.savez('data.npz', x=x, y=y)`);
  const likeliest = (words: readonly string[], of: readonly string[]): string | undefined => named(of, words, '') ?? named(of, words, 'train');
  const y = target === undefined ? likeliest(TARGETS, names) : String(target);
  if (y === undefined) throw new UsageError(`${say}: --target says which are the targets`);
  const others = names.filter((name) => name !== y);
  const x = likeliest(INPUTS, others) ?? (others.length === 1 ? others[0] : undefined);
  if (x === undefined) throw new UsageError(`${say}, the targets are ${show(y)}, and the inputs none of ${listed(INPUTS)}: call them x`);
  const test = { x: named(names, INPUTS, 'test'), y: named(names, TARGETS, 'test') };
  return { x, y, ...(test.x !== undefined && test.y !== undefined && test.y !== y ? { test: { x: test.x, y: test.y } } : {}) };
}

/** Whether bytes are pixels, and not yes and no, ages or counts: those of a picture have rows and columns, or reach beyond half of what a byte holds. */
function arePixels(values: ArrayLike<number>, shape: readonly number[]): boolean {
  if (!(values instanceof Uint8Array)) return false;
  const most = values.reduce((largest, value) => Math.max(largest, value), 0);
  return most !== 1 && (shape.length > 1 || most > 127);
}

/** How many classes whole numbers from 0 on, or one-hot rows, are; undefined where they are numbers. */
function classesOf(labels: Float32Array, targetSize: number, wanted: boolean): number | undefined {
  if (targetSize > 1) {
    const oneHot = oneHotIndices(labels, targetSize) !== undefined;
    if (wanted && !oneHot) throw new UsageError(`--task classification: rows of ${targetSize} targets are classes where one is 1 and all others are 0`);
    return oneHot ? targetSize : undefined;
  }
  const different = new Set(labels);
  const whole = labels.every((label) => Number.isInteger(label) && label >= 0);
  if (wanted && !whole) throw new UsageError('--task classification: the targets are no whole numbers from 0 on: class indices count from 0');
  if (!wanted && !(whole && different.size >= 2 && different.size <= MOST_CLASSES && labels.length >= 2 * different.size)) return undefined;
  const classes = labels.reduce((most, label) => Math.max(most, label), 0) + 1;
  return wanted || classes <= MOST_CLASSES ? Math.max(2, classes) : undefined;
}
