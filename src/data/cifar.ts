// CIFAR-10 in its binary version (cs.toronto.edu/~kriz/cifar.html): records of a label and 32 x 32 pixels, all red ones first, then green, then blue.
import { DataError, UsageError } from '../errors.ts';
import { toBytes } from '../numbers.ts';
import { WHITE } from './brightest.ts';
import { type Dataset, datasetOf } from './dataset.ts';

const SIDE = 32;
const PLANE = SIDE * SIDE;
const RECORD = 1 + 3 * PLANE;
const CLASSES = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

/**
 * Makes a data set from the binary files of CIFAR-10, channels last. Pixels stay bytes, which the GPU divides by 255.
 *
 * @param files - The bytes of `data_batch_1.bin` and so on, in that order.
 * @returns Images of shape [32, 32, 3] with their ten classes by name.
 * @throws DataError where a file is truncated, empty or of something else; UsageError for what is no list of bytes.
 * @example
 * const train = fromCifar10([bytes]);
 */
export function fromCifar10(files: readonly Uint8Array[]): Dataset {
  if (!Array.isArray(files) || files.length === 0) throw new UsageError('fromCifar10: expected a list of files, data_batch_1.bin and so on');
  const all = Array.from(files, (file) => toBytes('fromCifar10', file));
  all.forEach((bytes, index) => {
    if (bytes.length === 0 || bytes.length % RECORD !== 0)
      throw new DataError(
        `fromCifar10: file ${index}: expected records of ${RECORD} bytes, got ${bytes.length} bytes: it is truncated, or not the binary version`,
      );
  });
  const rows = all.reduce((sum, bytes) => sum + bytes.length / RECORD, 0);
  const [x, y] = [new Uint8Array(rows * 3 * PLANE), new Float32Array(rows)];
  let row = 0;
  for (const [index, bytes] of all.entries())
    for (let at = 0; at < bytes.length; at += RECORD, row++) {
      const label = bytes[at]!;
      if (label >= CLASSES.length)
        throw new DataError(
          `fromCifar10: file ${index}, image ${at / RECORD}: expected a class from 0 to 9, got ${label}: is it the binary version of CIFAR-10?`,
        );
      y[row] = label;
      for (let pixel = 0; pixel < PLANE; pixel++)
        for (let channel = 0; channel < 3; channel++) x[(row * PLANE + pixel) * 3 + channel] = bytes[at + 1 + channel * PLANE + pixel]!;
    }
  return datasetOf({ x, divisor: WHITE, y, shape: [SIDE, SIDE, 3], classNames: CLASSES, reading: { divisor: WHITE } });
}
