// Parquet: the same table as a CSV has it gives the same data set; what cannot be read is refused by name. And what is said of sources that are no tables.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rowsFromCsv } from '../../src/data/csv_rows.ts';
import { summaryText } from '../../src/data/csv_summary.ts';
import { DataError } from '../../src/errors.ts';
import { openAnyTable, readAnyTable } from '../../src/experiment/any_table.ts';
import { loadData } from '../../src/experiment/data.ts';
import type { DataDocument } from '../../src/experiment/document.ts';
import { fromParquet } from '../../src/experiment/from_parquet.ts';
import { openParquet } from '../../src/experiment/parquet.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';

const file = new Uint8Array(readFileSync(new URL('../fixtures/table.parquet', import.meta.url)));
const csv = `town,area,lift,sold,price,__index_level_0__\n${[...Array(12).keys()]
  .map((row) => [['Oslo', 'Bergen', ''][row % 3], row === 4 ? '' : row + 0.1, row % 2 === 0, `2024-03-${row + 1}`, 500_000 + 1000 * row, row].join())
  .join('\n')}`;
const documentOf = (data: object, loss = 'mse', units = 1) =>
  parseExperiment({
    data: data as DataDocument,
    model: { layers: [{ type: 'dense', units }] },
    loss,
    optimizer: { name: 'sgd', learningRate: 0.1 },
    training: { steps: 1, batchSize: 4 },
  });
const lines = async (data: object, loss?: string, units?: number, read?: (name: string) => Promise<string | Uint8Array>): Promise<string[]> =>
  summaryText((await loadData(documentOf(data, loss, units), read)).summary!);

test('a table of Parquet is that of a CSV', async () => {
  const options = { target: 'price', missing: 'mean' } as const;
  const { summary, fitted } = await loadData(documentOf({ source: 'parquet', path: 'p', ...options }), async () => file);
  const same = await readAnyTable(csv, { ...options, features: ['town', 'area', 'lift'] });
  const train = await readAnyTable(file, options);
  const names = ['town=Bergen', 'town=Oslo', 'area', 'lift'];
  expect([train.featureNames, same.featureNames, fitted.features]).toEqual([names, names, names]);
  expect([...train.x]).toEqual([...same.x]);
  expect([...train.y]).toEqual([...same.y]);
  expect(summaryText(summary!)).toEqual([
    'Data: 12 rows, 6 columns, names in the first line; Parquet.',
    '  town      feature, 2 categories: Bergen (4), Oslo (4); 4 missing',
    '  area      feature, numbers from 0.1 to 11.1; 1 missing',
    '  lift      feature, true or false',
    expect.stringContaining('  sold      left out: it holds dates'),
    '  price     target, numbers from 500000 to 511000',
    '  column 6  left out: it counts the rows',
    '  Missing numbers become the mean of their column.',
    '  A missing category counts as none of those that there are.',
  ]);
  const { x, y, featureNames } = await fromParquet(file, options);
  expect([x, y, featureNames]).toEqual([train.x, train.y, train.featureNames]);
  await expect(fromParquet(file, { traget: 'price' } as object)).rejects.toThrow('unknown option traget; did you mean "target"?');
  await expect(fromParquet(Uint8Array.of(1, 2, 3, 4, 5))).rejects.toThrow('begins with PAR1');
  // New rows may be of either kind.
  const trained = { inputs: fitted.inputs, featureNames: fitted.features!, table: fitted.table!, fill: fitted.fill! };
  expect(rowsFromCsv(await openAnyTable(file), trained)).toEqual(rowsFromCsv(csv, trained));
});

test('what is no Parquet file, or a damaged one, is refused; cells are named by row and column', async () => {
  await expect(loadData(documentOf({ source: 'parquet', path: 'x.parquet' }), async () => csv)).rejects.toThrow('data: x.parquet is no Parquet file');
  for (const bytes of [file.subarray(0, 200), file.with(file.length - 8, 255)]) await expect(openParquet(bytes)).rejects.toThrow(DataError);
  await expect(readAnyTable(file, { target: 'price', features: ['area'] })).rejects.toThrow(
    "parquet, row 5, column 2 (area): the value is missing (\"\"); fill it in, or choose missing: 'mean' or 'drop'",
  );
  await expect(loadData(documentOf({ source: 'csv', path: 'x', target: 'price', missing: 'drop' }), async () => file)).resolves.toBeDefined();
});

test('what is understood of sources that are no tables is said: generators, arrays, IDX and NumPy’s files', async () => {
  expect(await lines({ source: 'generator', name: 'blobs', params: { rows: 90 }, split: { validation: 0.2 } }, 'softmax_cross_entropy', 3)).toEqual([
    'Data: 90 rows from the generator blobs.',
    expect.stringMatching(/^ {2}inputs {3}2 numbers, from -1\.\d+ to 1\.\d+$/),
    '  targets  3 classes: 0 (30), 1 (30), 2 (30)',
  ]);
  expect(await lines({ source: 'arrays', x: [[1], [2], [4]], y: [10, 20, 30.5], standardise: true })).toEqual([
    'Data: 3 rows from the document.',
    '  inputs   a number, from 1 to 4',
    '  targets  numbers from 10 to 30.5',
    expect.stringContaining('  Targets are standardised, by mean 20.1667'),
  ]);
  const idx = (shape: number[], values: number[]): Uint8Array =>
    Uint8Array.from([0, 0, 8, shape.length, ...shape.flatMap((size) => [0, 0, 0, size]), ...values]);
  const files: Record<string, Uint8Array> = { images: idx([4, 2, 2], [...Array(16).keys()]), labels: idx([4], [0, 1, 2, 0]) };
  expect(await lines({ source: 'idx', images: 'images', labels: 'labels' }, 'softmax_cross_entropy', 3, async (name) => files[name]!)).toEqual([
    'Data: 4 rows from IDX files.',
    '  inputs   2 x 2, bytes from 0 to 15',
    '  targets  3 classes: 0 (2), 1 (1), 2 (1)',
    '  They are divided by 255.',
  ]);
  const numpy = new Uint8Array(readFileSync(new URL('../fixtures/numpy.npz', import.meta.url)));
  expect(await lines({ source: 'numpy', path: 'n', x: 'images', divisor: 200 }, 'softmax_cross_entropy', 3, async () => numpy)).toEqual([
    "Data: 6 rows from NumPy's files.",
    '  inputs   2 x 2, bytes from 0 to 200',
    '  targets  3 classes: 0 (2), 1 (2), 2 (2)',
    '  They are divided by 200.',
  ]);
});
