import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DataError, UsageError } from '../../src/errors.ts';
import { loadData, varianceOfTargets } from '../../src/experiment/data.ts';
import type { DataDocument, Experiment } from '../../src/experiment/document.ts';

const documentOf = (data: DataDocument, loss: Experiment['loss'] = 'softmax_cross_entropy', units = 2): Experiment => ({
  data,
  model: { layers: [{ type: 'dense', units }] },
  loss,
  optimizer: { name: 'sgd', rate: 0.1 },
  training: { steps: 1, batchSize: 4 },
});
const spirals: DataDocument = { source: 'generator', name: 'two_spirals', params: { rows: 100 }, split: { validation: 0.2, test: 0.1 }, standardise: true };
const read = async (name: string): Promise<string> => readFileSync(new URL(`../../demo/data/${name}`, import.meta.url), 'utf8');

describe('loadData', () => {
  it('splits, and standardises by the training part alone', async () => {
    const { train, validation, test } = await loadData(documentOf(spirals));
    expect([train.rows, validation!.rows, test!.rows]).toEqual([70, 20, 10]);
    const column = (data: Float32Array): number => data.filter((_, i) => i % 2 === 0).reduce((sum, x) => sum + x, 0) / (data.length / 2);
    expect(Math.abs(column(train.x))).toBeLessThan(1e-6);
    expect(Math.abs(column(validation!.x))).toBeGreaterThan(1e-6);
  });

  it('is decided by the seed', async () => {
    const [a, b, c] = await Promise.all([1, 1, 2].map((seed) => loadData({ ...documentOf(spirals), seed })));
    expect(a!.train.x).toEqual(b!.train.x);
    expect(a!.train.x).not.toEqual(c!.train.x);
  });

  it('reads the digits, with their own test part, and fewer rows on request', async () => {
    const all = await loadData(documentOf({ source: 'digits', split: { validation: 0.2 } }), read);
    expect([all.train.rows, all.validation!.rows, all.test!.rows, all.train.classes]).toEqual([1150, 287, 360, 10]);
    expect(all.train.x.reduce((most, x) => Math.max(most, x), 0)).toBe(1);
    expect((await loadData(documentOf({ source: 'digits', rows: 50 }), read)).train.rows).toBe(50);
  });

  it('reads CSV text and paths', async () => {
    const text = 'a,b,y\n1,2,no\n3,4,yes\n5,6,no\n';
    const given = await loadData(documentOf({ source: 'csv', text, target: 'y' }));
    expect([given.train.classes, given.train.features]).toEqual([2, 2]);
    const named = await loadData(documentOf({ source: 'csv', path: 'my.csv', target: 'y' }), async (name) => (name === 'my.csv' ? text : ''));
    expect(named.train.y).toEqual(given.train.y);
    await expect(loadData(documentOf({ source: 'csv', path: 'my.csv' }))).rejects.toThrow(UsageError);
    await expect(loadData(documentOf({ source: 'csv' }))).rejects.toThrow('a csv needs "text" or "path"');
  });

  const labels: DataDocument = { source: 'arrays', x: [[1], [2], [3], [4]], y: [0, 1, 1, 0], classes: 2 };
  it.each<[Experiment['loss'], number, number[], number]>([
    ['mse', 2, [1, 0, 0, 1, 0, 1, 1, 0], 2],
    ['bce_with_logits', 1, [0, 1, 1, 0], 1],
    ['hinge', 1, [-1, 1, 1, -1], 1],
    ['kl_div', 2, [1, 0, 0, 1, 0, 1, 1, 0], 2],
  ])('gives %s the targets it takes', async (loss, units, expected, width) => {
    const { train } = await loadData(documentOf(labels, loss, units));
    const rows = Array.from({ length: 4 }, (_, row) => [train.x[row], ...train.y.subarray(row * width, (row + 1) * width)]).sort((a, b) => a[0]! - b[0]!);
    expect(rows.flatMap((row) => row.slice(1))).toEqual(expected);
    expect(train.targetWidth).toBe(width);
  });

  it('refuses a width that fits neither', async () => {
    await expect(loadData(documentOf(labels, 'mse', 3))).rejects.toThrow(DataError);
  });

  it('knows the loss of the mean', () => {
    expect(varianceOfTargets({ x: new Float32Array(4), rows: 4, features: 1, shape: [1], y: Float32Array.of(1, 2, 3, 4), targetWidth: 1 })).toBeCloseTo(
      1.25,
      12,
    );
  });
});
