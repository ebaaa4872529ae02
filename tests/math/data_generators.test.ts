import { describe, expect, test } from 'vitest';
import type { Dataset } from '../../src/data/dataset.ts';
import { GENERATORS, type GeneratorName, generate } from '../../src/data/generators/index.ts';
import { UsageError } from '../../src/errors.ts';

const names = Object.keys(GENERATORS) as GeneratorName[];
const points = (data: Dataset): { x: number[]; y: number }[] =>
  Array.from({ length: data.rows }, (_, row) => ({ x: [...data.x.subarray(row * data.features, (row + 1) * data.features)], y: data.y[row]! }));

describe.each(names)('%s', (name) => {
  const generator = GENERATORS[name];

  test('is listed with what a form needs', () => {
    expect(generator.name).toBe(name);
    expect(generator.text.en.summary).toMatch(/.{20,}\.$/);
    expect(generator.text.zh.summary).toMatch(/。$/);
    expect(generator.params).toHaveProperty('rows');
    expect(generator.params).toHaveProperty('noise');
    for (const param of Object.values(generator.params)) {
      expect(param.min).toBeLessThan(param.max);
      expect(param.default >= param.min && param.default <= param.max).toBe(true);
      for (const { title, summary } of [param.text.en, param.text.zh]) expect(title.length * summary.length).toBeGreaterThan(0);
    }
  });

  test('makes what its task promises', () => {
    const data = generator.generate();
    expect(data.rows).toBe(generator.params.rows!.default);
    expect(data.targetSize).toBe(1);
    expect(data.classes !== undefined).toBe(generator.task === 'classification');
  });

  test('the same seed gives the same bits, another gives others', () => {
    const [a, b, c] = [3, 3, 4].map((seed) => generate(name, { rows: 40 }, seed)) as [Dataset, Dataset, Dataset];
    expect(a).toEqual(b);
    expect(a.x.some((value, i) => value !== c.x[i])).toBe(true);
  });

  test('a longer set begins with the shorter one', () => {
    const [short, long] = [generate(name, { rows: 10 }), generate(name, { rows: 30 })];
    expect(long.x.subarray(0, short.x.length)).toEqual(short.x);
  });

  test('takes the least and the most of each param but rows', () => {
    for (const [param, { min, max }] of Object.entries(generator.params)) {
      if (param === 'rows') continue;
      for (const value of [min, max]) expect(generate(name, { rows: 50, [param]: value }).rows).toBe(50);
    }
    expect(generate(name, { rows: 1 }).rows).toBe(1);
  });
});

describe('without noise the formula holds', () => {
  const exact = (name: GeneratorName, params = {}): { x: number[]; y: number }[] => points(generate(name, { noise: 0, rows: 200, ...params }, 1));

  test('two_spirals', () => {
    for (const { x, y } of exact('two_spirals', { turns: 2 })) {
      const radius = Math.hypot(x[0]!, x[1]!);
      const angle = 4 * Math.PI * radius + Math.PI * y;
      expect(Math.hypot(x[0]! - radius * Math.sin(angle), x[1]! - radius * Math.cos(angle))).toBeLessThan(1e-5);
    }
  });

  test('circles', () => {
    for (const { x, y } of exact('circles', { factor: 0.3 })) expect(Math.hypot(x[0]!, x[1]!)).toBeCloseTo(y === 1 ? 0.3 : 1, 6);
  });

  test('moons', () => {
    for (const { x, y } of exact('moons')) {
      const side = y === 1 ? -1 : 1;
      const [along, up] = [side * x[0]! + 0.5, side * x[1]! + 0.25];
      expect(Math.hypot(along, up)).toBeCloseTo(1, 6);
      expect(up).toBeGreaterThanOrEqual(-1e-6);
    }
  });

  test('blobs', () => {
    for (const { x, y } of exact('blobs', { classes: 5 })) {
      expect(x[0]).toBeCloseTo(Math.cos((2 * Math.PI * y) / 5), 6);
      expect(x[1]).toBeCloseTo(Math.sin((2 * Math.PI * y) / 5), 6);
    }
  });

  test('xor', () => {
    const data = exact('xor');
    for (const { x, y } of data) expect(x[0]! * x[1]! < 0 ? 1 : 0).toBe(y);
    expect(new Set(data.map(({ x }) => `${Math.sign(x[0]!)} ${Math.sign(x[1]!)}`)).size).toBe(4);
  });

  test('plane', () => {
    for (const { x, y } of exact('plane')) expect(y).toBeCloseTo((x[0]! + x[1]!) / 2, 6);
  });

  test('gaussian_bumps: six of them, in turns up and down', () => {
    const data = exact('gaussian_bumps', { rows: 5000, width: 0.15 });
    for (const [cx, cy, sign] of [
      [-2 / 3, -0.45, -1],
      [0, -0.45, 1],
      [2 / 3, -0.45, -1],
      [-2 / 3, 0.45, 1],
      [0, 0.45, -1],
      [2 / 3, 0.45, 1],
    ] as const) {
      const nearest = data.reduce((best, point) =>
        Math.hypot(point.x[0]! - cx, point.x[1]! - cy) < Math.hypot(best.x[0]! - cx, best.x[1]! - cy) ? point : best,
      );
      expect(nearest.y).toBeCloseTo(sign, 1);
    }
  });

  test('sine', () => {
    for (const { x, y } of exact('sine', { frequency: 2 })) expect(y).toBeCloseTo(Math.sin(2 * Math.PI * x[0]!) * Math.cos(2 * Math.PI * x[1]!), 5);
  });

  test('sum_of_squares: 100 rows of 5 inputs from [0, 1] by default', () => {
    const data = generate('sum_of_squares');
    expect([data.rows, data.features]).toEqual([100, 5]);
    expect(data.x.every((value) => value >= 0 && value <= 1)).toBe(true);
    for (const { x, y } of exact('sum_of_squares'))
      expect(y).toBeCloseTo(
        x.reduce((sum, value) => sum + value ** 2, 0),
        5,
      );
  });

  test('line', () => {
    for (const { x, y } of exact('line')) expect(y).toBeCloseTo(3 * x[0]! + 2, 5);
    for (const { x, y } of exact('line', { w: -1, b: 0.5 })) expect(y).toBeCloseTo(0.5 - x[0]!, 5);
  });
});

test('noise has the standard deviation it says', () => {
  const data = points(generate('plane', { rows: 20_000, noise: 0.5 }, 2));
  const errors = data.map(({ x, y }) => y - (x[0]! + x[1]!) / 2);
  const std = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / errors.length);
  expect(Math.abs(std - 0.5)).toBeLessThan(0.01); // four standard errors, 0.5 / sqrt(2 n) each
});

test('any first part of the classes is balanced', () => {
  const data = generate('blobs', { classes: 4, rows: 100 });
  for (let row = 0; row < 100; row += 4) expect([...data.y.subarray(row, row + 4)]).toEqual([0, 1, 2, 3]);
});

describe('generate refuses', () => {
  test.each([
    ['an unknown name', 'spiral', {}, /name: expected one of two_spirals, circles, .*; got "spiral"/],
    ['a name of every object', 'constructor', {}, /got "constructor"/],
    ['an unknown param', 'moons', { nose: 1 }, /moons: unknown option nose; did you mean "noise"\?/],
    ['a param of every object', 'moons', { toString: 1 }, /moons: unknown option toString; it has rows, noise/],
    ['a value out of range', 'circles', { factor: 2 }, /circles: factor: expected a number from 0 to 1, got 2/],
    ['NaN', 'circles', { noise: Number.NaN }, /circles: noise: .*got NaN/],
    ['text', 'circles', { noise: '1' as unknown as number }, /circles: noise: .*got "1"/],
    ['half a row', 'xor', { rows: 1.5 }, /xor: rows: expected a positive integer, got 1.5/],
    ['no rows', 'xor', { rows: 0 }, /xor: rows/],
    ['one class', 'blobs', { classes: 1 }, /blobs: classes: .*got 1/],
  ])('%s', (_, name, params, message) => {
    expect(() => generate(name, params)).toThrow(UsageError);
    expect(() => generate(name, params)).toThrow(message);
  });

  test('a seed that is no integer', () => {
    expect(() => generate('xor', {}, 0.5)).toThrow(/xor: seed: expected an integer.*got 0.5/);
    expect(generate('xor', {}, -1).rows).toBe(400);
  });
});

describe('drawn digits', () => {
  test('are images, paper 0 and ink 1; without distortion all of a digit are alike', () => {
    const data = generate('drawn_digits', { rows: 30, size: 14, noise: 0, distortion: 0 }, 1);
    expect([data.shape, data.features, data.classes]).toEqual([[14, 14], 196, 10]);
    const image = (row: number): number[] => [...data.x.subarray(row * 196, (row + 1) * 196)];
    for (let digit = 0; digit < 10; digit++) {
      expect(image(digit)).toEqual(image(10 + digit));
      const ink = image(digit).reduce((sum, pixel) => sum + pixel, 0) / 196;
      expect(ink).toBeGreaterThan(0.05);
      expect(ink).toBeLessThan(0.35);
      for (let other = 0; other < digit; other++) expect(image(digit)).not.toEqual(image(other));
    }
  });

  test('differ by distortion and noise, and stay between paper and ink at every size', () => {
    for (const size of [8, 28]) {
      const { x } = generate('drawn_digits', { rows: 20, size, noise: 0.3, distortion: 2 }, 2);
      expect([Math.min(...x), Math.max(...x)]).toEqual([0, 1]);
      expect([...x.subarray(0, size * size)]).not.toEqual([...x.subarray(10 * size * size, 11 * size * size)]);
    }
  });
});
