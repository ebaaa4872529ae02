// Rows of a data set are told from others by a few sums, whatever their number, and last bits of floats are passed over.
import { expect, test } from 'vitest';
import { type Dataset, dataset, take } from '../../src/data/dataset.ts';
import { differenceOf, fingerprintOf } from '../../src/data/fingerprint.ts';
import { namedDataset } from '../../src/data/named_dataset.ts';
import { Random } from '../../src/random.ts';

const random = new Random(26);
const rows = 3000;
const x = Float32Array.from({ length: rows * 4 }, () => random.normal());
const y = Float32Array.from({ length: rows }, (_, i) => i % 3);
const of = (more: Partial<Pick<Dataset, 'x' | 'y'>> = {}): Dataset => dataset({ x, y, shape: [4], classes: 3, ...more });
const differs = (other: Dataset): string | undefined => differenceOf(fingerprintOf(of()), JSON.parse(JSON.stringify(fingerprintOf(other))));

test('the same rows, and the same but for the last bit of a float', () => {
  expect(differs(of())).toBeUndefined();
  expect(differs(of({ x: x.map((value) => value * (1 + 2 ** -24)) }))).toBeUndefined();
  expect(
    differs(
      take(
        of(),
        Array.from({ length: rows }, (_, i) => i),
      ),
    ),
  ).toBeUndefined();
});

test('other rows, another order, another scale, one label, one number', () => {
  const changed = <Values extends Float32Array>(values: Values, at: number, value: number): Values => {
    const copy = values.slice() as Values;
    copy[at] = value;
    return copy;
  };
  expect(differs(of({ x: x.map(() => random.normal()) }))).toBe('x');
  const order = Array.from({ length: rows }, (_, i) => i);
  [order[7], order[8]] = [8, 7];
  expect(differs(take(of(), order))).toBe('x');
  expect(differs(of({ x: x.map((value) => value * 1.001) }))).toBe('x');
  expect(differs(of({ y: changed(y, 1234, (y[1234]! + 1) % 3) }))).toBe('y');
  expect(differs(of({ x: changed(x, 777, x[777]! + 0.1) }))).toBe('x');
});

test('bytes are what they stand for; what is no number is no difference to itself, and it is one to a number', () => {
  const bytes = (divisor: number) => namedDataset({ a: { values: Uint8Array.from({ length: 40 }, (_, i) => i * 6), shape: [2], divisor } });
  expect(differenceOf(fingerprintOf(bytes(255)), fingerprintOf(bytes(255)))).toBeUndefined();
  expect(differenceOf(fingerprintOf(bytes(255)), fingerprintOf(bytes(1)))).toBe('a');
  // As JSON has it.
  const none = { x: [null, null] } as unknown as { x: [number, number] };
  expect(differenceOf(none, { x: [Number.NaN, Number.NaN] })).toBeUndefined();
  expect(differenceOf(none, { x: [1, 2] })).toBe('x');
  expect(differenceOf({ x: [1, 2] }, { z: [5, 6] })).toBeUndefined();
});

test('of many numbers a quarter of a million are looked at, and once', () => {
  const large = namedDataset({ a: { values: new Uint8Array(2 ** 20).fill(3), shape: [2 ** 10] } });
  const found = fingerprintOf(large);
  expect(found.a![1]).toBe(3 * 2 ** 18);
  expect(fingerprintOf(large)).toBe(found);
});
