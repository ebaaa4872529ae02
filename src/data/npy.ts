// NumPy's files: an array (.npy), and several by name in a zip archive (.npz). The formats: numpy.org/doc/stable/reference/generated/numpy.lib.format.html,
// and PKWARE's APPNOTE for zip.
import { DataError, requireObject, show, UsageError } from '../errors.ts';
import { count } from '../format.ts';
import * as LIMITS from '../limits.ts';
import { toBytes, toFloats } from '../numbers.ts';
import { type OptionTable, readOptions } from '../option_table.ts';
import { type Dataset, datasetOf } from './dataset.ts';
import { unpack } from './idx.ts';
import { oneHotIndices } from './one_hot.ts';

/** An array of a .npy file, in row-major order; integers of 64 bits as doubles. */
export interface Npy {
  /** Sizes of its axes, the first counting samples as a rule; [] for a single number. */
  readonly shape: readonly number[];
  /** The values. */
  readonly data: Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;
}

type Values = Npy['data'];

/** Bytes per value, and how one is read, by the type in the header without its byte order. */
const TYPES: Readonly<Record<string, { size: number; make(count: number): Values; get(view: DataView, at: number, little: boolean): number }>> = {
  b1: { size: 1, make: (count) => new Uint8Array(count), get: (view, at) => view.getUint8(at) },
  u1: { size: 1, make: (count) => new Uint8Array(count), get: (view, at) => view.getUint8(at) },
  i1: { size: 1, make: (count) => new Int8Array(count), get: (view, at) => view.getInt8(at) },
  u2: { size: 2, make: (count) => new Uint16Array(count), get: (view, at, little) => view.getUint16(at, little) },
  i2: { size: 2, make: (count) => new Int16Array(count), get: (view, at, little) => view.getInt16(at, little) },
  u4: { size: 4, make: (count) => new Uint32Array(count), get: (view, at, little) => view.getUint32(at, little) },
  i4: { size: 4, make: (count) => new Int32Array(count), get: (view, at, little) => view.getInt32(at, little) },
  u8: { size: 8, make: (count) => new Float64Array(count), get: (view, at, little) => Number(view.getBigUint64(at, little)) },
  i8: { size: 8, make: (count) => new Float64Array(count), get: (view, at, little) => Number(view.getBigInt64(at, little)) },
  f2: { size: 2, make: (count) => new Float32Array(count), get: (view, at, little) => half(view.getUint16(at, little)) },
  f4: { size: 4, make: (count) => new Float32Array(count), get: (view, at, little) => view.getFloat32(at, little) },
  f8: { size: 8, make: (count) => new Float64Array(count), get: (view, at, little) => view.getFloat64(at, little) },
};

/** A number of 16 bits (IEEE 754 binary16): a sign, five bits of the exponent, ten of the fraction. */
function half(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const size =
    exponent === 31 ? (fraction ? Number.NaN : Number.POSITIVE_INFINITY) : exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24;
  return bits & 0x8000 ? -size : size;
}

/** What makes numbers of elements of another type. */
function remedyOf(kind: string | undefined): string {
  if (kind && /^[USO]/.test(kind)) return 'make class indices of texts: np.unique(y, return_inverse=True)[1]';
  if (kind && /^[Mm]/.test(kind)) return 'make numbers of what matters in dates, such as days since a start';
  if (kind && /^c/.test(kind)) return 'write real and imaginary part as columns of their own';
  return "convert it with .astype('float32')";
}

/**
 * Reads an array that `numpy.save` has written.
 *
 * @param file - The bytes of a .npy file.
 * @returns Its shape, and its values in row-major order.
 * @throws DataError for what is no .npy file, another element type than numbers, and a damaged file; UsageError for what is no Uint8Array.
 * @example
 * const { shape, data: values } = parseNpy(bytes);
 */
export function parseNpy(file: Uint8Array): Npy {
  const bytes = toBytes('npy', file);
  if (bytes.length < 12 || bytes[0] !== 0x93 || latin(bytes, 1, 6) !== 'NUMPY')
    throw new DataError(`npy: expected a file that starts with \\x93NUMPY, got ${show(latin(bytes, 0, 6))}; is it a .npy file?`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const long = bytes[6]! >= 2;
  const begin = long ? 12 : 10;
  const length = long ? view.getUint32(8, true) : view.getUint16(8, true);
  const header = latin(bytes, begin, Math.min(bytes.length, begin + length));
  const [, order, kind] = /'descr':\s*'([<>|=]?)([\w[\]]+)'/.exec(header) ?? [];
  const fortran = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const sizes = /'shape':\s*\(([\d,\sL]*)\)/.exec(header)?.[1];
  const type = kind === undefined ? undefined : TYPES[kind];
  if (!type || sizes === undefined)
    throw new DataError(`npy: expected an array of numbers (${Object.keys(TYPES).join(', ')}), got ${show(header.trim())}; ${remedyOf(kind)}`);
  if (!fortran) throw new DataError(`npy: the header does not say in which order the numbers are, fortran_order: ${show(header.trim())}: it is damaged`);
  const shape = sizes
    .split(',')
    .filter((size) => size.trim() !== '')
    .map((size) => Number.parseInt(size, 10));
  const total = shape.reduce((product, size) => product * size, 1);
  const start = begin + length;
  if (bytes.length !== start + total * type.size)
    throw new DataError(
      `npy: an array of shape [${shape.join(', ')}] takes ${count(start + total * type.size)} bytes, and the file has ${count(bytes.length)}: it is damaged`,
    );
  const data = type.make(total);
  const little = order !== '>';
  for (let i = 0; i < total; i++) data[i] = type.get(view, start + i * type.size, little);
  return { shape, data: fortran === 'True' && shape.length > 1 ? inRows(shape, data, type.make(total)) : data };
}

/** From the first axis running fastest to the last. */
function inRows(shape: readonly number[], data: Values, to: Values): Values {
  const index = new Array<number>(shape.length).fill(0);
  const strides = shape.map((_, axis) => shape.slice(0, axis).reduce((product, size) => product * size, 1));
  for (let i = 0; i < to.length; i++) {
    to[i] = data[index.reduce((sum, at, axis) => sum + at * strides[axis]!, 0)]!;
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
  return to;
}

/**
 * Unpacks the arrays of a file that `numpy.savez` or `numpy.savez_compressed` has written.
 *
 * @param file - The bytes of a .npz file.
 * @returns The .npy files in it, by their names without `.npy`: for `parseNpy` or `fromNpy`.
 * @throws DataError for what is no zip archive, a damaged file, and another packing than deflate; UsageError for what is no Uint8Array.
 * @example
 * const { x_train, y_train } = await unpackNpz(bytes);
 */
export async function unpackNpz(file: Uint8Array<ArrayBuffer>): Promise<Record<string, Uint8Array<ArrayBuffer>>> {
  const bytes = toBytes('npz', file) as Uint8Array<ArrayBuffer>;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const damaged = (): DataError => new DataError('npz: the file is no zip archive, or damaged or truncated');
  // The end of the archive, which a comment may follow.
  let end = bytes.length - 22;
  while (end >= 0 && end > bytes.length - 22 - 65_536 && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0 || view.getUint32(end, true) !== 0x06054b50) throw damaged();
  const arrays: Record<string, Uint8Array<ArrayBuffer>> = {};
  try {
    let at = view.getUint32(end + 16, true);
    for (let left = view.getUint16(end + 10, true); left > 0; left--) {
      if (view.getUint32(at, true) !== 0x02014b50) throw damaged();
      const method = view.getUint16(at + 10, true);
      const [sum, packed, size] = [16, 20, 24].map((offset) => view.getUint32(at + offset, true)) as [number, number, number];
      const [name, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true)) as [number, number, number];
      const local = view.getUint32(at + 42, true);
      const title = latin(bytes, at + 46, at + 46 + name);
      at += 46 + name + extra + comment;
      if (!title.endsWith('.npy')) continue;
      const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
      if (start + packed > bytes.length) throw damaged();
      if (method !== 0 && method !== 8)
        throw new DataError(`npz: ${show(title)}: expected it stored or deflated, got method ${method}: write it with numpy.savez`);
      const array = title.slice(0, -4);
      if (Object.hasOwn(arrays, array)) throw new DataError(`npz: ${show(title)} is there twice: the file is damaged`);
      const content = bytes.subarray(start, start + packed);
      const value = method === 0 ? content : await unpack(content, 'deflate-raw', size);
      if (value.length !== size || crc32(value) !== sum)
        throw new DataError(`npz: ${show(title)}: its bytes are not those of its checksum: the file is damaged`);
      Object.defineProperty(arrays, array, { value, enumerable: true });
    }
  } catch (cause) {
    if (cause instanceof RangeError) throw damaged();
    throw cause;
  }
  return arrays;
}

/** The checksum of zip's files, bit by bit reversed: polynomial 0xedb88320, four bits at a time. */
export function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    crc = CRC[crc & 15]! ^ (crc >>> 4);
    crc = CRC[crc & 15]! ^ (crc >>> 4);
  }
  return ~crc >>> 0;
}

/** What four bits make of the checksum. */
const CRC = /* @__PURE__ */ Int32Array.from({ length: 16 }, (_, value) => {
  for (let bit = 0; bit < 4; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** What arrays do not say of themselves. */
export interface FromNpyOptions {
  /** Number of classes, at least 2: the targets are class indices, or one-hot, a column for each class. Default: none, the targets are numbers. */
  readonly classes?: number;
  /** Names of the classes in the order of their indices; none by default. */
  readonly classNames?: readonly string[];
  /** What unsigned bytes are divided by: 255 for pixels from 0 to 1. Default 1. */
  readonly divisor?: number;
}

const OPTIONS = {
  classes: { type: 'integer', min: 2, max: LIMITS.units },
  classNames: { type: 'list', of: { type: 'string' }, expected: 'a list of names' },
  divisor: { type: 'number' },
} as const satisfies OptionTable<FromNpyOptions>;

/**
 * Makes a data set from two arrays of NumPy, inputs and targets. Unsigned bytes stay bytes, which the GPU divides.
 *
 * @param x - The bytes of a .npy file, of shape [rows, ...].
 * @param y - The bytes of a .npy file, of shape [rows] or [rows, targets]; of class indices, or [rows, classes] one-hot, with `classes`.
 * @param options - How many classes there are, and what bytes are divided by.
 * @returns Inputs of the array's shape without its first axis, and targets.
 * @throws DataError where a file is damaged or of something else, or the two differ in length; UsageError for another option.
 * @example
 * const { x_train, y_train } = await unpackNpz(bytes);
 * const mnist = fromNpy(x_train!, y_train!, { classes: 10, divisor: 255 });
 */
export function fromNpy(x: Uint8Array, y: Uint8Array, options: FromNpyOptions = {}): Dataset {
  const { classes, classNames, divisor } = readOptions<FromNpyOptions, typeof OPTIONS>('fromNpy', OPTIONS, options);
  const [inputs, targets] = [parseNpy(x), parseNpy(y)];
  const [rows] = inputs.shape;
  if (rows === undefined || targets.shape[0] !== rows)
    throw new DataError(`fromNpy: expected a target for each row, got x of shape [${inputs.shape.join(', ')}] and y of shape [${targets.shape.join(', ')}]`);
  const shape = inputs.shape.length === 1 ? [1] : inputs.shape.slice(1);
  const targetSize = Math.max(
    1,
    targets.shape.slice(1).reduce((product, size) => product * size, 1),
  );
  const bytes = inputs.data instanceof Uint8Array;
  if (divisor !== undefined && !bytes) throw new UsageError(`fromNpy: divisor: only unsigned bytes are divided, and x is ${inputs.data.constructor.name}`);
  const indices = classes === targetSize ? oneHotIndices(toFloats('fromNpy: y', targets.data), targetSize) : undefined;
  return datasetOf({
    x: inputs.data,
    ...(divisor === undefined ? {} : { divisor }),
    y: indices ?? targets.data,
    shape,
    targetSize: indices ? 1 : targetSize,
    ...(classes === undefined ? {} : { classes }),
    ...(classNames ? { classNames } : {}),
    ...(divisor === undefined ? {} : { reading: { divisor } }),
  });
}

/** An array of a .npz file. Throws a DataError with the names that there are. */
export function arrayOf(arrays: Readonly<Record<string, Uint8Array>>, name: string): Uint8Array {
  requireObject('npz', arrays, 'arrays by name');
  const found = Object.hasOwn(arrays, name) ? arrays[name] : undefined;
  if (!found) throw new DataError(`npz: no array is named ${show(name)}; there are ${show(Object.keys(arrays))}`);
  return found;
}

function latin(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, Math.min(end, start + 65_535)));
}
