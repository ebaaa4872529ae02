// What a caller may hand over as numbers, and what is refused: the same at every door.
import { describe, expect, test } from 'vitest';
import { oneHot } from '../../src/data/prepare.ts';
import { readRows } from '../../src/data/read_rows.ts';
import { DataError, UsageError } from '../../src/errors.ts';
import { toIntegers } from '../../src/integers.ts';
import { readSafetensors, writeSafetensors } from '../../src/io/safetensors.ts';
import * as LIMITS from '../../src/limits.ts';
import { ownFloats, toBytes, toFloats } from '../../src/numbers.ts';

describe('numbers become 32-bit floats', () => {
  const lists: [string, unknown][] = [
    ['an array', [0, 1, 2]],
    ['a Float64Array', Float64Array.of(0, 1, 2)],
    ['an Int32Array', Int32Array.of(0, 1, 2)],
    ['a Uint8Array', Uint8Array.of(0, 1, 2)],
    ['a Uint8ClampedArray', Uint8ClampedArray.of(0, 1, 2)],
    ['rows', [[0, 1, 2]]],
    ['typed rows', [Float64Array.of(0), Int8Array.of(1), [2]]],
    ['a list that is no array', { length: 3, 0: 0, 1: 1, 2: 2 }],
    ['a part of a longer array', Float64Array.of(9, 0, 1, 2, 9).subarray(1, 4)],
  ];
  test.each(lists)('%s', (_, given) => {
    const floats = toFloats('x', given);
    expect(floats).toBeInstanceOf(Float32Array);
    expect([...floats]).toEqual([0, 1, 2]);
  });

  test('by rounding to the nearest', () => {
    expect([...toFloats('x', [0.1, 16777217])]).toEqual([Math.fround(0.1), 16777216]);
    expect([...toFloats('x', Float64Array.of(0.1))]).toEqual([Math.fround(0.1)]);
  });

  test('a Float32Array is taken itself, or copied where it is read later', () => {
    const given = Float32Array.of(1, 2, 3).subarray(1);
    expect(toFloats('x', given)).toBe(given);
    const own = ownFloats('x', given);
    given.fill(9);
    expect([...own]).toEqual([2, 3]);
  });

  test('NaN and infinity pass unless they are refused', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      for (const given of [[value], Float32Array.of(value), Float64Array.of(value), [[value]]]) {
        expect([...toFloats('x', given)]).toEqual([value]);
        expect(() => toFloats('x', given, { finite: true })).toThrow(`expected a finite number, got ${value}`);
      }
  });
});

describe('what is no list of numbers is refused', () => {
  const cases: [string, unknown, string][] = [
    ['nothing', undefined, 'x: expected numbers in an array or a typed array, got undefined'],
    ['null', null, 'x: expected numbers in an array or a typed array, got null'],
    ['a number', 5, 'got 5'],
    ['text', '1,2', 'got "1,2"'],
    ['an object', { a: 1 }, 'got {"a":1}'],
    ['a map', new Map([[0, 1]]), 'got Map'],
    ['a buffer', new ArrayBuffer(8), 'got ArrayBuffer'],
    ['a view of bytes', new DataView(new ArrayBuffer(8)), 'got DataView'],
    ['BigInts', BigInt64Array.of(1n), 'got BigInt64Array'],
    ['a promise', Promise.resolve([1]), 'got a Promise: await it'],
    ['a BigInt in an array', [1, 1n], 'x, row 0, column 1: expected a number, got 1'],
    ['text in an array', [1, 2, '3'], 'x, row 1, column 0: expected a number, got "3"'],
    ['null in an array', [null, 1], 'x, row 0, column 0: expected a number, got null'],
    ['a hole', new Array(2), 'x, row 0, column 0: expected a number, got undefined'],
    ['a boolean', [true, false], 'x, row 0, column 0: expected a number, got true'],
    ['text in a row', [[1, '2']], 'x, row 0, column 1: expected a number, got "2"'],
    ['a row that is too short', [[1, 2], [3]], 'x[1]: expected 2 numbers, got 1'],
    ['a row that is null', [[1, 2], null], 'x[1]: expected 2 numbers, got null'],
    ['a number among rows', [[1, 2], 3], 'x[1]: expected 2 numbers, got 3'],
    ['a row among numbers', [1, [2]], 'x, row 0, column 1: expected a number, got [2]'],
    ['rows of rows', [[[1], [2]]], 'x, row 0, column 0: expected a number, got [1]'],
    ['a number beyond 32 bits', [1, 1e39], 'x, row 0, column 1: 1e+39 does not fit into a 32-bit float'],
    ['one in a Float64Array', Float64Array.of(1, -1e300), 'x, row 0, column 1: -1e+300 does not fit into a 32-bit float'],
  ];
  test.each(cases)('%s', (_, given, message) => {
    expect(() => toFloats('x', given, { width: 2 })).toThrow(DataError);
    expect(() => toFloats('x', given, { width: 2 })).toThrow(message);
  });
});

test('a length that nobody could hold is refused before anything is made', () => {
  for (const length of [LIMITS.numbers + 1, 2 ** 53 - 1])
    for (const read of [toFloats, toIntegers]) expect(() => read('x', { length, 0: 1 })).toThrow(/x: expected at most 1,073,741,824 numbers, got [\d,]+$/);
  expect(() => toFloats('x', { length: 2 ** 20, 0: { length: 2 ** 20, 0: 1 } })).toThrow(DataError);
  expect(() => toFloats('x', new Array(2 ** 32 - 1))).toThrow(DataError);
});

test('memory that another thread may write to is copied', () => {
  const floats = new Float32Array(new SharedArrayBuffer(8)).fill(3);
  const integers = new Int32Array(new SharedArrayBuffer(8)).fill(3);
  const bytes = new Uint8Array(new SharedArrayBuffer(2)).fill(3);
  for (const taken of [toFloats('x', floats), ownFloats('x', floats), toIntegers('x', integers), toBytes('x', bytes)]) {
    expect([...taken]).toEqual([3, 3]);
    expect(taken.buffer).toBeInstanceOf(ArrayBuffer);
  }
});

describe('rows of a tensor follow its axes', () => {
  const of = (rows: number, width: number): number[][] => Array.from({ length: rows }, (_, row) => new Array<number>(width).fill(row));

  test.each<[number[], number[][]]>([
    [[3, 2], of(3, 2)],
    [[3, 2], of(1, 6)],
    [[2, 3, 4], of(6, 4)],
    [[2, 3, 4], of(2, 12)],
    [[4], of(1, 4)],
    [[2, 1], of(2, 1)],
  ])('%j', (shape, rows) => {
    for (const read of [toFloats, toIntegers]) expect([...read('w', rows, { shape })]).toEqual(rows.flat());
  });

  test.each<[number[], number[][], string]>([
    [[3, 2], of(2, 3), 'w[0]: expected rows of 2 numbers for [3, 2], got 3'],
    [[2, 3, 4], of(4, 6), 'w[0]: expected rows of 4 numbers for [2, 3, 4], got 6'],
    [[4], of(4, 1), 'w[0]: expected rows of 4 numbers for [4], got 1'],
    [[2, 2], [[1, 2], [3]], 'w[1]: expected 2 numbers, got 1'],
    [[2, 2], [[1, 2], null as never], 'w[1]: expected 2 numbers, got null'],
  ])('%j refuses %j', (shape, rows, message) => {
    for (const read of [toFloats, toIntegers]) {
      expect(() => read('w', rows, { shape })).toThrow(DataError);
      expect(() => read('w', rows, { shape })).toThrow(message);
    }
  });
});

test('class indexes for one-hot rows', () => {
  expect([...oneHot(Int8Array.of(1, 0), 2)]).toEqual([0, 1, 1, 0]);
  expect(() => oneHot(null as never, 2)).toThrow('oneHot: labels: expected numbers');
});

describe('a source of batches', () => {
  const info = { rows: 8, features: 2, targetSize: 1 };
  const indices = Uint32Array.of(5, 3);

  test('may bring other numbers than floats', async () => {
    const { x, y } = await readRows(
      {
        ...info,
        read: () => ({
          x: [
            [1, 2],
            [3, 4],
          ],
          y: Float64Array.of(0.5, 2),
        }),
      },
      indices,
    );
    expect([x, y]).toEqual([Float32Array.of(1, 2, 3, 4), Float32Array.of(0.5, 2)]);
  });

  test('may fill one array again and again', async () => {
    const [x, y] = [new Float32Array(4), new Float32Array(2)];
    let call = 0;
    const source = {
      ...info,
      read: () => {
        x.fill(++call);
        return { x, y };
      },
    };
    const batches = await Promise.all([readRows(source, indices), readRows(source, indices)]);
    expect(batches.map((batch) => batch.x![0])).toEqual([1, 2]);
  });

  test('is refused with the row', async () => {
    const read = (x: unknown, y: unknown = [0, 1]) => readRows({ ...info, read: () => ({ x, y }) as never }, indices);
    await expect(
      read([
        [1, 2],
        [3, '4'],
      ]),
    ).rejects.toThrow('data source: x, row 3, column 1: expected a number, got "4"');
    await expect(read([1, 2, 3, 4], undefined)).resolves.toBeDefined();
    await expect(read([1, 2, 3, 4], null)).rejects.toThrow('data source: y: expected numbers');
    await expect(read(BigInt64Array.of(1n, 2n, 3n, 4n))).rejects.toThrow(DataError);
    await expect(readRows({ ...info, read: () => undefined as never }, indices)).rejects.toThrow('data source: expected a batch of x and y, got undefined');
  });
});

describe('files', () => {
  test('are bytes', () => {
    expect([...toBytes('file', Uint8Array.of(1, 2).buffer)]).toEqual([1, 2]);
    for (const given of ['text', null, [1, 2], new Uint16Array(2)]) {
      expect(() => toBytes('file', given)).toThrow(UsageError);
      expect(() => readSafetensors(given as never)).toThrow('safetensors: expected the bytes of a file in a Uint8Array');
    }
  });

  test('are written from other numbers than floats, too', () => {
    const bytes = writeSafetensors(new Map([['w', { shape: [2], data: Float64Array.of(0.5, -2) as never }]]));
    expect([...readSafetensors(bytes).tensors.get('w')!.data]).toEqual([0.5, -2]);
    expect([...readSafetensors(bytes.buffer as never).tensors.get('w')!.data]).toEqual([0.5, -2]);
  });
});

test('whole numbers of 32 bits, and nothing else', () => {
  const own = Int32Array.of(1, 2);
  expect(toIntegers('labels', own)).toBe(own);
  expect(toIntegers('labels', [[3], [2 ** 31 - 1]])).toEqual(Int32Array.of(3, 2 ** 31 - 1));
  expect(toIntegers('labels', Uint8Array.of(255))).toEqual(Int32Array.of(255));
  for (const wrong of [[0.5], [Number.NaN], ['1'], [null], [2 ** 31], [1n]])
    expect(() => toIntegers('labels', wrong)).toThrow(/^labels\[0\]: expected a whole number of 32 bits, got /);
  expect(() => toIntegers('labels', 'text')).toThrow('labels: expected whole numbers in an array or a typed array');
});
