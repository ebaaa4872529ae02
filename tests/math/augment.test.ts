// Augmentation: what each change does to an image whose pixels tell their place, what is drawn, and what is refused.
import { describe, expect, test } from 'vitest';
import { dataset } from '../../src/data/dataset.ts';
import { applyScaling, fitStandardiser } from '../../src/data/prepare.ts';
import { UsageError } from '../../src/errors.ts';
import { jsProgram } from '../../src/exchange/js_program.ts';
import { missingIn } from '../../src/exchange/pytorch_settings.ts';
import { trainerOptions } from '../../src/experiment/build.ts';
import { loadData } from '../../src/experiment/data.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';
import { Graph } from '../../src/graph/graph.ts';
import { createInterpreterState, interpretStep, type Tensor64, tensor64 } from '../../src/reference/index.ts';
import { type Augmentation, type AugmentOptions, augment } from '../../src/train/augment.ts';

const [SAMPLES, HEIGHT, WIDTH] = [400, 4, 5];
const image = [HEIGHT, WIDTH, 1];

/** What becomes of so many images: of each the row and the column, from 1, or a plane of ones. */
function changed(steps: readonly Augmentation[], pixel: (row: number, column: number) => number, key: [number, number] = [1, 2]): Tensor64 {
  const graph = new Graph();
  const x = graph.input('x', [SAMPLES, HEIGHT * WIDTH], { batch: true, padding: 'alike' });
  const y = augment(steps, { image }).on({ x: { shape: [HEIGHT * WIDTH], dtype: 'f32' } }, undefined)(graph, x);
  const values = tensor64([SAMPLES, HEIGHT * WIDTH], (i) => pixel(Math.floor(i / WIDTH) % HEIGHT, i % WIDTH));
  return interpretStep(graph, createInterpreterState(graph.values, { key, rows: SAMPLES }), new Map([['x', values]])).get(y)!;
}
const place = (row: number, column: number): number => 10 * (row + 1) + column + 1;
const PICTURE = Array.from({ length: HEIGHT * WIDTH }, (_, i) => place(Math.floor(i / WIDTH), i % WIDTH));
const samplesOf = ({ data }: Tensor64): number[][] => Array.from({ length: SAMPLES }, (_, s) => [...data.slice(s * HEIGHT * WIDTH, (s + 1) * HEIGHT * WIDTH)]);
const mean = (numbers: ArrayLike<number>): number => Array.from(numbers).reduce((a, b) => a + b, 0) / numbers.length;

describe('what a change does', () => {
  test.each<['horizontal' | 'vertical', number, number]>([
    ['horizontal', 0.5, 0.5],
    ['vertical', 0.2, 0.2],
    ['horizontal', 1, 1],
    ['vertical', 0, 0],
  ])('a %s flip, in %d of the images', (axis, probability, fraction) => {
    const mirrored = PICTURE.map((_, i) => {
      const [row, column] = [Math.floor(i / WIDTH), i % WIDTH];
      return axis === 'horizontal' ? place(row, WIDTH - 1 - column) : place(HEIGHT - 1 - row, column);
    });
    const flipped = samplesOf(changed([{ type: 'flip', axis, probability }], place)).map((sample) => {
      expect([PICTURE, mirrored]).toContainEqual(sample);
      return sample[0] === mirrored[0] ? 1 : 0;
    });
    // Four standard errors.
    expect(Math.abs(mean(flipped) - fraction)).toBeLessThanOrEqual(4 * Math.sqrt((fraction * (1 - fraction)) / SAMPLES));
  });

  test('a shift, by each pair of integers', () => {
    const shifts = new Map<string, number>();
    for (const sample of samplesOf(changed([{ type: 'shift', pixels: 2 }], place))) {
      // The middle pixel of what came tells how far.
      const at = sample.indexOf(place(2, 2));
      const [down, right] = [Math.floor(at / WIDTH) - 2, (at % WIDTH) - 2];
      if (at < 0) continue;
      const moved = PICTURE.map((_, i) => {
        const [row, column] = [Math.floor(i / WIDTH) - down, (i % WIDTH) - right];
        return row < 0 || column < 0 || row >= HEIGHT || column >= WIDTH ? 0 : place(row, column);
      });
      expect(sample).toEqual(moved);
      shifts.set(`${down} ${right}`, (shifts.get(`${down} ${right}`) ?? 0) + 1);
    }
    // Two down would lose the pixel: 4 x 5 of the 25 are seen.
    expect(shifts.size).toBe(20);
    for (const count of shifts.values()) expect(Math.abs(count - SAMPLES / 25)).toBeLessThan(4 * Math.sqrt(SAMPLES / 25));
  });

  test('a cut-out: a square of zeros, smaller at the border', () => {
    for (const sample of samplesOf(changed([{ type: 'cut_out', size: 3 }], () => 1))) {
      const holes = sample.flatMap((value, i) => (value === 0 ? [i] : []));
      const [rows, columns] = [new Set(holes.map((i) => Math.floor(i / WIDTH))), new Set(holes.map((i) => i % WIDTH))];
      expect(holes).toHaveLength(rows.size * columns.size);
      for (const lines of [rows, columns]) {
        expect(lines.size).toBeGreaterThanOrEqual(2);
        expect(Math.max(...lines) - Math.min(...lines)).toBe(lines.size - 1);
        expect(lines.size).toBeLessThanOrEqual(3);
      }
    }
  });

  test('a window: places go on by its side, within the image', () => {
    for (const sample of samplesOf(changed([{ type: 'crop', scale: 0.5 }], (_, column) => column + 1))) {
      // Interpolated linearly, a slope of 1 is the side of the window; at the border it ends at the first and the last column.
      const [a, b, c] = sample.slice(1, 4) as [number, number, number];
      expect(b - a).toBeCloseTo(c - b, 10);
      expect(b - a).toBeGreaterThan(0.5 - 1e-9);
      expect(b - a).toBeLessThanOrEqual(1);
      for (const value of sample) expect(value).toBeGreaterThanOrEqual(1 - 1e-9);
      for (const value of sample) expect(value).toBeLessThanOrEqual(WIDTH + 1e-9);
    }
  });

  test('a turn keeps the distances from the middle', () => {
    // The square of a plane's slope: column and row as coordinates.
    const columns = samplesOf(changed([{ type: 'rotate', degrees: 30 }], (_, column) => column - 2));
    const rows = samplesOf(changed([{ type: 'rotate', degrees: 30 }], (row) => row - 1.5));
    const angles = columns.map((sample, s) => {
      // Neighbors of the middle, whose four pixels are all within.
      const at = 1 * WIDTH + 2;
      const [dx, dy] = [sample[at + 1]! - sample[at]!, rows[s]![at + 1]! - rows[s]![at]!];
      expect(dx ** 2 + dy ** 2).toBeCloseTo(1, 9);
      return Math.atan2(dy, dx);
    });
    const most = Math.PI / 6;
    for (const angle of angles) expect(Math.abs(angle)).toBeLessThanOrEqual(most + 1e-6);
    expect(Math.abs(mean(angles))).toBeLessThan((4 * most) / Math.sqrt(3 * SAMPLES));
    expect(mean(angles.map((angle) => angle ** 2))).toBeCloseTo(most ** 2 / 3, 2);
  });

  test('noise: normal, of this deviation, other in each number', () => {
    const { data } = changed([{ type: 'noise', std: 0.3 }], () => 1);
    const noise = Array.from(data, (value) => (value - 1) / 0.3);
    expect(Math.abs(mean(noise))).toBeLessThan(4 / Math.sqrt(noise.length));
    expect(Math.abs(mean(noise.map((z) => z ** 2)) - 1)).toBeLessThan(4 * Math.sqrt(2 / noise.length));
    expect(Math.abs(mean(noise.map((z) => z ** 4)) - 3)).toBeLessThan(4 * Math.sqrt(96 / noise.length));
    expect(new Set(noise).size).toBe(noise.length);
  });

  test('several, in the order of the list: a hole that is cut before a shift moves with it', () => {
    const shift: Augmentation = { type: 'shift', pixels: 3 };
    const hole: Augmentation = { type: 'cut_out', size: 40 };
    expect(changed([hole, shift], () => 1).data.every((value) => value === 0)).toBe(true);
    // The noise of a blank image stays.
    expect(changed([{ type: 'noise', std: 1 }, hole], () => 1).data.every((value) => value !== 0)).toBe(true);
  });

  test('another key draws otherwise, the same key alike', () => {
    const steps: Augmentation[] = [
      { type: 'shift', pixels: 2 },
      { type: 'rotate', degrees: 20 },
    ];
    expect(changed(steps, place).data).toEqual(changed(steps, place).data);
    expect(changed(steps, place, [1, 3]).data).not.toEqual(changed(steps, place).data);
  });
});

describe('what is refused', () => {
  test.each<[unknown, AugmentOptions | undefined, string]>([
    [[], {}, 'augment: steps: expected a list of changes'],
    ['flip', {}, 'augment: steps'],
    [[{ type: 'mirror' }], {}, 'augment: steps[0].type: expected one of flip, shift'],
    [[{ type: 'flip', axis: 'x' }], {}, 'augment: steps[0].axis'],
    [[{ type: 'shift' }], {}, 'augment: steps[0].pixels'],
    [[{ type: 'shift', pixels: 1.5 }], {}, 'augment: steps[0].pixels'],
    [[{ type: 'crop', scale: 1 }], {}, 'augment: steps[0].scale'],
    [[{ type: 'rotate', degrees: 200 }], {}, 'augment: steps[0].degrees'],
    [[{ type: 'noise', std: 0 }], {}, 'augment: steps[0].std'],
    [[{ type: 'cut_out', size: 0 }], {}, 'augment: steps[0].size'],
    [[{ type: 'flip', pixels: 2 }], {}, 'unknown option steps[0].pixels'],
    [[{ type: 'flip' }], { image: [3] }, 'augment: image'],
  ])('%j', (steps, options, message) => {
    const call = (): unknown => augment(steps as Augmentation[], options);
    expect(call).toThrow(UsageError);
    expect(call).toThrow(message);
  });

  const flip = augment([{ type: 'flip' }]);
  const y = [0, 1];
  test('rows that are no images, several inputs, integers, pixels that were standardised', () => {
    const rows = dataset({
      x: [
        [1, 2, 3],
        [4, 5, 6],
      ],
      y,
      classes: 2,
    });
    expect(() => flip.on({ x: { shape: [3], dtype: 'f32' } }, rows)).toThrow('expected images, [height, width]');
    expect(() => flip.on({ x: { shape: [4], dtype: 'f32' } }, undefined)).toThrow('expected images');
    expect(() => flip.on({ a: { shape: [2, 2] }, b: { shape: [2, 2] } }, undefined)).toThrow('a model with one input, got a, b');
    expect(() => flip.on({ x: { shape: [2, 2], dtype: 'i32' } }, undefined)).toThrow('expected images of f32');
    expect(() => augment([{ type: 'flip' }], { image: [2, 2] }).on({ x: { shape: [3], dtype: 'f32' } }, rows)).toThrow('expected 3 numbers');
    const images = dataset({ x: [1, 2, 3, 4, 5, 6, 7, 9], y, shape: [2, 2], classes: 2 });
    expect(flip.on({ x: { shape: [4], dtype: 'f32' } }, images)).toBeTypeOf('function');
    expect(() => flip.on({ x: { shape: [4], dtype: 'f32' } }, applyScaling(images, fitStandardiser(images)))).toThrow('was standardised');
  });
});

describe('in documents', () => {
  const base = {
    data: { source: 'generator', name: 'drawn_digits', params: { rows: 20, size: 8 } },
    model: { layers: [{ type: 'dense', units: 10 }] },
    loss: 'softmax_cross_entropy',
    optimizer: { name: 'sgd', learningRate: 0.1 },
    training: { steps: 1, batchSize: 4 },
  };
  const augmented = (data: object, augment: unknown = [{ type: 'shift', pixels: 1 }]): object => ({ ...base, data: { ...data, augment } });

  test('sources of images take it, and the trainer gets it', async () => {
    const document = parseExperiment(augmented(base.data));
    expect(trainerOptions(document, await loadData(document)).augment).toBeDefined();
    expect(missingIn(document)).toEqual(['data.augment: the exported project trains on images as they are']);
    for (const data of [
      { source: 'digits' },
      { source: 'images', path: 'pets' },
      { source: 'cifar10', files: ['a.bin'] },
      { source: 'idx', images: 'a', labels: 'b' },
    ])
      expect(parseExperiment(augmented(data)).data).toHaveProperty('augment');
  });
  test('a program has it, with the shape of the digits, whose rows are flat', () => {
    expect(jsProgram(parseExperiment(augmented(base.data)))).toMatch(/ {2}augment: augment\(\[\{ type: 'shift', pixels: 1 \}\]\),\n/);
    expect(jsProgram(parseExperiment(augmented({ source: 'digits' })))).toMatch(/ {2}augment: augment\(\[.*\], \{ image: \[8, 8\] \}\),\n/);
  });

  test.each<[object, unknown, string]>([
    [{ source: 'csv', text: 'a,b\n1,2\n3,4' }, undefined, 'data.augment: unknown key'],
    [{ source: 'generator', name: 'moons' }, undefined, 'data.augment: unknown key'],
    [base.data, [{ type: 'spin' }], 'data.augment[0].type: expected one of flip, shift'],
    [base.data, [{ type: 'shift' }], 'data.augment[0].pixels'],
    [base.data, [], 'data.augment'],
  ])('%j %j', (data, augment, message) => {
    expect(() => parseExperiment(augmented(data, augment))).toThrow(message);
  });
});
