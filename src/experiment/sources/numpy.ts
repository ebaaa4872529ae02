// Arrays in NumPy's files: two .npy files, or two arrays of one .npz file.
import * as v from 'valibot';
import { type Dataset, datasetOf } from '../../data/dataset.ts';
import { oneHotIndices } from '../../data/one_hot.ts';
import * as LIMITS from '../../limits.ts';
import { divisor, integer, object, string } from '../check.ts';
import type { NumpyDocument } from '../document.ts';
import { buildLoss } from '../registry/losses.ts';
import { classesIn } from './arrays.ts';
import { fileBytes, type Reading } from './reading.ts';
import { augmented, prepared, type Source } from './source.ts';

const pair = { x: string(), y: string() };

/** A pair of arrays as a data set: with classes, where there are any. */
async function readPair(reading: Reading, { path, x = 'x', y = 'y', classes, divisor }: Omit<NumpyDocument, 'source' | 'test'>): Promise<Dataset> {
  const { arrayOf, fromNpy, parseNpy, unpackNpz } = await import('../../data/npy.ts');
  const { loss, fitted, unlabelled } = reading;
  // Its own copy: what unpacks it may keep it.
  const bytesOf = async (name: string): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await fileBytes(reading, name, 'a file of NumPy'));
  const arrays = path === undefined ? undefined : await unpackNpz(await bytesOf(path));
  const [inputs, targets] = await Promise.all([x, ...(unlabelled ? [] : [y])].map(async (name) => (arrays ? arrayOf(arrays, name) : bytesOf(name))));
  const options = divisor === undefined ? {} : { divisor };
  if (!targets) {
    const { data, shape } = parseNpy(inputs!);
    return datasetOf({
      x: data,
      ...options,
      y: new Float32Array(shape[0] ?? 0),
      shape: shape.length === 1 ? [1] : shape.slice(1),
      ...(divisor === undefined ? {} : { reading: { divisor } }),
    });
  }
  const numbers = fromNpy(inputs!, targets, options);
  const given = classes ?? (buildLoss(loss).targetDtype === 'i32' ? classesOf(numbers, fitted?.classes?.length ?? 0) : undefined);
  return given === undefined ? numbers : fromNpy(inputs!, targets, { ...options, classes: given });
}

/** How many classes the targets are of, `known` at least; undefined where they are numbers. */
function classesOf({ y, targetSize }: Dataset, known: number): number | undefined {
  if (targetSize > 1) return oneHotIndices(y, targetSize) && targetSize;
  return y.every((value) => Number.isInteger(value) && value >= 0) ? Math.max(classesIn(y), known) : undefined;
}

export const numpy: Source<NumpyDocument> = {
  schema: object({
    source: v.literal('numpy'),
    path: v.exactOptional(string()),
    x: v.exactOptional(string()),
    y: v.exactOptional(string()),
    classes: v.exactOptional(integer(2, LIMITS.classes)),
    divisor: v.exactOptional(divisor()),
    test: v.exactOptional(object(pair)),
    ...prepared,
    ...augmented,
  }),
  text: {
    en: { title: 'NumPy', summary: 'Arrays of inputs and targets in two .npy files, or in one .npz file.' },
    zh: { title: 'NumPy', summary: '两个 .npy 文件或一个 .npz 文件中的输入和目标数组。' },
  },
  origin: () => "NumPy's files",
  withPaths: (data, replace) => {
    if (data.path !== undefined) return { ...data, path: replace(data.path) };
    const moved = ({ x = 'x', y = 'y' }: { x?: string; y?: string }) => ({ x: replace(x), y: replace(y) });
    return { ...data, ...moved(data), ...(data.test ? { test: moved(data.test) } : {}) };
  },
  rows: (data, reading) => readPair(reading, data),
  test: ({ test, ...data }, reading, { classes }) =>
    test ? readPair(reading, { ...data, ...test, ...(classes === undefined ? {} : { classes }) }) : undefined,
};
