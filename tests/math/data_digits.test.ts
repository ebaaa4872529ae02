import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fromDigitsCsv } from '../../src/data/digits.ts';
import { DataError } from '../../src/errors.ts';

const read = (name: string): string => readFileSync(new URL(`../../demo/data/${name}`, import.meta.url), 'utf8');

test.each([
  ['digits-train.csv', 1437],
  ['digits-test.csv', 360],
])('%s: %i digits in 0..1', (name, rows) => {
  const data = fromDigitsCsv(read(name));
  expect(data).toMatchObject({ rows, features: 64, shape: [64], targetSize: 1, classes: 10 });
  expect(data.x.reduce((a, b) => Math.min(a, b))).toBe(0);
  expect(data.x.reduce((a, b) => Math.max(a, b))).toBe(1);
  for (let digit = 0; digit < 10; digit++) expect(data.y.filter((y) => y === digit).length).toBeGreaterThan(rows / 20);
});

test('the first digit is the one in the file', () => {
  const data = fromDigitsCsv(read('digits-train.csv'));
  expect(data.y[0]).toBe(1);
  expect([...data.x.subarray(0, 8)]).toEqual([0, 0, 0, 3, 16, 8, 0, 0].map((pixel) => pixel / 16));
});

test('ten classes even where a file shows two', () => {
  const pixels = new Array(64).fill(16).join();
  const data = fromDigitsCsv(`${pixels},3\n${pixels},7\n`);
  expect([data.rows, data.classes, ...data.y]).toEqual([2, 10, 3, 7]);
});

test.each([
  ['too few pixels', `${new Array(63).fill(1).join()},3`, /expected 64 pixels.*got 63/],
  ['a pixel too bright', `${new Array(63).fill(1).join()},17,3`, /row 0, pixel 63: expected a number from 0 to 16, got 17/],
  ['a label that is no digit', `${new Array(64).fill(1).join()},10`, /line 1, column 65: expected one of the classes .*got "10"/],
])('refuses %s', (_, text, message) => {
  expect(() => fromDigitsCsv(text)).toThrow(DataError);
  expect(() => fromDigitsCsv(text)).toThrow(message);
});
