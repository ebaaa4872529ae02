// Images: PNG of every kind of pixel and filter, JPEG, folders by class, CIFAR-10. What cannot be read is refused with the image's name.
import { deflateSync, gzipSync } from 'node:zlib';
import { encode } from 'jpeg-js';
import { describe, expect, test } from 'vitest';
import { fromCifar10 } from '../../src/data/cifar.ts';
import { summaryText } from '../../src/data/csv_summary.ts';
import { DataError, UsageError } from '../../src/errors.ts';
import { loadData } from '../../src/experiment/data.ts';
import { fromImages } from '../../src/experiment/images.ts';
import { decodeJpeg } from '../../src/experiment/jpeg.ts';
import { decodePng } from '../../src/experiment/png.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';

const word = (value: number): number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
const chunk = (type: string, content: ArrayLike<number>): number[] => [
  ...word(content.length),
  ...Array.from(type, (char) => char.charCodeAt(0)),
  ...Array.from(content),
  0,
  0,
  0,
  0,
];

/** A PNG of rows of bytes, each filtered as its filter says. */
function png(
  { width, depth = 8, colour, palette, interlaced = 0 }: { width: number; depth?: number; colour: number; palette?: number[]; interlaced?: number },
  rows: number[][],
  filters: number[],
): Uint8Array {
  const samples = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[colour]!;
  const step = Math.max(1, (samples * depth) / 8);
  const at = (row: number, i: number): number => rows[row]?.[i] ?? 0;
  const predicted = (row: number, i: number, filter: number): number => {
    const [a, b, c] = [at(row, i - step), at(row - 1, i), i < step ? 0 : at(row - 1, i - step)];
    if (filter < 4) return [0, a, b, (a + b) >> 1][filter]!;
    const guess = a + b - c;
    return [a, b, c].reduce((best, each) => (Math.abs(guess - each) < Math.abs(guess - best) ? each : best));
  };
  const filtered = rows.flatMap((row, y) => [
    filters[y % filters.length]!,
    ...row.map((value, i) => (value - predicted(y, i, filters[y % filters.length]!)) & 255),
  ]);
  return Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk('IHDR', [...word(width), ...word(rows.length), depth, colour, 0, 0, interlaced]),
    ...(palette ? chunk('PLTE', palette) : []),
    ...chunk('tEXt', [65, 0, 66]),
    ...chunk('IDAT', deflateSync(Uint8Array.from(filtered))),
    ...chunk('IEND', []),
  ]);
}

const noisy = (rows: number, bytes: number): number[][] =>
  Array.from({ length: rows }, (_, y) => Array.from({ length: bytes }, (_, i) => (y * 97 + i * 31 + ((y * i) % 7) * 13) & 255));
const ALL = [0, 1, 2, 3, 4];

describe('a PNG', () => {
  test.each(ALL)('with filter %i, and with all in turn, is what was written', async (filter) => {
    const rows = noisy(7, 15);
    for (const filters of [[filter], ALL]) {
      const { width, height, channels, data } = await decodePng(png({ width: 5, colour: 2 }, rows, filters));
      expect([width, height, channels]).toEqual([5, 7, 3]);
      expect([...data]).toEqual(rows.flat());
    }
  });

  test('may be grey, with alpha, of a palette, and of 1, 4 or 16 bits', async () => {
    const read = async (...given: Parameters<typeof png>): Promise<number[]> => [...(await decodePng(png(...given))).data];
    expect(await read({ width: 3, colour: 0 }, [[0, 100, 255]], [1])).toEqual([0, 100, 255]);
    expect(await read({ width: 2, colour: 4 }, [[10, 255, 20, 0]], [4])).toEqual([10, 20]);
    expect(await read({ width: 2, colour: 6 }, [[1, 2, 3, 255, 4, 5, 6, 0]], [3])).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await read({ width: 3, depth: 2, colour: 3, palette: [9, 8, 7, 1, 2, 3, 250, 251, 252] }, [[0b00_01_10_00]], [0])).toEqual([
      9, 8, 7, 1, 2, 3, 250, 251, 252,
    ]);
    expect(await read({ width: 10, depth: 1, colour: 0 }, [[0b10110000, 0b01000000]], [0])).toEqual([255, 0, 255, 255, 0, 0, 0, 0, 0, 255]);
    expect(await read({ width: 2, depth: 4, colour: 0 }, [[0x5f]], [0])).toEqual([85, 255]);
    expect(await read({ width: 2, depth: 16, colour: 0 }, [[200, 1, 7, 255]], [2])).toEqual([200, 7]);
  });

  test('that is damaged, cut off, too large or interlaced is refused', async () => {
    const good = png({ width: 5, colour: 2 }, noisy(7, 15), [0]);
    const huge = good.slice();
    huge.set([0, 255, 255, 255], 16);
    for (const bytes of [
      good.subarray(0, 60),
      good.with(25, 9),
      good.with(24, 3),
      good.with(80, 255),
      huge,
      png({ width: 2, colour: 0, interlaced: 1 }, [[1, 2]], [0]),
      png({ width: 9, colour: 0 }, [[1, 2]], [0]),
    ])
      await expect(decodePng(bytes)).rejects.toThrow(DataError);
  });
});

const plain = (width: number, height: number, value: number): Uint8Array =>
  png({ width, colour: 0 }, new Array<number[]>(height).fill(new Array<number>(width).fill(value)), [0]);

describe('images', () => {
  test('of one size are rows of bytes, channels last, with classes by name', async () => {
    const colour = png({ width: 2, colour: 2 }, [[255, 0, 0, 0, 255, 0]], [0]);
    const data = await fromImages([
      { bytes: colour, label: 'b' },
      { bytes: plain(2, 1, 9), label: 'a' },
    ]);
    expect(data).toMatchObject({ rows: 2, shape: [1, 2, 3], classNames: ['a', 'b'], reading: { divisor: 255 } });
    expect([[...data.y], [...data.bytes!.values]]).toEqual([
      [1, 0],
      [255, 0, 0, 0, 255, 0, 9, 9, 9, 9, 9, 9],
    ]);
    const grey = await fromImages(
      [
        { bytes: colour, label: 'b' },
        { bytes: plain(2, 1, 9), label: 'a' },
      ],
      { channels: 1, classNames: ['b', 'a'] },
    );
    expect([[...grey.y], [...grey.bytes!.values]]).toEqual([
      [0, 1],
      [76, 150, 9, 9],
    ]);
  });

  test('are brought to one size by the mean over areas', async () => {
    const steps = png(
      { width: 4, colour: 0 },
      [
        [0, 100, 200, 100],
        [0, 100, 0, 100],
        [40, 40, 80, 80],
        [40, 40, 80, 80],
      ],
      [0],
    );
    const shrunk = async (size: number[]): Promise<number[]> =>
      [
        ...(
          await fromImages(
            [
              { bytes: steps, label: 'a' },
              { bytes: steps, label: 'b' },
            ],
            { size, channels: 1 },
          )
        ).bytes!.values,
      ].slice(0, size[0]! * size[1]!);
    expect(await shrunk([2, 2])).toEqual([50, 100, 40, 80]);
    expect(await shrunk([1, 1])).toEqual([68]);
    expect((await shrunk([8, 8])).slice(0, 8)).toEqual([0, 0, 100, 100, 200, 200, 100, 100]);
    expect(await shrunk([4, 3])).toEqual([25, 150, 125, 25, 50, 75, 40, 60, 80, 40, 60, 80]);
  });

  test('may be JPEG: smooth ones are near to what was written', async () => {
    const width = 16;
    const rgba = Uint8Array.from({ length: 4 * width * width }, (_, i) => (i % 4 === 3 ? 255 : 40 + 8 * (Math.floor(i / 4) % width)));
    const { data, channels } = decodeJpeg(new Uint8Array(encode({ data: rgba, width, height: width }, 95).data));
    expect([channels, data.length]).toEqual([3, 3 * width * width]);
    for (let pixel = 0; pixel < width * width; pixel++) expect(Math.abs(data[3 * pixel]! - rgba[4 * pixel]!)).toBeLessThan(6);
    expect(() => decodeJpeg(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 1))).toThrow(DataError);
  });

  test('that do not fit are refused by name', async () => {
    const a = { bytes: plain(2, 2, 1), label: 'a' };
    await expect(fromImages([a, { bytes: plain(3, 2, 1), label: 'b', name: 'b/7.png' }])).rejects.toThrow(
      'b/7.png: expected 2 x 2 pixels as the first image has, got 2 x 3; `size`: [2, 2] brings',
    );
    await expect(fromImages([a, { bytes: Uint8Array.of(1, 2, 3), label: 'b' }])).rejects.toThrow(
      'image 1: expected a PNG or a JPEG file, got one that begins with 1 2 3',
    );
    await expect(fromImages([a, { bytes: a.bytes.subarray(0, 50), label: 'b', name: 'b.png' }])).rejects.toThrow('b.png: png: the file is damaged');
    await expect(fromImages([a, a])).rejects.toThrow('expected at least two classes, got ["a"]');
    await expect(fromImages([a, { ...a, label: 'c' }], { classNames: ['a', 'b'] })).rejects.toThrow('image 1: expected one of the classes ["a", "b"], got "c"');
    for (const wrong of [[], [3], [{ bytes: 'x', label: 'a' }], 5]) await expect(fromImages(wrong as never)).rejects.toThrow(UsageError);
    await expect(fromImages([a, a], { channels: 2 })).rejects.toThrow(UsageError);
  });
});

const documentOf = (data: object, units: number) =>
  parseExperiment({
    data,
    model: { layers: [{ type: 'dense', units }] },
    loss: 'softmax_cross_entropy',
    optimizer: { name: 'sgd', learningRate: 0.1 },
    training: { steps: 1, batchSize: 2 },
  });

test('a folder by class is a source of documents', async () => {
  const files: Record<string, string | Uint8Array> = {
    pets: JSON.stringify(['cat/1.png', 'dog/1.png', 'cat/2.png']),
    'pets/cat/1.png': plain(4, 4, 10),
    'pets/cat/2.png': plain(2, 2, 20),
    'pets/dog/1.png': plain(8, 8, 250),
  };
  const read = async (name: string): Promise<string | Uint8Array> => files[name]!;
  const { train, fitted, summary } = await loadData(documentOf({ source: 'images', path: 'pets', size: [2, 2], channels: 1 }, 2), read);
  expect([train.rows, train.shape, fitted]).toEqual([3, [2, 2, 1], { inputs: 4, classes: ['cat', 'dog'], divisor: 255 }]);
  expect(summaryText(summary!)).toEqual([
    'Data: 3 rows from images.',
    '  inputs   2 x 2 x 1, bytes from 10 to 250',
    '  targets  2 classes: cat (2), dog (1)',
    '  They are divided by 255.',
  ]);
  for (const listing of ['[]', 'no', '["1.png"]', '[3]'])
    await expect(loadData(documentOf({ source: 'images', path: 'pets' }, 2), async () => listing)).rejects.toThrow(DataError);
});

test('CIFAR-10 in its binary version, channels last, with a test part', async () => {
  const record = (label: number, red: number): number[] => [
    label,
    ...new Array<number>(1024).fill(red),
    ...Array.from({ length: 1024 }, (_, i) => i & 255),
    ...new Array<number>(1024).fill(7),
  ];
  const [train, test] = [Uint8Array.from([...record(3, 1), ...record(9, 2)]), Uint8Array.from(record(0, 5))];
  const data = fromCifar10([train, test]);
  expect([data.rows, data.shape, [...data.y], data.classNames![3]]).toEqual([3, [32, 32, 3], [3, 9, 0], 'cat']);
  expect([...data.bytes!.values.subarray(0, 6)]).toEqual([1, 0, 7, 1, 1, 7]);
  const loaded = await loadData(documentOf({ source: 'cifar10', files: ['a'], test: ['b'] }, 10), async (name) =>
    name === 'a' ? new Uint8Array(gzipSync(train)) : test,
  );
  expect([loaded.train.rows, loaded.test!.rows, loaded.fitted.divisor, loaded.fitted.classes!.length]).toEqual([2, 1, 255, 10]);
  expect(() => fromCifar10([train.subarray(1)])).toThrow('file 0: expected records of 3073 bytes, got 6145 bytes');
  expect(() => fromCifar10([test.with(0, 10)])).toThrow('file 0, image 0: expected a class from 0 to 9, got 10');
  for (const wrong of [[], 3, [3]]) expect(() => fromCifar10(wrong as never)).toThrow(UsageError);
});
