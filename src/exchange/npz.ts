// Arrays by name as numpy.load reads them: .npy files side by side in a zip archive that packs nothing. The formats: numpy.org/doc/stable/reference/generated/
// numpy.lib.format.html, and PKWARE's APPNOTE for zip. src/data/npy.ts reads the same.

import { crc32 } from '../data/npy.ts';

/** An array in row-major order. */
export interface NpzArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

const latin = (text: string): Uint8Array => new TextEncoder().encode(text);

/** One .npy file, version 1.0. */
function npy({ shape, data }: NpzArray): Uint8Array {
  const type = data instanceof Float32Array ? '<f4' : '<i8';
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const words = `{'descr': '${type}', 'fortran_order': False, 'shape': (${sizes}), }`;
  // Magic, version and length take 10 bytes; numbers begin at a multiple of 64, behind a line feed.
  const header = latin(`${words.padEnd(Math.ceil((words.length + 11) / 64) * 64 - 11)}\n`);
  const file = new Uint8Array(10 + header.length + data.byteLength);
  file.set([0x93, ...latin('NUMPY'), 1, 0, header.length & 0xff, header.length >> 8]);
  file.set(header, 10);
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + header.length);
  return file;
}

/** Little-endian numbers of 2 or 4 bytes. */
function record(...fields: readonly (readonly [bytes: 2 | 4, value: number])[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [bytes]) => sum + bytes, 0)));
  let at = 0;
  for (const [bytes, value] of fields) {
    if (bytes === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += bytes;
  }
  return new Uint8Array(view.buffer);
}

/** Writes arrays as one .npz file, in their order. */
export function writeNpz(arrays: ReadonlyMap<string, NpzArray>): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let offset = 0;
  /** 1 January 1980, the first day that a zip archive knows: the same arrays are the same bytes. */
  const day = 0x21;
  for (const [name, array] of arrays) {
    const file = npy(array);
    const path = latin(`${name}.npy`);
    const about = [
      ...([
        [2, 0],
        [2, 0],
        [2, 0],
        [2, day],
      ] as const),
      ...([
        [4, crc32(file)],
        [4, file.length],
        [4, file.length],
        [2, path.length],
        [2, 0],
      ] as const),
    ] as const;
    const local = [record([4, 0x04034b50], [2, 20], ...about), path, file];
    central.push(record([4, 0x02014b50], [2, 20], [2, 20], ...about, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), path);
    parts.push(...local);
    offset += local.reduce((sum, part) => sum + part.length, 0);
  }
  const size = central.reduce((sum, part) => sum + part.length, 0);
  parts.push(...central, record([4, 0x06054b50], [2, 0], [2, 0], [2, arrays.size], [2, arrays.size], [4, size], [4, offset], [2, 0]));
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
