// JPEG, by jpeg-js: the one file that it is imported by, loaded where an image is of this kind.
import { decode } from 'jpeg-js';
import { DataError } from '../errors.ts';
import type { Pixels } from './png.ts';

/** Memory that a photo may take, in MiB. */
const MOST_MEMORY = 512;

/** Decodes a JPEG to red, green and blue. Throws a DataError for a damaged file. */
export function decodeJpeg(bytes: Uint8Array): Pixels {
  try {
    const { width, height, data } = decode(bytes, { useTArray: true, formatAsRGBA: false, tolerantDecoding: false, maxMemoryUsageInMB: MOST_MEMORY });
    return { width, height, channels: 3, data };
  } catch (cause) {
    throw new DataError(`jpeg: the file is damaged, or of a kind that is not read: ${(cause as Error).message}`, { cause });
  }
}
