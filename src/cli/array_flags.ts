// Arrays of NumPy as the data of a run that flags describe: which of them are inputs and which targets, and what the targets are.
import { basename } from 'node:path';
import { show, UsageError } from '../errors.ts';
import { listed } from '../nearest.ts';
import type { DocumentFlags } from './document_flags.ts';
import { type Rows, trainingRows, VALIDATION } from './flag_rows.ts';

/** Whether a name is that of a file of arrays. */
export const isArraysPath = (path: string): boolean => /\.np[yz]$/i.test(path);

/** Names of targets and of inputs in .npz files, the likeliest first. */
const TARGETS = ['y', 'Y', 'y_train', 'Y_train', 'target', 'targets', 'label', 'labels'];
const INPUTS = ['x', 'X', 'x_train', 'X_train', 'data', 'inputs', 'features'];

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
  const classes = task === 'regression' || targetSize > 1 ? undefined : classesOf(numbers, task === 'classification');
  const bytes = parseNpy(x).data instanceof Uint8Array;
  return {
    name: basename(path).replace(/\.\w+$/, ''),
    // Bytes are pixels, whose range is known; they stay bytes.
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

function namesIn(path: string, names: readonly string[], target: unknown): { x: string; y: string } {
  const say = `${path} has the arrays ${listed(names)}`;
  if (target !== undefined && !names.includes(String(target))) throw new UsageError(`--target: ${say}, and none named ${show(target)}`);
  const y = target === undefined ? TARGETS.find((name) => names.includes(name)) : String(target);
  if (y === undefined) throw new UsageError(`${say}: --target says which are the targets`);
  const others = names.filter((name) => name !== y);
  const x = INPUTS.find((name) => others.includes(name)) ?? (others.length === 1 ? others[0] : undefined);
  if (x === undefined) throw new UsageError(`${say}, the targets are ${show(y)}, and the inputs none of ${listed(INPUTS)}: call them x`);
  return { x, y };
}

/** How many classes whole numbers from 0 on are; undefined where they are numbers. */
function classesOf(labels: Float32Array, wanted: boolean): number | undefined {
  const different = new Set(labels);
  const whole = labels.every((label) => Number.isInteger(label) && label >= 0);
  if (wanted && !whole) throw new UsageError('--task classification: the targets are no whole numbers from 0 on: class indices count from 0');
  if (!wanted && !(whole && different.size >= 2 && different.size <= MOST_CLASSES && labels.length >= 2 * different.size)) return undefined;
  const classes = labels.reduce((most, label) => Math.max(most, label), 0) + 1;
  return wanted || classes <= MOST_CLASSES ? Math.max(2, classes) : undefined;
}
