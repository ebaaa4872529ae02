// NumPy's files, as NumPy writes them (tests/fixtures/numpy_files.py).
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fromNpy, parseNpy, unpackNpz } from '../../src/data/npy.ts';
import { fitStandardiser } from '../../src/data/prepare.ts';
import { DataError } from '../../src/errors.ts';
import { writeNpz } from '../../src/exchange/npz.ts';
import { loadData } from '../../src/experiment/data.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';

const file = new Uint8Array(readFileSync(new URL('../fixtures/numpy.npz', import.meta.url)));
const arrays = await unpackNpz(file);

test('arrays have their shapes and values, whatever their type and order', () => {
  const table = [0, 1, 2, 10, 11, 12, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 52];
  expect(parseNpy(arrays.x!)).toEqual({ shape: [6, 3], data: Float64Array.from(table, (value) => value + 0.5) });
  expect(parseNpy(arrays.columns!)).toEqual({ shape: [6, 3], data: Int32Array.from(table) });
  expect(parseNpy(arrays.images!)).toMatchObject({ shape: [6, 2, 2], data: { 4: 40, 23: 200 } });
  expect(parseNpy(arrays.flags!)).toEqual({ shape: [6], data: Uint8Array.of(1, 0, 1, 0, 1, 0) });
  expect(parseNpy(arrays.y!)).toEqual({ shape: [6], data: Float64Array.of(0, 1, 2, 0, 1, 2) });
});

test('two make a data set: bytes stay bytes, and times keep their differences', () => {
  const images = fromNpy(arrays.images!, arrays.y!, { classes: 3, divisor: 255 });
  expect(images).toMatchObject({ rows: 6, features: 4, shape: [2, 2], classes: 3, bytes: { divisor: 255 }, reading: { divisor: 255 } });
  expect(fitStandardiser(fromNpy(arrays.times!, arrays.y!))).toEqual({ offset: [1_780_000_002.5], divisor: [expect.closeTo(1.7078, 4)] });
});

test('a document names the file and its arrays; the loss decides whether targets are classes', async () => {
  const load = (data: object, loss: string, units: number) =>
    loadData(
      parseExperiment({
        data: { source: 'numpy', ...data },
        model: { layers: [{ type: 'dense', units }] },
        loss,
        optimizer: { name: 'sgd', learningRate: 0.1 },
        training: { steps: 1, batchSize: 2 },
      }),
      async (name) => (name === 'all.npz' ? file : arrays[name.replace('.npy', '')]!),
    );
  expect((await load({ path: 'all.npz', x: 'images', divisor: 255 }, 'softmax_cross_entropy', 3)).fitted).toEqual({
    inputs: 4,
    classes: ['0', '1', '2'],
    divisor: 255,
  });
  expect((await load({ path: 'all.npz' }, 'mse', 1)).train).toMatchObject({ rows: 6, features: 3, targetSize: 1 });
  expect((await load({ x: 'x.npy', y: 'y.npy' }, 'softmax_cross_entropy', 3)).train.classes).toBe(3);
  const { train, test: apart } = await load({ path: 'all.npz', test: { x: 'columns', y: 'flags' } }, 'softmax_cross_entropy', 3);
  expect([train.classes, apart]).toEqual([3, expect.objectContaining({ rows: 6, classes: 3, y: Float32Array.of(1, 0, 1, 0, 1, 0) })]);
  const both = { path: 'all.npz', split: { test: 0.5 }, test: { x: 'columns', y: 'flags' } };
  await expect(load(both, 'mse', 1)).rejects.toThrow('both set a test part');
  await expect(load({ path: 'all.npz', x: 'z' }, 'mse', 1)).rejects.toThrow('npz: no array is named "z"; there are ["x", "columns", ');
  await expect(load({ path: 'all.npz' }, 'softmax_cross_entropy', 4)).rejects.toThrow('the data have 3 classes, and the last layer gives 4 outputs');
});

test('rows of one 1 and zeros are classes where the loss takes them', async () => {
  const x = { shape: [3, 1], data: Float32Array.of(1, 2, 3) };
  const load = (y: number[], loss: string) =>
    loadData(
      parseExperiment({
        data: { source: 'numpy', path: 'a.npz' },
        model: { layers: [{ type: 'dense', units: 2 }] },
        loss,
        optimizer: { name: 'sgd', learningRate: 0.1 },
        training: { steps: 1, batchSize: 2 },
      }),
      async () =>
        writeNpz(
          new Map([
            ['x', x],
            ['y', { shape: [3, 2], data: Float32Array.from(y) }],
          ]),
        ),
    );
  // Rows come in another order: the input tells which.
  const { train } = await load([0, 1, 1, 0, 0, 1], 'softmax_cross_entropy');
  expect(train).toMatchObject({ classes: 2, targetSize: 1 });
  expect([...train.y]).toEqual(Array.from(train.x, (row) => [1, 0, 1][row - 1]));
  expect((await load([0, 1, 1, 0, 0, 1], 'mse')).train.targetSize).toBe(2);
  for (const other of [
    [0, 1, 1, 1, 0, 1],
    [0, 1, 0, 0, 0, 1],
    [0, 1, 0.5, 0.5, 0, 1],
  ])
    expect((await load(other, 'softmax_cross_entropy')).train).not.toHaveProperty('classes');
});

test('what is damaged or of something else is refused', async () => {
  expect(() => parseNpy(arrays.words!)).toThrow('npy: expected an array of numbers (b1, u1, ');
  expect(() => parseNpy(arrays.x!.subarray(0, 200))).toThrow('npy: an array of shape [6, 3] takes 272 bytes, and the file has 200: it is damaged');
  const header = String.fromCharCode(...arrays.x!.subarray(0, 128)).replace('fortran_order', 'fortran_0rder');
  const orderless = Uint8Array.from(arrays.x!, (byte, i) => (i < 128 ? header.charCodeAt(i) : byte));
  expect(() => parseNpy(orderless)).toThrow('npy: the header does not say in which order the numbers are');
  expect(() => parseNpy(file)).toThrow('npy: expected a file that starts with \\x93NUMPY');
  expect(() => fromNpy(arrays.x!, arrays.words!)).toThrow(DataError);
  expect(() => fromNpy(arrays.x!, arrays.y!, { divisor: 255 })).toThrow('only unsigned bytes are divided');
  for (const end of [0, 10, 30, file.length - 30])
    await expect(unpackNpz(file.slice(0, end))).rejects.toThrow('npz: the file is no zip archive, or damaged or truncated');
  const broken = file.slice();
  broken.fill(7, 60, 120);
  await expect(unpackNpz(broken)).rejects.toThrow(DataError);
});
