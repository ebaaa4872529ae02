// How numbers are written: once for messages, tables and reports, and the page's way on top of it.
import { expect, test } from 'vitest';
import * as page from '../../demo/format.ts';
import { byteSize, count, figure, known, percent, rounded } from '../../src/format.ts';
import * as sentence from '../../src/inspect/diagnose/read.ts';

test.each([
  // In tables, in the sentences of findings, and on the page.
  [0, '0', '0', '0'],
  [-0, '0', '0', '0'],
  [1234.5, '1230', '1200', '1.2e3'],
  [0.012345, '0.0123', '0.012', '0.012'],
  [0.0012, '0.0012', '0.0012', '1.2e\u22123'],
  [0.00012, '1.2e-4', '0.00012', '1.2e\u22124'],
  [1e-12, '1.0e-12', '1e-12', '1.0e\u221212'],
  [-4.567, '-4.57', '-4.6', '\u22124.57'],
  [0.456, '0.456', '0.46', '0.46'],
  [99_999, '100000', '100000', '1.0e5'],
  [123_456, '1.2e+5', '120000', '1.2e5'],
  [1_440_000, '1.4e+6', '1.4e+6', '1.4e6'],
  [Number.NaN, 'NaN', 'NaN', 'NaN'],
  [Number.POSITIVE_INFINITY, 'Infinity', 'Infinity', 'Inf'],
  [Number.NEGATIVE_INFINITY, '-Infinity', '-Infinity', '\u2212Inf'],
])('%s is %s in a table, %s in a sentence, %s on the page', (value, table, words, page_) => {
  expect([figure(value), sentence.figure(value), page.number(value)]).toEqual([table, words, page_]);
});

test('what is not there is a dash', () => {
  expect([figure(undefined), figure(known(Number.NaN)), figure(known(2)), percent(undefined), percent(Number.NaN)]).toEqual(['–', '–', '2', '–', '–']);
});

test('fractions, counts and bytes', () => {
  expect([percent(0.1234), percent(1), sentence.percent(0.1234), page.percent(0.1234), page.percent(0.001)]).toEqual([
    ...['12.3 %', '100.0 %', '12 %', '12\u2009%', '<1\u2009%'],
  ]);
  expect([count(65_535), count(7), rounded(0.123456, 2)]).toEqual(['65,535', '7', 0.12]);
  expect([0, 10_239, 10_240, 10_485_759, 10_485_760].map(byteSize)).toEqual(['0 B', '10239 B', '10.0 KiB', '10240.0 KiB', '10.0 MiB']);
});
