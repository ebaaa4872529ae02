// PNG (www.w3.org/TR/png): chunks, of which those of pixels are one zlib stream of rows, each with a filter.
import { DataError } from '../errors.ts';

/** Pixels, row by row, channels last. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** More pixels than a photo has. */
const MOST_PIXELS = 2 ** 27;
/** Bytes that one of a zlib stream can stand for: a match of 258 in two bits (RFC 1951). */
const MOST_INFLATED = 1032;
/** Samples of a pixel by the type of colour: grey, red green blue, a place in the palette, grey and alpha, red green blue alpha. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

export const isPng = (bytes: Uint8Array): boolean => SIGNATURE.every((byte, i) => bytes[i] === byte);

/** Decodes a PNG; alpha is left out, samples of 16 bits lose their lower half. Rejects with a DataError for a damaged file, and for an interlaced one. */
export async function decodePng(bytes: Uint8Array): Promise<Pixels> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const damaged = (): DataError => new DataError('png: the file is damaged or truncated');
  let palette: Uint8Array | undefined;
  const parts: Uint8Array[] = [];
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (at + 12 + length > bytes.length) throw damaged();
    const content = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'PLTE') palette = content;
    if (type === 'IDAT') parts.push(content);
    at += 12 + length;
  }
  if (bytes.length < 33 || parts.length === 0) throw damaged();
  const [width, height, depth, colour, interlaced] = [view.getUint32(16), view.getUint32(20), bytes[24]!, bytes[25]!, bytes[28]!];
  const samples = SAMPLES[colour];
  if (samples === undefined || ![1, 2, 4, 8, 16].includes(depth) || width * height === 0 || (colour === 3 && !palette)) throw damaged();
  if (width * height > MOST_PIXELS) throw new DataError(`png: ${width} x ${height} pixels are too many`);
  if (interlaced) throw new DataError('png: it is interlaced, which is not read here: save it without');
  const stride = Math.ceil((width * samples * depth) / 8);
  const size = height * (stride + 1);
  // Nothing is made of a size that cannot be in the file.
  if (size > MOST_INFLATED * parts.reduce((sum, part) => sum + part.length, 0)) throw damaged();
  const rows = await inflated(parts, size, damaged);
  unfilter(rows, height, stride, Math.max(1, (samples * depth) / 8), damaged);
  const sample = (row: number, index: number): number => {
    const start = row * (stride + 1) + 1;
    if (depth === 8) return rows[start + index]!;
    if (depth === 16) return rows[start + 2 * index]!;
    const value = (rows[start + ((index * depth) >> 3)]! >> (8 - depth - ((index * depth) & 7))) & (2 ** depth - 1);
    return colour === 3 ? value : Math.round((value * 255) / (2 ** depth - 1));
  };
  const channels = colour === 0 || colour === 4 ? 1 : 3;
  const data = new Uint8Array(width * height * channels);
  for (let y = 0, to = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let channel = 0; channel < channels; channel++, to++)
        data[to] = colour === 3 ? (palette![3 * sample(y, x) + channel] ?? 0) : sample(y, x * samples + channel);
  return { width, height, channels, data };
}

/** The bytes of a zlib stream, of which as many are wanted. */
async function inflated(parts: readonly Uint8Array[], wanted: number, damaged: () => DataError): Promise<Uint8Array> {
  const all = new Uint8Array(wanted);
  const reader = new Blob(parts as Uint8Array<ArrayBuffer>[]).stream().pipeThrough(new DecompressionStream('deflate')).getReader();
  let at = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw damaged();
    });
    if (done) break;
    if (at + value.length > wanted) {
      await reader.cancel();
      throw damaged();
    }
    all.set(value, at);
    at += value.length;
  }
  if (at < wanted) throw damaged();
  return all;
}

/** Undoes the filter of each row: a byte is given as its difference from the one on the left, above, their mean, or the nearest of three (Paeth). */
function unfilter(rows: Uint8Array, height: number, stride: number, step: number, damaged: () => DataError): void {
  for (let row = 0; row < height; row++) {
    const start = row * (stride + 1) + 1;
    const filter = rows[start - 1]!;
    if (filter > 4) throw damaged();
    if (filter === 0) continue;
    for (let i = 0; i < stride; i++) {
      const left = i >= step ? rows[start + i - step]! : 0;
      const up = row > 0 ? rows[start + i - stride - 1]! : 0;
      const corner = i >= step && row > 0 ? rows[start + i - step - stride - 1]! : 0;
      rows[start + i]! += filter === 1 ? left : filter === 2 ? up : filter === 3 ? (left + up) >> 1 : nearest(left, up, corner);
    }
  }
}

function nearest(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}
