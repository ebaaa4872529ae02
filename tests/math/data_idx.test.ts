import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { fromIdx, gunzip, parseIdx } from '../../src/data/idx.ts';
import { DataError } from '../../src/errors.ts';
import { Random } from '../../src/random.ts';

const u32 = (n: number): number[] => [(n >>> 24) & 255, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
const file = (type: number, shape: number[], values: number[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from([0, 0, type, shape.length, ...shape.flatMap(u32), ...values]);

describe('parseIdx', () => {
  test('reads bytes as a view', () => {
    const bytes = file(8, [2, 1, 3], [0, 1, 2, 128, 254, 255]);
    const { shape, data } = parseIdx(bytes);
    expect(shape).toEqual([2, 1, 3]);
    expect([...data]).toEqual([0, 1, 2, 128, 254, 255]);
    expect(data.buffer).toBe(bytes.buffer);
  });

  test('reads every type, big-endian, at any offset in its buffer', () => {
    const float = new DataView(new ArrayBuffer(12));
    float.setFloat32(0, -1.5);
    float.setFloat64(4, Math.PI);
    const bytes = [...new Uint8Array(float.buffer)];
    for (const [type, values, expected] of [
      [9, [255, 127], [-1, 127]],
      [11, [0xff, 0xfe, 0x01, 0x00], [-2, 256]],
      [12, [0xff, 0xff, 0xff, 0xff, 0, 1, 0, 0], [-1, 65536]],
      [13, [...bytes.slice(0, 4), 0, 0, 0, 0], [-1.5, 0]],
      [14, [...bytes.slice(4), 0, 0, 0, 0, 0, 0, 0, 0], [Math.PI, 0]],
    ] as const) {
      const whole = file(type, [2], [...values]);
      const shifted = new Uint8Array(whole.length + 3);
      shifted.set(whole, 3);
      expect([...parseIdx(shifted.subarray(3)).data]).toEqual(expected);
    }
  });

  test.each([
    ['nothing', [], /empty file/],
    ['three bytes', [0, 0, 8], /expected a file that starts with 0 0 type dimensions, got 0 0 8/],
    ['another format', [0x89, 0x50, 0x4e, 0x47, 0, 0], /got 137 80 78 71/],
    ['gzip', [...gzipSync(file(8, [1], [1]))], /gunzip/],
    ['an unknown type', [0, 0, 10, 1, ...u32(1), 0], /expected a type of 8, 9, 11, 12, 13, 14, got 10/],
    ['no dimensions', [0, 0, 8, 0, 1], /0 dimensions/],
    ['a truncated header', [0, 0, 8, 3, ...u32(1), ...u32(1)], /3 dimensions is not in a file of 12 bytes/],
    ['255 dimensions in a short file', [0, 0, 8, 255, 0, 0], /255 dimensions/],
    ['an empty shape', [0, 0, 8, 2, ...u32(0), ...u32(0xffffffff)], /shape \[0, 4294967295\] is empty/],
    ['missing values', [...file(8, [2, 3], [1, 2, 3, 4, 5])], /needs 18 bytes, the file has 17; it is truncated/],
    ['values left over', [...file(8, [2], [1, 2, 3])], /needs 10 bytes, the file has 11; it is followed by/],
    ['half a value', [...file(12, [2], [0, 0, 0, 1, 0, 0])], /needs 16 bytes, the file has 14/],
    ['a size of 2^32 - 1', [0, 0, 8, 1, ...u32(0xffffffff), 0], /more than 2 GiB/],
    ['sizes whose product is 2^64', [0, 0, 8, 2, ...u32(0x80000000), ...u32(0x80000000), 0], /more than 2 GiB/],
    ['sizes whose product is 0 in 32 bits', [0, 0, 8, 2, ...u32(65536), ...u32(65536)], /more than 2 GiB/],
    ['sizes whose product is 0 in 64 bits', [0, 0, 14, 4, ...u32(65536), ...u32(65536), ...u32(65536), ...u32(65536)], /more than 2 GiB/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseIdx(Uint8Array.from(bytes))).toThrow(DataError);
    expect(() => parseIdx(Uint8Array.from(bytes))).toThrow(message);
  });

  test('a file cut or changed anywhere is read or refused, with nothing but a DataError', () => {
    const random = new Random(5);
    const whole = file(11, [3, 2], [...Array(12).keys()]);
    for (let length = 0; length < whole.length; length++) expect(() => parseIdx(whole.subarray(0, length))).toThrow(DataError);
    let read = 0;
    for (let i = 0; i < 2000; i++) {
      const damaged = whole.slice();
      damaged[random.integer(damaged.length)] = random.integer(256);
      try {
        const { shape, data } = parseIdx(damaged);
        expect(data.length).toBe(shape.reduce((a, b) => a * b));
        read++;
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
      }
    }
    expect(read).toBeGreaterThan(500);
  });
});

describe('fromIdx', () => {
  const images = file(8, [3, 2, 2], [0, 255, 51, 102, 1, 2, 3, 4, 5, 6, 7, 8]);
  const labels = file(8, [3], [4, 0, 2]);

  test('scales pixels to 0..1 and keeps the shape of an image', () => {
    const data = fromIdx(images, labels);
    expect(data).toMatchObject({ rows: 3, features: 4, shape: [2, 2], classes: 5, targetSize: 1 });
    expect([...data.x.subarray(0, 4)]).toEqual([0, 1, 0.2, 0.4].map(Math.fround));
    expect([...data.y]).toEqual([4, 0, 2]);
    expect(fromIdx(images, labels, { classes: 10 }).classes).toBe(10);
  });

  test('refuses files that do not belong together', () => {
    expect(() => fromIdx(labels, images)).toThrow(/images: expected unsigned bytes of at least two dimensions, got Uint8Array\[3\].*exchanged/);
    expect(() => fromIdx(images, images)).toThrow(/labels: .*got Uint8Array\[3, 2, 2\]/);
    expect(() => fromIdx(images, file(8, [2], [0, 1]))).toThrow(/x has 3 rows and y has 2/);
    expect(() => fromIdx(images, labels, { classes: 3 })).toThrow(/row 0: expected a class index from 0 to 2, got 4/);
    expect(() => fromIdx(file(13, [1, 1], [0, 0, 0, 0]), labels)).toThrow(/got Float32Array\[1, 1\]/);
  });
});

describe('gunzip', () => {
  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => (i * i) & 255);
  const packed = Uint8Array.from(gzipSync(bytes));

  test('unpacks', async () => {
    expect(await gunzip(packed)).toEqual(bytes);
    expect(await gunzip(Uint8Array.from(gzipSync(new Uint8Array(0))))).toEqual(new Uint8Array(0));
  });

  test('refuses what is damaged, truncated or too large', async () => {
    await expect(gunzip(bytes)).rejects.toThrow(DataError);
    await expect(gunzip(packed.slice(0, packed.length - 9))).rejects.toThrow(/damaged or truncated/);
    await expect(gunzip(packed, 99_999)).rejects.toThrow(/more than 99999 bytes/);
    await expect(gunzip(new Uint8Array(0))).rejects.toThrow(DataError);
  });
});
