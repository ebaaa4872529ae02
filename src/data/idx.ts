// IDX, the format of MNIST and its kin (yann.lecun.com/exdb/mnist): 0 0 type dimensions, sizes, then the values, all big-endian.
import { DataError, requireInteger } from '../errors.ts';
import * as LIMITS from '../limits.ts';
import { toBytes } from '../numbers.ts';
import { type OptionTable, readOptions } from '../option_table.ts';
import { WHITE } from './brightest.ts';
import { type Dataset, datasetOf } from './dataset.ts';

/** The values of an IDX file, in the type that its header names. */
export type IdxData = Uint8Array | Int8Array | Int16Array | Int32Array | Float32Array | Float64Array;

/** A tensor from an IDX file (the format of MNIST). */
export interface Idx {
  /** Sizes of its axes, the first one counting samples as a rule: [60000, 28, 28]. */
  readonly shape: readonly number[];
  /** The values in row-major order; bytes are a view of the file, not a copy. */
  readonly data: IdxData;
}

/** Bytes per value and how to read one, by the type code in the file's third byte. */
const TYPES: Record<number, { size: number; read(bytes: Uint8Array, at: number, count: number): IdxData }> = {
  8: { size: 1, read: (bytes, at, count) => bytes.subarray(at, at + count) },
  9: { size: 1, read: (bytes, at, count) => new Int8Array(bytes.buffer, bytes.byteOffset + at, count) },
  11: { size: 2, read: (bytes, at, count) => swapped(bytes, at, new Int16Array(count), (view, offset) => view.getInt16(offset)) },
  12: { size: 4, read: (bytes, at, count) => swapped(bytes, at, new Int32Array(count), (view, offset) => view.getInt32(offset)) },
  13: { size: 4, read: (bytes, at, count) => swapped(bytes, at, new Float32Array(count), (view, offset) => view.getFloat32(offset)) },
  14: { size: 8, read: (bytes, at, count) => swapped(bytes, at, new Float64Array(count), (view, offset) => view.getFloat64(offset)) },
};

/** What MNIST unpacks to is far below; a header that asks for more is damaged or means harm. */
const MOST_BYTES = 2 ** 31;

/**
 * Reads an IDX file that is unpacked (`gunzip` unpacks). Nothing is allocated before the header's sizes are known to be those of the file.
 *
 * @param file - The bytes of the file.
 * @returns Its shape and its values.
 * @throws DataError for a wrong magic number, an unknown type, a truncated file, bytes left over, and sizes beyond 2 GiB; UsageError for what is no Uint8Array.
 * @example
 * const { shape, data: values } = parseIdx(await gunzip(bytes));
 */
export function parseIdx(file: Uint8Array): Idx {
  const bytes = toBytes('idx', file);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) throw new DataError('idx: the file is compressed with gzip; unpack it first, with gunzip(bytes)');
  const start = [...bytes.subarray(0, 4)];
  if (start.length < 4 || start[0] !== 0 || start[1] !== 0)
    throw new DataError(`idx: expected a file that starts with 0 0 type dimensions, got ${start.join(' ') || 'an empty file'}; is it an IDX file?`);
  const type = TYPES[start[2]!];
  if (!type) throw new DataError(`idx: expected a type of ${Object.keys(TYPES).join(', ')}, got ${start[2]}; the file is damaged`);
  const dimensions = start[3]!;
  const header = 4 + 4 * dimensions;
  if (dimensions === 0 || bytes.length < header)
    throw new DataError(`idx: a header of ${dimensions} dimensions is not in a file of ${bytes.length} bytes; the file is damaged`);

  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: dimensions }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = `[${shape.slice(0, 4).join(', ')}${dimensions > 4 ? ', ...' : ''}]`;
  if (shape.includes(0)) throw new DataError(`idx: the shape ${size} is empty; expected at least one value`);
  // Stops before the product leaves the integers that a number holds exactly.
  let length = header + type.size;
  for (let axis = 0, count = 1; axis < dimensions && length <= MOST_BYTES; axis++) {
    count *= shape[axis]!;
    length = header + count * type.size;
  }
  if (length > MOST_BYTES) throw new DataError(`idx: the shape ${size} needs more than 2 GiB; the file is damaged, or is to be cut into parts`);
  if (length !== bytes.length)
    throw new DataError(
      `idx: the shape ${size} needs ${length} bytes, the file has ${bytes.length}; it is ${bytes.length < length ? 'truncated' : 'followed by something else'}`,
    );
  return { shape, data: type.read(bytes, header, (length - header) / type.size) };
}

/** What the files do not say of their classes. */
export interface FromIdxOptions {
  /** Number of classes, at least 2, where the labels do not show all of them. */
  readonly classes?: number;
  /** Names of the classes in the order of their indices; none by default. */
  readonly classNames?: readonly string[];
}

const OPTIONS = {
  classes: { type: 'integer', min: 2, max: LIMITS.units },
  classNames: { type: 'list', of: { type: 'string' }, expected: 'a list of names' },
} as const satisfies OptionTable<FromIdxOptions>;

/**
 * Makes a data set from images and their labels, two IDX files of unsigned bytes. Pixels stay bytes, which the GPU divides by 255.
 *
 * @param images - An unpacked file of shape [rows, height, width].
 * @param labels - An unpacked file of shape [rows].
 * @param options - How many classes there are; one more than the largest label by default.
 * @returns Inputs from 0 to 1, of shape [height, width] each, and class indices.
 * @throws DataError where a file is damaged, has another element type, or the two differ in length; UsageError for another option.
 * @example
 * const mnist = fromIdx(await gunzip(imageBytes), await gunzip(labelBytes));
 */
export function fromIdx(images: Uint8Array, labels: Uint8Array, options: FromIdxOptions = {}): Dataset {
  const { classes, classNames } = readOptions<FromIdxOptions, typeof OPTIONS>('fromIdx', OPTIONS, options);
  const [pixels, digits] = [parseIdx(images), parseIdx(labels)];
  const of = (idx: Idx): string => `${idx.data.constructor.name}[${idx.shape.join(', ')}]`;
  if (!(pixels.data instanceof Uint8Array) || pixels.shape.length < 2)
    throw new DataError(`fromIdx: images: expected unsigned bytes of at least two dimensions, got ${of(pixels)}; are images and labels exchanged?`);
  if (!(digits.data instanceof Uint8Array) || digits.shape.length !== 1)
    throw new DataError(`fromIdx: labels: expected unsigned bytes of one dimension, got ${of(digits)}; are images and labels exchanged?`);
  return datasetOf({
    // The file is the caller's.
    x: pixels.data.slice(),
    divisor: WHITE,
    y: Float32Array.from(digits.data),
    shape: pixels.shape.slice(1),
    classes: classes ?? classNames?.length ?? Math.max(2, digits.data.reduce((max, label) => Math.max(max, label), 0) + 1),
    ...(classNames && { classNames }),
    reading: { divisor: WHITE },
  });
}

/**
 * Unpacks gzip with the platform's DecompressionStream.
 *
 * @param bytes - The packed file.
 * @param max - Bytes that it may unpack to; 2 GiB by default.
 * @returns The unpacked bytes.
 * @throws DataError where the file is damaged, or as soon as it unpacks to more than `max` bytes; UsageError for what is no Uint8Array.
 * @example
 * const idx = parseIdx(await gunzip(bytes));
 */
export async function gunzip(bytes: Uint8Array<ArrayBuffer>, max: number = MOST_BYTES): Promise<Uint8Array<ArrayBuffer>> {
  requireInteger('gunzip: most', max, 0);
  return unpack(toBytes('gunzip', bytes) as Uint8Array<ArrayBuffer>, 'gzip', max);
}

/** A file, unpacked where it is gzip. */
export function unpacked<File extends string | Uint8Array>(file: File): Promise<File> | File {
  return typeof file !== 'string' && file[0] === 0x1f && file[1] === 0x8b ? (gunzip(new Uint8Array(file)) as Promise<unknown> as Promise<File>) : file;
}

/** The same for what the platform unpacks. Rejects with a DataError. */
export async function unpack(bytes: Uint8Array<ArrayBuffer>, format: 'gzip' | 'deflate-raw', max: number): Promise<Uint8Array<ArrayBuffer>> {
  const [who, what] = format === 'gzip' ? ['gunzip', 'gzip'] : ['npz', 'deflated data'];
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format)).getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new DataError(`${who}: the data is no ${what}, damaged or truncated`, { cause });
    });
    if (done) break;
    length += value.length;
    if (length > max) {
      await reader.cancel();
      throw new DataError(`${who}: the data unpacks to more than ${max} bytes; raise the limit if that is right`);
    }
    chunks.push(value);
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function swapped<T extends IdxData>(bytes: Uint8Array, at: number, values: T, read: (view: DataView, offset: number) => number): T {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at);
  for (let i = 0; i < values.length; i++) values[i] = read(view, i * values.BYTES_PER_ELEMENT);
  return values;
}
