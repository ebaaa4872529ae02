import { describe, expect, test } from 'vitest';
import { dataset, take } from '../../src/data/dataset.ts';
import { DataError, UsageError } from '../../src/errors.ts';

describe('dataset', () => {
  test('of a data set with other targets is a data set; rows alone are no option', () => {
    const train = dataset({
      x: [
        [1, 2],
        [3, 4],
      ],
      y: [0, 1],
      classes: 2,
    });
    const { classes: _classes, ...plain } = train;
    expect(dataset({ ...plain, y: [5, 6] })).toMatchObject({ rows: 2, features: 2, y: Float32Array.of(5, 6) });
    expect(() => dataset({ x: [[1], [2]], y: [1, 2], rows: 2 } as never)).toThrow('dataset: unknown option rows');
  });

  test('builds from nested arrays', () => {
    const data = dataset({
      x: [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      y: [0, 1, 1],
      classes: 2,
    });
    expect([...data.x]).toEqual([1, 2, 3, 4, 5, 6]);
    expect([...data.y]).toEqual([0, 1, 1]);
    expect(data).toMatchObject({ rows: 3, features: 2, shape: [2], targetSize: 1, classes: 2 });
  });

  test('builds from flat arrays', () => {
    const x = new Float32Array(12);
    const data = dataset({ x, y: [[1, 2, 3]], shape: [3, 4] });
    expect(data).toMatchObject({ rows: 1, features: 12, shape: [3, 4], targetSize: 3 });
    expect(data.classes).toBeUndefined();
    expect(dataset({ x: [1, 2, 3], y: [4, 5, 6] })).toMatchObject({ rows: 3, features: 1, targetSize: 1 });
    expect(dataset({ x: [1, 2], y: Int32Array.of(1, 2, 3, 4), targetSize: 2 })).toMatchObject({ rows: 2, targetSize: 2 });
  });

  test('class names give the number of classes', () => {
    expect(dataset({ x: [1], y: [2], classNames: ['a', 'b', 'c'] }).classes).toBe(3);
  });

  const refused: [string, Parameters<typeof dataset>[0], RegExp][] = [
    ['empty x', { x: [], y: [] }, /x is empty/],
    ['empty y', { x: [1], y: new Float32Array(0) }, /y is empty/],
    ['a short row', { x: [[1, 2], [3]], y: [0, 1] }, /x\[1\]: expected 2 numbers.*got 1/],
    ['a row that is null', { x: [[1, 2], null as unknown as number[]], y: [0, 1] }, /x\[1\]: expected 2 numbers.*got null/],
    ['rows of another width than shape', { x: [[1, 2]], y: [0], shape: [3] }, /x\[0\]: expected 3 numbers \(shape is \[3\]\), got 2/],
    ['a flat x of no whole rows', { x: [1, 2, 3], y: [0], shape: [2] }, /3 numbers.*rows of 2/],
    [
      'NaN',
      {
        x: [
          [1, 2],
          [3, Number.NaN],
        ],
        y: [0, 1],
      },
      /x, row 1, column 1: expected a finite number, got NaN/,
    ],
    ['infinity in a flat array', { x: Float32Array.of(0, 0, 0, -Infinity), y: [0, 1], shape: [2] }, /x, row 1, column 1:.*got -Infinity/],
    ['a value too large for f32', { x: [1, 1e39], y: [0, 1] }, /x, row 1, column 0: 1e\+39 does not fit/],
    ['text', { x: [['a' as unknown as number]], y: [0] }, /x, row 0, column 0: expected a finite number, got "a"/],
    ['null', { x: [[1, null as unknown as number]], y: [0] }, /x, row 0, column 1: expected a finite number, got null/],
    ['null in a flat array', { x: [1, null as unknown as number], y: [0, 1] }, /x, row 1, column 0:.*got null/],
    [
      'NaN target',
      {
        x: [1, 2],
        y: [
          [1, 2],
          [3, Number.NaN],
        ],
      },
      /y, row 1, column 1/,
    ],
    ['different row counts', { x: [[1], [2]], y: [1, 2, 3] }, /x has 2 rows and y has 3/],
    ['a flat x without its shape', { x: new Float32Array(6), y: [1, 2, 3] }, /x has 6 rows and y has 3.*needs `shape`/],
    ['a label above the classes', { x: [1, 2], y: [0, 3], classes: 3 }, /y, row 1: expected a class index from 0 to 2, got 3/],
    ['a negative label', { x: [1, 2], y: [0, -1], classes: 3 }, /row 1.*got -1/],
    ['a label that is no integer', { x: [1, 2], y: [0.5, 1], classes: 3 }, /row 0.*got 0.5/],
    ['one-hot rows with classes', { x: [1], y: [[0, 1]], classes: 2 }, /one class index, got 2 numbers/],
    ['too few names', { x: [[1, 2]], y: [0], featureNames: ['a'] }, /featureNames: expected 2 names, got 1/],
    ['class names of another number', { x: [1], y: [0], classes: 2, classNames: ['a', 'b', 'c'] }, /classNames: expected 2 names, got 3/],
  ];
  test.each(refused)('refuses %s', (_, input, message) => {
    expect(() => dataset(input)).toThrow(DataError);
    expect(() => dataset(input)).toThrow(message);
  });

  test('refuses sizes that make no sense', () => {
    expect(() => dataset({ x: [1], y: [0], shape: [0] })).toThrow(UsageError);
    expect(() => dataset({ x: [1], y: [0], classes: 1 })).toThrow(/classes: expected an integer from 2 to 16777216, got 1/);
    expect(() => dataset({ x: [[]], y: [0] })).toThrow(/shape\[0\]: expected a positive integer, got 0/);
  });
});

test.each<[string, Record<string, unknown>, string]>([
  ['a shape that is no list', { shape: 2 }, 'dataset: shape: expected a list of sizes, got 2'],
  ['a shape with a hole', { x: [1, 2, 3, 4], shape: new Array(1).concat(2) }, 'dataset: shape[0]: expected a positive integer, got undefined'],
  ['a divisor so small that the quotients overflow', { x: Uint8Array.of(1, 2), shape: [1], divisor: 1e-320 }, 'dataset: divisor: expected a number by which'],
  ['a divisor of 0', { x: Uint8Array.of(1, 2), shape: [1], divisor: 0 }, 'dataset: divisor: expected a number by which bytes can be divided, got 0'],
  ['names that are no list', { classNames: 5 }, 'dataset: classNames: expected a list of names, got 5'],
  ['names in a text', { featureNames: 'ab' }, 'dataset: featureNames: expected a list of names, got "ab"'],
  ['names in an object', { classNames: { length: 2 } }, 'dataset: classNames: expected a list of names'],
  ['numbers for names', { classNames: [0, 1] }, 'dataset: classNames: expected a list of names, got [0, 1]'],
])('dataset refuses %s', (_, change, message) => {
  const given = {
    x: [
      [1, 2],
      [3, 4],
    ],
    y: [0, 1],
    ...change,
  };
  expect(() => dataset(given as never)).toThrow(UsageError);
  expect(() => dataset(given as never)).toThrow(message);
});

describe('take', () => {
  const data = dataset({
    x: [
      [1, 10],
      [2, 20],
      [3, 30],
    ],
    y: [0, 1, 2],
    classes: 3,
    featureNames: ['a', 'b'],
  });

  test('picks rows in order, twice if asked, and keeps the rest', () => {
    const part = take(data, [2, 0, 2]);
    expect([...part.x]).toEqual([3, 30, 1, 10, 3, 30]);
    expect([...part.y]).toEqual([2, 0, 2]);
    expect(part).toMatchObject({ rows: 3, features: 2, classes: 3, featureNames: ['a', 'b'] });
  });

  test('copies, so that the parts do not share memory', () => {
    take(data, [0]).x[0] = 99;
    expect(data.x[0]).toBe(1);
  });

  test('refuses none, and rows that are not there', () => {
    expect(() => take(data, [])).toThrow(DataError);
    expect(() => take(data, [0, 3])).toThrow(/indices\[1\]: expected an integer from 0 to 2, got 3/);
    expect(() => take(data, [-1])).toThrow(UsageError);
    expect(() => take(data, [0.5])).toThrow(UsageError);
  });
});

test('more classes than a layer has units are refused where they are given, not by a trainer', () => {
  const of = (classes: number) => dataset({ x: [[1], [2]], y: [0, 1], classes });
  expect(() => of(2 ** 40)).toThrow(UsageError);
  expect(() => of(2 ** 40)).toThrow('classes: expected an integer of at most 16777216, got 1099511627776');
  expect(of(2 ** 24).classes).toBe(2 ** 24);
});
