import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { rowsFromCsv, samplesFromCsv } from '../../src/data/csv_rows.ts';
import { dataset } from '../../src/data/dataset.ts';
import { DataError, UsageError } from '../../src/errors.ts';
import { loadData, prepared, scaled } from '../../src/experiment/data.ts';
import type { DataDocument, Experiment, FittedDocument } from '../../src/experiment/document.ts';
import { fittedIn } from '../../src/experiment/fitted_in.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';

const documentOf = (data: DataDocument, loss: Experiment['loss'] = 'softmax_cross_entropy', units = 2): Experiment => ({
  data,
  model: { layers: [{ type: 'dense', units }] },
  loss,
  optimizer: { name: 'sgd', learningRate: 0.1 },
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

  it("refuses a saved model's own file where its columns have moved since", async () => {
    const rows = [1, 2, 3, 4].map((n) => [n, 10 * n, n % 2 ? 'odd' : 'even']);
    const table = (heading: string, order: number[]): string => [heading, ...rows.map((row) => order.map((column) => row[column]).join())].join('\n');
    const document = documentOf({ source: 'csv', path: 'my.csv' });
    const from = (text: string, fitted?: FittedDocument) => loadData(document, async () => text, fitted);
    const { train, fitted } = await from(table('a,b,kind', [0, 1, 2]));
    expect((await from(table('a,b,kind', [0, 1, 2]), fitted)).train.x).toEqual(train.x);
    for (const text of [table('b,a,kind', [1, 0, 2]), table('a,b,sort', [0, 1, 2])]) {
      await expect(from(text, fitted)).rejects.toThrow(DataError);
      await expect(from(text, fitted)).rejects.toThrow('the target last, and the model was trained on ["a", "b", "kind"]: the file has changed since');
    }
  });

  it('reads the digits, with their own test part, and fewer rows on request', async () => {
    const all = await loadData(documentOf({ source: 'digits', split: { validation: 0.2 } }, 'softmax_cross_entropy', 10), read);
    expect([all.train.rows, all.validation!.rows, all.test!.rows, all.train.classes]).toEqual([1150, 287, 360, 10]);
    expect(all.train.x.reduce((most, x) => Math.max(most, x), 0)).toBe(1);
    expect((await loadData(documentOf({ source: 'digits', rows: 50 }, 'softmax_cross_entropy', 10), read)).train.rows).toBe(50);
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

  it('reads IDX files, packed or not, with a test part of their own', async () => {
    const idx = (shape: number[], values: number[]): Uint8Array<ArrayBuffer> =>
      Uint8Array.from([0, 0, 8, shape.length, ...shape.flatMap((size) => [0, 0, size >> 8, size & 255]), ...values]);
    const files: Record<string, string | Uint8Array> = {
      images: idx(
        [6, 2, 2],
        Array.from({ length: 24 }, (_, i) => 10 * i),
      ),
      'labels.gz': new Uint8Array(gzipSync(idx([6], [0, 1, 2, 0, 1, 2]))),
      'test-images': idx([2, 2, 2], new Array(8).fill(255)),
      'test-labels': idx([2], [0, 1]),
      text: 'text',
    };
    const read = async (name: string): Promise<string | Uint8Array> => files[name]!;
    const data: DataDocument = {
      source: 'idx',
      images: 'images',
      labels: 'labels.gz',
      test: { images: 'test-images', labels: 'test-labels' },
      split: { validation: 0.5 },
    };
    const { train, validation, test, fitted } = await loadData(documentOf(data, 'softmax_cross_entropy', 3), read);
    expect([train.rows, validation!.rows, test!.rows, train.features, test!.classes]).toEqual([3, 3, 2, 4, 3]);
    expect([...test!.x]).toEqual(new Array(8).fill(1));
    expect(fitted).toEqual({ inputs: 4, classes: ['0', '1', '2'], divisor: 255 });
    const wrong: [DataDocument, string][] = [
      [{ ...data, images: 'text' }, 'data: text: an IDX file is bytes, and `read` gave text'],
      [{ ...data, images: 'test-labels' }, 'fromIdx: images: expected unsigned bytes of at least two dimensions'],
      [{ ...data, split: { test: 0.5 } }, 'data: `test` and `split.test` both set a test part: choose one'],
      [{ ...data, test: { images: 'images', labels: 'test-labels' } }, 'x has 6 rows and y has 2'],
    ];
    for (const [bad, message] of wrong) await expect(loadData(documentOf(bad), read)).rejects.toThrow(message);
  });

  it('says what it has learnt of the training part', async () => {
    const text = 'a,b,y\n1,2,no\n3,4,yes\n5,6,no\n';
    const { fitted } = await loadData(documentOf({ source: 'csv', text, standardise: true }));
    expect(fitted).toEqual({
      inputs: 2,
      features: ['a', 'b'],
      classes: ['no', 'yes'],
      table: {
        columns: 3,
        features: [0, 1],
        target: 2,
        targetName: 'y',
        ranges: [
          [1, 5],
          [2, 6],
        ],
      },
      scaling: { offset: [3, 4], divisor: [expect.closeTo(1.633, 3), expect.closeTo(1.633, 3)] },
    });
    expect((await loadData(documentOf({ source: 'generator', name: 'line' }, 'mse', 1))).fitted).toEqual({ inputs: 1 });
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
    expect(train.targetSize).toBe(width);
  });

  it('gives targets as wide as what branches at the end give', async () => {
    const ended: Experiment = {
      ...documentOf(labels, 'bce_with_logits'),
      model: { layers: [{ type: 'add', branches: [[{ type: 'dense', units: 1 }], [{ type: 'dense', units: 1 }]] }] },
    };
    expect((await loadData(ended)).train.targetSize).toBe(1);
  });

  it('refuses a width that fits neither', async () => {
    await expect(loadData(documentOf(labels, 'mse', 3))).rejects.toThrow(DataError);
  });
});

describe('a saved model', () => {
  const fixture = (name: string): Uint8Array => readFileSync(new URL(`../fixtures/faults/${name}`, import.meta.url));
  const text = (name: string): string => fixture(name).toString();
  /** The document in a model's file. */
  const saved = async (document: Experiment, readFile = async (name: string) => fixture(name)): Promise<Experiment> => {
    const { fitted } = await loadData(document, readFile);
    return parseExperiment(JSON.parse(JSON.stringify({ ...document, fitted })));
  };
  const known = ({ inputs, features, classes, ...more }: FittedDocument) => ({
    inputs,
    ...(features ? { featureNames: features } : {}),
    ...(classes ? { classNames: classes } : {}),
    ...more,
  });
  const rowsAsText = (x: Float32Array, features: number): string[] =>
    Array.from({ length: x.length / features }, (_, row) => x.subarray(row * features, (row + 1) * features).join()).sort();

  const tones = parseExperiment(JSON.parse(text('d54-tones-idx.json')));
  const digits = documentOf({ source: 'digits', standardise: true }, 'softmax_cross_entropy', 10);

  it.each([
    ['IDX, standardised', tones, (name: string) => Promise.resolve(fixture(name)), text('d54-tones.csv')],
    ['IDX', { ...tones, data: { ...tones.data, standardise: false } }, (name: string) => Promise.resolve(fixture(name)), text('d54-tones.csv')],
    ['digits, standardised', digits, read, readFileSync(new URL('../../demo/data/digits-train.csv', import.meta.url), 'utf8')],
  ] as [string, Experiment, (name: string) => Promise<string | Uint8Array>, string][])(
    'makes the same numbers of the same rows, from %s or a CSV',
    async (_name, document, readFile, csv) => {
      const { train, validation, fitted } = await loadData(document, readFile);
      const inside = parseExperiment(JSON.parse(JSON.stringify({ ...document, fitted })));
      // A file from before any of it was recorded says the same.
      const { table: _table, divisor: _divisor, ...before } = fitted;
      for (const file of [inside, { ...inside, fitted: before }]) {
        const found = fittedIn(file.data, file.fitted!);
        const given = prepared(samplesFromCsv(csv, known(found)), file, found);
        const all = [train, ...(validation ? [validation] : [])].flatMap(({ x }) => rowsAsText(x, fitted.inputs)).sort();
        expect(rowsAsText(given.x, fitted.inputs)).toEqual(all);
        const raw = rowsFromCsv(csv, known(found));
        expect(rowsAsText(scaled(dataset({ x: raw, y: new Float32Array(given.rows), shape: [found.inputs] }), found).x, fitted.inputs)).toEqual(all);
      }
    },
  );

  it.each(['csv', 'csv without a name', 'csv, chosen'])('finds the target of an older file of a %s where that is certain', async (kind) => {
    const text = kind === 'csv' ? 'y,a,b\nno,1,2\nyes,3,4\nno,5,6' : 'no,1,2\nyes,3,4\nno,5,6';
    const target = kind === 'csv' ? 'y' : 0;
    const file = await saved(documentOf({ source: 'csv', text, target, ...(kind === 'csv, chosen' ? { features: [2] } : {}) }));
    const { table: { ranges: _, ...table } = {}, ...before } = file.fitted!;
    const found = fittedIn(file.data, before);
    expect(found.table).toEqual(kind === 'csv without a name' ? table : undefined);
    expect([...rowsFromCsv(text, known(found.table || kind === 'csv' ? found : file.fitted!))]).toEqual(
      kind === 'csv, chosen' ? [2, 4, 6] : [1, 2, 3, 4, 5, 6],
    );
  });

  it('prepares its own data as in training, whatever has become of the file', async () => {
    const document = documentOf({ source: 'csv', path: 'x.csv', standardise: true, missing: 'mean' }, 'softmax_cross_entropy', 3);
    const { fitted } = await loadData(document, async () => 'a,y\n1,r\n3,s\n5,t\n?,t');
    expect(fitted).toMatchObject({ fill: [3], classes: ['r', 's', 't'] });
    // One class fewer, other numbers, another mean.
    const again = await loadData(document, async () => 'a,y\n3,s\n?,t\n11,t', fitted);
    const [offset, divisor] = [fitted.scaling!.offset[0]!, fitted.scaling!.divisor[0]!];
    const rows = [...again.train.x].map((value, row) => [value, again.train.y[row]]).sort((a, b) => a[1]! - b[1]! || a[0]! - b[0]!);
    expect(rows).toEqual([
      [Math.fround((3 - offset) / divisor), 1],
      [Math.fround((3 - offset) / divisor), 2],
      [Math.fround((11 - offset) / divisor), 2],
    ]);
    expect(again.fitted).toBe(fitted);
  });
});
