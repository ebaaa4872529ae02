// Arrays in NumPy's files: two .npy files, or two arrays of one .npz file.
import * as v from 'valibot';
import { datasetOf } from '../../data/dataset.ts';
import * as LIMITS from '../../limits.ts';
import { divisor, integer, object, string } from '../check.ts';
import type { NumpyDocument } from '../document.ts';
import { buildLoss } from '../registry/losses.ts';
import { classesIn } from './arrays.ts';
import { fileBytes } from './reading.ts';
import { augmented, prepared, type Source } from './source.ts';

export const numpy: Source<NumpyDocument> = {
  schema: object({
    source: v.literal('numpy'),
    path: v.exactOptional(string()),
    x: v.exactOptional(string()),
    y: v.exactOptional(string()),
    classes: v.exactOptional(integer(2, LIMITS.classes)),
    divisor: v.exactOptional(divisor()),
    ...prepared,
    ...augmented,
  }),
  text: {
    en: { title: 'NumPy', summary: 'Arrays of inputs and targets in two .npy files, or in one .npz file.' },
    zh: { title: 'NumPy', summary: '两个 .npy 文件或一个 .npz 文件中的输入和目标数组。' },
  },
  origin: () => "NumPy's files",
  withPaths: (data, replace) =>
    data.path === undefined ? { ...data, x: replace(data.x ?? 'x'), y: replace(data.y ?? 'y') } : { ...data, path: replace(data.path) },
  async rows({ path, x = 'x', y = 'y', classes, divisor }, reading) {
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
    const whole = buildLoss(loss).targetDtype === 'i32' && numbers.targetSize === 1 && numbers.y.every((value) => Number.isInteger(value) && value >= 0);
    const given = classes ?? (whole ? Math.max(classesIn(numbers.y), fitted?.classes?.length ?? 0) : undefined);
    return given === undefined ? numbers : fromNpy(inputs!, targets, { ...options, classes: given });
  },
};
