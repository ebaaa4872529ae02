import { describe, expect, test } from 'vitest';
import { type Dataset, dataset } from '../../src/data/dataset.ts';
import { applyScaling, divideBy, fitMinMax, fitStandardiser, oneHot, type Split, split, standardise } from '../../src/data/prepare.ts';
import { DataError, ShapeError, UsageError } from '../../src/errors.ts';
import { Random } from '../../src/random.ts';

/** Rows whose only input is their number, so that parts can be compared. */
const numbered = (labels: number[], classes?: number): Dataset => dataset({ x: labels.map((_, row) => row), y: labels, ...(classes && { classes }) });
const parts = (s: Split): Dataset[] => [s.train, s.validation, s.test].filter((part) => part !== undefined);
const count = (data: Dataset, label: number): number => data.y.filter((y) => y === label).length;

describe('split', () => {
  test('parts share no row, miss none, and keep each row with its target', () => {
    const random = new Random(1);
    for (let round = 0; round < 100; round++) {
      const rows = 10 + random.integer(200);
      const classes = random.uniform() < 0.5 ? 2 + random.integer(4) : undefined;
      const data = numbered(
        Array.from({ length: rows }, (_, row) => (classes ? row % classes : row * 2)),
        classes,
      );
      const options = { validation: 0.1 + 0.3 * random.uniform(), test: 0.1 + 0.3 * random.uniform(), seed: round };
      const result = split(data, options);
      expect(
        parts(result)
          .flatMap((part) => [...part.x])
          .sort((a, b) => a - b),
      ).toEqual([...data.x]);
      expect(result.validation!.rows).toBe(Math.round(options.validation * rows));
      expect(result.test!.rows).toBe(Math.round(options.test * rows));
      for (const part of parts(result))
        part.x.forEach((row, i) => {
          expect(part.y[i]).toBe(data.y[row]);
        });
    }
  });

  test('has only the parts that were asked for', () => {
    const data = numbered([0, 1, 0, 1, 0, 1], 2);
    expect(Object.keys(split(data))).toEqual(['train']);
    expect(Object.keys(split(data, { test: 0.5 }))).toEqual(['train', 'test']);
    expect(split(data, { validation: 0.5 }).validation!.rows).toBe(3);
  });

  test('the seed decides', () => {
    const data = numbered(Array.from({ length: 50 }, (_, row) => row));
    const train = (seed: number): number[] => [...split(data, { test: 0.2, seed }).train.x];
    expect(train(3)).toEqual(train(3));
    expect(train(3)).not.toEqual(train(4));
    expect(train(3)).not.toEqual([...train(3)].sort((a, b) => a - b));
  });

  test('is stratified where there are classes: each part has its share of each, to within two rows', () => {
    const random = new Random(2);
    for (let round = 0; round < 50; round++) {
      const labels = Array.from({ length: 120 }, () => Math.min(random.integer(6), random.integer(6)));
      const data = numbered(labels, 6);
      for (const part of parts(split(data, { validation: 0.25, test: 0.15, seed: round })))
        for (let label = 0; label < 6; label++) expect(Math.abs(count(part, label) - (count(data, label) * part.rows) / data.rows)).toBeLessThanOrEqual(2);
    }
  });

  test('a class of 5 % is in every part when stratified, and left to chance when not', () => {
    const data = numbered(
      Array.from({ length: 200 }, (_, row) => (row < 10 ? 1 : 0)),
      2,
    );
    const rare = (stratified: boolean): number[] => Array.from({ length: 100 }, (_, seed) => count(split(data, { test: 0.1, seed, stratified }).test!, 1));
    expect(rare(true).every((n) => n === 1)).toBe(true);
    expect(new Set(rare(false)).size).toBeGreaterThan(2);
  });

  test('every row is as likely to be in a part, stratified or not', () => {
    for (const classes of [undefined, 2]) {
      const tests = new Array<number>(20).fill(0);
      const data = numbered(
        Array.from({ length: 20 }, (_, row) => (row < 12 ? 0 : 1)),
        classes,
      );
      for (let seed = 0; seed < 2000; seed++) for (const row of split(data, { test: 0.25, seed }).test!.x) tests[row]!++;
      // 2000 draws at 1/4: standard deviation 19.4.
      for (const n of tests) expect(Math.abs(n - 500)).toBeLessThan(classes ? 250 : 100);
    }
  });

  test.each([
    ['no row for the test', { test: 0.01 }, /the test part would be empty \(6 rows, validation 0, test 0.01\)/],
    ['no row for validation', { validation: 0.05 }, /the validation part would be empty/],
    ['none to train on', { validation: 0.5, test: 0.5 }, /the train part would be empty/],
    ['fractions above one', { validation: 0.7, test: 0.7 }, /the train part would be empty/],
  ])('refuses %s', (_, options, message) => {
    const data = numbered([0, 1, 0, 1, 0, 1], 2);
    expect(() => split(data, options)).toThrow(DataError);
    expect(() => split(data, options)).toThrow(message);
  });

  test('refuses options that make no sense', () => {
    const data = numbered([1, 2, 3]);
    expect(() => split(data, { test: -0.1 })).toThrow(/test: expected a number of at least 0 and below 1, got -0.1/);
    expect(() => split(data, { test: Number.NaN })).toThrow(UsageError);
    expect(() => split(data, { test: 0.5, stratified: true })).toThrow(/stratified needs a data set with classes/);
  });
});

describe('scaling', () => {
  const train = dataset({
    x: [
      [1, 7, -2],
      [3, 7, 0],
      [5, 7, 8],
    ],
    y: [1, 2, 3],
  });

  test('targets keep their differences where 32 bits do not: times, in parts as in the whole', () => {
    const times = Array.from({ length: 20 }, (_, row) => [1_600_000_000 + 3 * row, row]);
    const parts = standardise(split(dataset({ x: times.map(([, row]) => row!), y: times }), { validation: 0.25 }));
    // One divisor for both: rows are 3 apart in times, and 1 in the other column.
    const { offset, divisor } = parts.train.reading!.targets!;
    expect(divisor[0]).toBeCloseTo(3 * divisor[1]!, 9);
    expect(offset[0]).toBeCloseTo(1_600_000_000 + 3 * offset[1]!, 6);
    for (const { y } of [parts.train, parts.validation!]) for (let i = 0; i < y.length; i += 2) expect(y[i]).toBeCloseTo(y[i + 1]!, 6);
  });

  test('standardised columns have mean 0 and standard deviation 1; a constant column divides by 1', () => {
    const scaling = fitStandardiser(train);
    expect(scaling.offset).toEqual([3, 7, 2]);
    expect(scaling.divisor[0]).toBeCloseTo(Math.sqrt(8 / 3), 12);
    expect(scaling.divisor[1]).toBe(1);
    const { x, y } = applyScaling(train, scaling);
    for (const column of [0, 2]) {
      const values = [0, 1, 2].map((row) => x[row * 3 + column]!);
      expect(values.reduce((a, b) => a + b)).toBeCloseTo(0, 6);
      expect(values.reduce((a, b) => a + b * b, 0) / 3).toBeCloseTo(1, 6);
    }
    expect([x[1], x[4], x[7]]).toEqual([0, 0, 0]);
    expect(y).toEqual(train.y);
    expect([...train.x.subarray(0, 3)]).toEqual([1, 7, -2]);
  });

  test('other parts are scaled by what was fitted on the training part', () => {
    const test = dataset({ x: [[100, 8, 2]], y: [0] });
    const { x } = applyScaling(test, fitStandardiser(train));
    expect(x[0]).toBeCloseTo(97 / Math.sqrt(8 / 3), 4);
    expect([x[1], x[2]]).toEqual([1, 0]);
  });

  test('a constant that no sum holds exactly is still constant', () => {
    const data = dataset({ x: Array.from({ length: 1000 }, () => [0.1, 16777217]), y: new Array(1000).fill(0) });
    expect(fitStandardiser(data).divisor).toEqual([1, 1]);
    expect(applyScaling(data, fitStandardiser(data)).x.every((value) => Math.abs(value) < 1e-8)).toBe(true);
  });

  test('a small spread around a large mean is not lost', () => {
    const data = dataset({ x: [[1e6 - 1], [1e6], [1e6 + 1]], y: [0, 0, 0] });
    expect(fitStandardiser(data).divisor[0]).toBeCloseTo(Math.sqrt(2 / 3), 10);
  });

  test('min-max brings the training part to [0, 1] and lets others leave it', () => {
    const scaling = fitMinMax(train);
    expect([...applyScaling(train, scaling).x]).toEqual([0, 0, 0, 0.5, 0, 0.2, 1, 0, 1].map(Math.fround));
    expect([...applyScaling(dataset({ x: [[7, 8, -7]], y: [0] }), scaling).x]).toEqual([1.5, 1, -0.5]);
  });

  test('divideBy divides all by one constant', () => {
    expect([...applyScaling(train, divideBy(train, 2)).x]).toEqual([...train.x].map((value) => value / 2));
    expect(() => divideBy(train, 0)).toThrow(UsageError);
    expect(() => divideBy(train, Number.NaN)).toThrow(UsageError);
  });

  test('keeps the shape, the classes and the names; survives a document', () => {
    const images = dataset({ x: new Float32Array(8).fill(3), y: [0, 1], shape: [2, 2], classes: 2, classNames: ['a', 'b'] });
    const scaling = JSON.parse(JSON.stringify(fitStandardiser(images)));
    expect(applyScaling(images, scaling)).toMatchObject({ shape: [2, 2], classes: 2, classNames: ['a', 'b'], rows: 2 });
  });

  test('refuses another number of features, and results beyond 32 bits', () => {
    expect(() => applyScaling(numbered([1, 2]), fitStandardiser(train))).toThrow(ShapeError);
    expect(() => applyScaling(numbered([1, 2]), fitStandardiser(train))).toThrow(/offset: expected 1 numbers, one per feature, got 3/);
    expect(() => applyScaling(train, divideBy(train, 1e-320))).toThrow(/x, row 0, column 0/);
  });
});

describe('oneHot', () => {
  test('puts a one at the label', () => {
    expect([...oneHot([2, 0], 3)]).toEqual([0, 0, 1, 1, 0, 0]);
  });

  test('refuses labels out of range', () => {
    expect(() => oneHot([0, 3], 3)).toThrow(/row 1: expected a class index from 0 to 2, got 3/);
    expect(() => oneHot([0.5], 3)).toThrow(DataError);
    expect(() => oneHot([0], 1)).toThrow(UsageError);
  });
});
