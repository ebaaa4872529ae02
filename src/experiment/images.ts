// Images in files, PNG or JPEG, to a data set: one size, one number of channels, a class for each.
import { WHITE } from '../data/brightest.ts';
import { type Dataset, datasetOf } from '../data/dataset.ts';
import { sorted } from '../data/features.ts';
import { DataError, requireObject, show, UsageError } from '../errors.ts';
import { readOptions } from '../option_table.ts';
import { type FromImagesOptions, imageOptions } from './image_options.ts';
import { decodePng, isPng, type Pixels } from './png.ts';

/** An image with its class. */
export interface ImageFile {
  /** The bytes of a PNG or a JPEG file. */
  readonly bytes: Uint8Array;
  /** The name of its class. */
  readonly label: string;
  /** What it is called in messages; its place in the list by default. */
  readonly name?: string;
}

/**
 * Makes a data set of images, channels last. Pixels stay bytes, which the GPU divides by 255. The same file gives the same bytes in a page and in Node: PNG is
 * decoded here, JPEG by jpeg-js, loaded where there is one.
 *
 * @param files - The images, with the name of the class of each.
 * @param options - Size, channels and the order of classes.
 * @returns Images of shape [height, width, channels] with their classes.
 * @throws DataError, with the image's name, for a file that is damaged or of another kind, and for one of another size where `size` is not given; UsageError for
 *   another option.
 * @example
 * const data = await fromImages([{ bytes, label: 'cat' }, { bytes: imageBytes, label: 'dog' }], { size: [64, 64] });
 */
export async function fromImages(files: readonly ImageFile[], options: FromImagesOptions = {}): Promise<Dataset> {
  const { size, channels = 3, classNames } = readOptions<FromImagesOptions, typeof imageOptions>('fromImages', imageOptions, options);
  if (channels === 2) throw new UsageError('fromImages: channels: expected 1 or 3, got 2');
  if (!Array.isArray(files) || files.length === 0) throw new UsageError(`fromImages: expected a list of { bytes, label }, got ${show(files)}`);
  const given = files.map((file: ImageFile, index) => {
    requireObject(`fromImages: image ${index}`, file, '{ bytes, label }');
    if (!(file.bytes instanceof Uint8Array) || typeof file.label !== 'string')
      throw new UsageError(`fromImages: image ${index}: expected bytes in a Uint8Array and a label, got ${show(file)}`);
    return { ...file, name: file.name ?? `image ${index}` };
  });
  const names = classNames ?? sorted(new Set(given.map(({ label }) => label)));
  if (names.length < 2) throw new DataError(`fromImages: expected at least two classes, got ${show([...names])}`);
  let shape: [number, number] | undefined = size && [size[0]!, size[1]!];
  let x: Uint8Array | undefined;
  const y = new Float32Array(given.length);
  for (const [index, { bytes, label, name }] of given.entries()) {
    const pixels = await decoded(bytes, name);
    shape ??= [pixels.height, pixels.width];
    const [height, width] = shape;
    if (!size && (pixels.height !== height || pixels.width !== width))
      throw new DataError(
        `${name}: expected ${height} x ${width} pixels as the first image has, got ${pixels.height} x ${pixels.width}; \`size\`: [${height}, ${width}] brings all to one size`,
      );
    x ??= new Uint8Array(given.length * height * width * channels);
    x.set(resized(withChannels(pixels, channels as 1 | 3), height, width), index * height * width * channels);
    const place = names.indexOf(label);
    if (place < 0) throw new DataError(`${name}: expected one of the classes ${show([...names])}, got ${show(label)}`);
    y[index] = place;
  }
  return datasetOf({ x: x!, divisor: WHITE, y, shape: [...shape!, channels], classNames: names, reading: { divisor: WHITE } });
}

async function decoded(bytes: Uint8Array, name: string): Promise<Pixels> {
  try {
    if (isPng(bytes)) return await decodePng(bytes);
    if (bytes[0] === 0xff && bytes[1] === 0xd8) return (await import('./jpeg.ts')).decodeJpeg(bytes);
  } catch (cause) {
    throw new DataError(`${name}: ${(cause as Error).message}`, { cause });
  }
  throw new DataError(`${name}: expected a PNG or a JPEG file, got one that begins with ${[...bytes.subarray(0, 4)].join(' ') || 'nothing'}`);
}

/** Grey as television has it, in whole numbers as Pillow does. */
function withChannels({ width, height, channels, data }: Pixels, wanted: 1 | 3): Pixels {
  if (channels === wanted) return { width, height, channels, data };
  const pixels = width * height;
  const to = new Uint8Array(pixels * wanted);
  for (let i = 0; i < pixels; i++)
    if (wanted === 3) to.fill(data[i]!, 3 * i, 3 * i + 3);
    else to[i] = (19595 * data[3 * i]! + 38470 * data[3 * i + 1]! + 7471 * data[3 * i + 2]! + 0x8000) >> 16;
  return { width, height, channels: wanted, data: to };
}

/** The mean over the area that each new pixel covers. */
function resized({ width, height, channels, data }: Pixels, toHeight: number, toWidth: number): Uint8Array {
  if (width === toWidth && height === toHeight) return data;
  const [rows, columns] = [shares(height, toHeight), shares(width, toWidth)];
  const to = new Uint8Array(toHeight * toWidth * channels);
  for (const [y, row] of rows.entries())
    for (const [x, column] of columns.entries())
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (const [i, a] of row) for (const [j, b] of column) sum += a * b * data[(i * width + j) * channels + channel]!;
        to[(y * toWidth + x) * channels + channel] = Math.round(sum);
      }
  return to;
}

/** For each new place the old ones that it covers, with the fraction of each. */
function shares(from: number, to: number): [number, number][][] {
  const step = from / to;
  return Array.from({ length: to }, (_, place) => {
    const [begin, end] = [place * step, (place + 1) * step];
    const covered: [number, number][] = [];
    for (let i = Math.floor(begin); i < Math.min(from, Math.ceil(end - 1e-9)); i++) covered.push([i, (Math.min(end, i + 1) - Math.max(begin, i)) / step]);
    return covered;
  });
}
