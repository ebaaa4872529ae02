// Tables as people have them, each of which once went wrong: the inputs of ../shared/faults/data with their right outcome, and two more of each kind.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { rowsFromCsv, samplesFromCsv } from '../../src/data/csv_rows.ts';
import { summaryText, type TableSummary } from '../../src/data/csv_summary.ts';
import type { Dataset } from '../../src/data/dataset.ts';
import { UnseenRows, unseenText } from '../../src/data/unseen.ts';
import { DataError } from '../../src/errors.ts';
import { type LoadedData, loadData, prepared } from '../../src/experiment/data.ts';
import type { CsvDocument, Experiment, FittedDocument } from '../../src/experiment/document.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';

const fixture = (name: string): Uint8Array => readFileSync(new URL(`../fixtures/faults/${name}`, import.meta.url));
const documentIn = (name: string): Experiment => parseExperiment(JSON.parse(fixture(`${name}.json`).toString()));
type TableData = Omit<LoadedData, 'summary'> & { summary?: TableSummary };
const load = (document: Experiment): Promise<TableData> => loadData(document, async (name) => fixture(name)) as Promise<TableData>;

/** A run on the text or bytes of a table. */
function run(
  file: string | Uint8Array,
  data: Partial<CsvDocument> = {},
  { loss = 'softmax_cross_entropy', units = 2 }: { loss?: Experiment['loss']; units?: number } = {},
): Promise<TableData> {
  const document = parseExperiment({
    data: { source: 'csv', path: 'table', ...data },
    model: { layers: [{ type: 'dense', units }] },
    loss,
    optimizer: { name: 'sgd', learningRate: 0.1 },
    training: { steps: 1, batchSize: 4 },
  });
  return loadData(document, async () => file) as Promise<TableData>;
}

const lines = (count: number, line: (row: number) => string): string => Array.from({ length: count }, (_, row) => line(row)).join('\n');
const used = (summary: TableSummary | undefined): string[] => summary!.columns.map(({ name, use }) => `${name}: ${use}`);
const classes = ({ summary }: TableData): [string, number][] =>
  summary!.columns.find(({ use }) => use === 'target')!.values!.map(({ name, rows }) => [name, rows]);
const inputs = (data: Dataset): number[] => [...data.x].sort((a, b) => a - b);
const kinds: [string, number][] = [
  ['setosa', 30],
  ['versicolor', 30],
  ['virginica', 30],
];

describe('a header of numbers', () => {
  test('is one where words below differ: d01', async () => {
    const data = await load(documentIn('d01-three-outputs'));
    expect([data.train.rows + data.validation!.rows, classes(data)]).toEqual([90, kinds]);
    await expect(load(documentIn('d01-four-outputs'))).rejects.toThrow(
      'the target "species" has 3 classes: ["setosa", "versicolor", "virginica"], and the last layer gives 4 outputs',
    );
    await expect(load(documentIn('d01-numbers-only-header'))).rejects.toThrow('the target "2" has 2 classes: ["0", "1"], and the last layer gives 3 outputs');
  });

  test('of years, of numbers from 1, of pixels, and none where rows are of its kind', async () => {
    const years = await run(`2019,2020,region\n${lines(12, (row) => `${row * 1.5},${row},${['north', 'south'][row % 2]}`)}`);
    expect(years.summary).toMatchObject({ header: true, rows: 12 });
    const counted = await run(`1,2,3\n${lines(12, (row) => `${row / 8},${row / 3},${row % 2}`)}`);
    expect(counted.summary).toMatchObject({ header: true, rows: 12 });
    const pixels = await run(`0,1,2,3,4,5\n${lines(12, (row) => `${200 - row},${row},9,8,${row * 7},${row % 2}`)}`);
    expect(pixels.summary).toMatchObject({ header: true, rows: 12 });
    const none = await run(`5.1,3.5,a\n${lines(12, (row) => `${row / 8},${row / 3},${'ab'[row % 2]}`)}`);
    expect(none.summary).toMatchObject({ header: false, rows: 13 });
    const words = await run(lines(12, (row) => `${['red', 'blue', 'green'][row % 3]},${['small', 'large'][row % 2]},${['yes', 'no'][row % 2]}`));
    expect(words.summary).toMatchObject({ header: false, rows: 12 });
  });

  test('is asked about where it may be a row, and can be said', async () => {
    const text = `5,7,rare\n${lines(12, (row) => `${row},${row * 2},${'ab'[row % 2]}`)}`;
    await expect(run(text)).rejects.toThrow(DataError);
    await expect(run(text)).rejects.toThrow(
      'csv, line 1: ["5", "7", "rare"] has both numbers and a word that is in no other row: say whether it is a header of names, `header`: true or false',
    );
    expect((await run(text, { header: true })).summary!.rows).toBe(12);
    await expect(run(text, { header: false })).rejects.toThrow('csv, line 1, column 3: the class "rare" is in this row alone');
  });
});

describe('a column that counts the rows', () => {
  test('is left out with a word unless asked for: d02', async () => {
    const document = documentIn('d02-index-column');
    const data = await load(document);
    expect(used(data.summary)).toEqual(['column 1: left out', 'x: feature', 'y: feature', 'label: target']);
    expect(summaryText(data.summary!).join('\n')).toContain('left out: it counts the rows');
    const asked = await load({ ...document, data: { ...(document.data as CsvDocument), features: [0, 'x', 'y'] } });
    expect(asked.train.features).toBe(3);
  });

  test.each([
    ['from 1, named id', (row: number) => `${row + 1}`, 'id'],
    ['in another order, without a name', (row: number) => `${(row * 7) % 20}`, ''],
    ['as R writes names of rows', (row: number) => `"${row + 1}"`, undefined],
  ])('%s', async (_, count, name) => {
    const text = `${name === undefined ? '' : `${name},`}x,label\n${lines(20, (row) => `${count(row)},${row / 3},${'ab'[row % 2]}`)}`;
    expect((await run(text)).train).toMatchObject({ features: 1, featureNames: ['x'] });
  });

  test('but not a time that counts, nor the only feature', async () => {
    expect((await run(`day,x,y\n${lines(20, (row) => `${row},${row / 3},${row / 7}`)}`, {}, { loss: 'mse', units: 1 })).train.features).toBe(2);
    expect(
      (
        await run(
          lines(20, (row) => `${row},${row / 7}`),
          {},
          { loss: 'mse', units: 1 },
        )
      ).train.features,
    ).toBe(1);
  });
});

describe('the target in new rows is not looked at', () => {
  const trained = (data: TableData) => ({
    inputs: data.fitted.inputs,
    classNames: data.fitted.classes!,
    table: data.fitted.table!,
    ...(data.fitted.features ? { featureNames: data.fitted.features } : {}),
  });

  test('by position: d03', async () => {
    const data = await load(documentIn('d03-label-first'));
    const rows = ['with-label', 'without-label'].map((name) => rowsFromCsv(fixture(`d03-new-${name}.csv`), trained(data)));
    expect(rows[0]).toEqual(rows[1]);
    expect([...rows[0]!.subarray(0, 6)]).toEqual([220, 0, 22, 255, 18, 0]);
  });

  test('by name, in another order, and in the middle, beside categories', async () => {
    const data = await run(`city,kind,x\n${lines(12, (row) => `${['Oslo', 'Bergen'][row % 2]},${'ab'[row % 2]},${row}`)}`, { target: 'kind' });
    expect(data.fitted.features).toEqual(['city=Bergen', 'city=Oslo', 'x']);
    for (const text of ['x,kind,city\n5,b,Oslo', 'city,x\nOslo,5', 'Oslo,a,5', 'Oslo,5', 'note,city,x\n?,Oslo,5'])
      expect([...rowsFromCsv(text, trained(data))]).toEqual([0, 1, 5]);
    expect(() => rowsFromCsv('city,x\nBodø,5', trained(data))).toThrow('csv, line 2, column 1 (city): expected one of ["Bergen", "Oslo"], got "Bodø"');
    expect([...samplesFromCsv('x,kind,city\n5,b,Oslo\n6,a,Oslo', trained(data)).y]).toEqual([1, 0]);
    // A category that training had not is none of them, and is told of.
    const unseen = new UnseenRows();
    expect([...rowsFromCsv('city,x\nBodø,5\nOslo,6\n\nBodø,7\nMoss,8', trained(data), {}, { unseen })]).toEqual([0, 0, 5, 0, 1, 6, 0, 0, 7, 0, 0, 8]);
    expect(unseenText(unseen.all)).toBe('city "Bodø" (2 rows: lines 2, 5); city "Moss" (line 6)');
    expect(samplesFromCsv('x,kind,city\n5,b,Bodø\n6,a,Oslo', trained(data), 'error', {}, { unseen: new UnseenRows() }).rows).toBe(2);
    expect([...samplesFromCsv('x,kind,city\n5,b,Bodø\n6,a,Oslo', trained(data), 'error', {}, { unseen: new UnseenRows(true) }).x]).toEqual([0, 1, 6]);
  });
});

describe('a decimal comma', () => {
  test.each(['d04-decimal-comma', 'd04-decimal-comma-header', 'd05-comma-in-header'])('%s', async (name) => {
    const data = await load(documentIn(name));
    expect(classes(data)).toEqual(kinds);
    expect(data.summary!.columns[0]!.range).toEqual([4.28, 9.74]);
  });

  test('in the only feature: d04-one-feature', async () => {
    const data = await load(documentIn('d04-one-feature'));
    expect([data.train.features, classes(data), data.summary!.columns[0]!.range]).toEqual([1, kinds, [4.5, 9.6]]);
  });

  test('in quotes between commas, between tabs, and with thousands', async () => {
    expect((await run(`x,kind\n${lines(12, (row) => `"${row},5",${'ab'[row % 2]}`)}`)).summary!.columns[0]!.range).toEqual([0.5, 11.5]);
    expect((await run(`x\tkind\n${lines(12, (row) => `${row},25\t${'ab'[row % 2]}`)}`)).summary!.columns[0]!.range).toEqual([0.25, 11.25]);
    const grouped = await run(`Preis;kind\n${lines(12, (row) => `1.234.50${row % 10},5;${'ab'[row % 2]}`)}`);
    expect(grouped.summary!.columns[0]!.range).toEqual([1_234_500.5, 1_234_509.5]);
  });

  test('that may be thousands is asked about, and can be said', async () => {
    const text = `x;kind\n${lines(12, (row) => `${1 + row},125;${'ab'[row % 2]}`)}`;
    await expect(run(text)).rejects.toThrow(
      'csv, line 2, column 1 (x): expected a number, got "1,125"; if that is a number, say how it is written: `thousands`: ",", or `decimal`: ","',
    );
    expect((await run(text, { decimal: ',' })).summary!.columns[0]!.range).toEqual([1.125, 12.125]);
    expect((await run(text, { thousands: ',' })).summary!.columns[0]!.range).toEqual([1125, 12125]);
  });
});

describe('a separator', () => {
  test('is found from several lines: bars, blanks, and the hint of a spreadsheet', async () => {
    const kind = (row: number): string => 'ab'[row % 2]!;
    for (const text of [
      `x, in cm|y|kind\n${lines(12, (row) => `${row}|${row / 2}|${kind(row)}`)}`,
      `  x    y  kind\n${lines(12, (row) => ` ${row}   ${row / 2} ${kind(row)}`)}`,
      `sep=;\nx;y;kind\n${lines(12, (row) => `${row};${row / 2};${kind(row)}`)}`,
    ])
      expect((await run(text)).train).toMatchObject({ rows: 12, features: 2, classNames: ['a', 'b'] });
  });

  test('can be said, and is named where the fields do not fit', async () => {
    expect((await run(`x~kind\n${lines(4, (row) => `${row}~${'ab'[row % 2]}`)}`, { separator: '~' })).train.features).toBe(1);
    await expect(run('a,b,c\n1,2,x\n1,2\n3,4,y\n3,4,y')).rejects.toThrow(
      'csv, line 3: expected 3 fields as in line 1, got 2; an empty field needs its separator, too, and "," was taken for the separator: another one is given by `separator`',
    );
  });
});

describe('bytes', () => {
  test('that are no UTF-8 are Windows-1252, with a word: d07', async () => {
    const data = await load(documentIn('d07-windows-1252'));
    expect(classes(data).map(([name]) => name)).toEqual(['Gotland', 'Åland', 'Öland']);
    expect(summaryText(data.summary!).at(-1)).toContain('Read as Windows-1252, as 0xc5 in line 2 is no UTF-8');
  });

  const text = `x,Größe\n${lines(12, (row) => `${row},${['kühl', 'kahl'][row % 2]}`)}`;
  const wide = (big: boolean, mark: boolean): Uint8Array =>
    Uint8Array.from(
      [...(mark ? '\ufeff' : ''), ...text]
        .flatMap((char) => [char.charCodeAt(0) & 255, char.charCodeAt(0) >> 8])
        .map((_, i, all) => (big ? all[i ^ 1]! : all[i]!)),
    );
  test.each<[string, Uint8Array, Partial<CsvDocument>]>([
    ['UTF-8', new TextEncoder().encode(text), {}],
    ['UTF-8 with a mark', new TextEncoder().encode(`\ufeff${text}`), {}],
    ['UTF-16 with a mark', wide(false, true), {}],
    ['UTF-16, the other way round', wide(true, true), {}],
    ['UTF-16 without a mark', wide(false, false), {}],
    ['Windows-1252, as said', Uint8Array.from(text, (char) => char.charCodeAt(0)), { encoding: 'latin1' }],
    ['lone CR', new TextEncoder().encode(text.replaceAll('\n', '\r')), {}],
    ['CR LF', new TextEncoder().encode(text.replaceAll('\n', '\r\n')), {}],
  ])('%s', async (_, bytes, data) => {
    const { train, fitted } = await run(bytes, data);
    expect(train).toMatchObject({ rows: 12, classNames: ['kahl', 'kühl'] });
    expect(fitted.table!.targetName).toBe('Größe');
  });

  test('that are not what was said are named, and a letter that was lost is', async () => {
    await expect(
      run(
        Uint8Array.from(text, (char) => char.charCodeAt(0)),
        { encoding: 'utf-8' },
      ),
    ).rejects.toThrow('csv: 0xf6 in line 1 (byte 4) is no utf-8: give its `encoding`, such as "windows-1252"');
    await expect(run(text.replaceAll('ü', '\ufffd'))).rejects.toThrow('csv, line 2, column 2 (Größe): the text has the replacement character');
    await expect(run(text, { encoding: 'klingon' })).resolves.toBeDefined();
    await expect(run(new TextEncoder().encode(text), { encoding: 'klingon' })).rejects.toThrow('csv: encoding: no encoding is called "klingon"');
  });
});

describe('thousands', () => {
  test.each(['d09-thousands', 'd09-thousands-regression'])('%s', async (name) => {
    const { summary, train } = await load(documentIn(name));
    expect(summary!.columns[2]).toMatchObject({ name: 'price', use: 'target', range: [120_100, 237_643] });
    expect([train.rows, train.classes, train.targetSize]).toEqual([40, undefined, 1]);
  });

  test('with blanks and with apostrophes are read; a currency and ones that may be fractions are named', async () => {
    const prices = (price: (row: number) => string): string => `area,price\n${lines(12, (row) => `${row},"${price(row)}"`)}`;
    const mse = { loss: 'mse', units: 1 } as const;
    expect(
      (
        await run(
          prices((row) => `1\u00a023${row % 10}\u00a0500`),
          {},
          mse,
        )
      ).summary!.columns[1]!.range,
    ).toEqual([1_230_500, 1_239_500]);
    expect(
      (
        await run(
          prices((row) => `23${row % 10}'500.25`),
          {},
          mse,
        )
      ).summary!.columns[1]!.range,
    ).toEqual([230_500.25, 239_500.25]);
    await expect(
      run(
        prices((row) => `${row === 3 ? '€' : '$'}${100 + row}`),
        {},
        mse,
      ),
    ).rejects.toThrow('csv, line 5, column 2 (price): expected a number with "$", as in line 2, got "€103"; give all values of the column the same unit');
    await expect(
      run(
        prices((row) => `${1 + row},500`),
        {},
        mse,
      ),
    ).rejects.toThrow('csv, line 2, column 2 (price): expected a number, got "1,500"; if that is a number');
  });
});

describe('the loss decides what the target is', () => {
  test('26 numbers are classes for softmax: d12', async () => {
    expect((await load(documentIn('d12-26-classes'))).train).toMatchObject({ rows: 520, classes: 26 });
  });

  test('few numbers are numbers for mse, two are sides for hinge and bce', async () => {
    const text = `x,y\n${lines(12, (row) => `${row / 2},${row % 2 === 0 ? 2 : 5}`)}`;
    expect((await run(text, {}, { loss: 'mse', units: 1 })).train).toMatchObject({
      targetSize: 1,
      y: expect.objectContaining({ 0: expect.toSatisfy((y: number) => y === 2 || y === 5) }),
    });
    expect(new Set((await run(text, {}, { loss: 'hinge', units: 1 })).train.y)).toEqual(new Set([-1, 1]));
    expect(new Set((await run(text, {}, { loss: 'bce_with_logits', units: 1 })).train.y)).toEqual(new Set([0, 1]));
  });

  test.each<[string, (row: number) => string, Parameters<typeof run>[2], Partial<CsvDocument>, string]>([
    [
      'numbers for softmax',
      (row) => `${row + 0.5}`,
      {},
      {},
      'csv, line 2, column 2 (y): the loss softmax_cross_entropy takes classes, and the target has 12 different numbers in 12 rows, such as 0.5',
    ],
    ['a regression for softmax', (row) => `${row}`, {}, { task: 'regression' }, 'the loss softmax_cross_entropy takes classes, and `task` says regression'],
    [
      'one output for softmax',
      (row) => 'ab'[row % 2]!,
      { units: 1 },
      {},
      'the loss softmax_cross_entropy compares outputs, one for each class, and the model has one',
    ],
    ['more outputs than classes', (row) => 'ab'[row % 2]!, { units: 5 }, {}, 'the target "y" has 2 classes: ["a", "b"], and the last layer gives 5 outputs'],
    ['words for mse', (row) => ['small', 'medium', 'large'][row % 3]!, { loss: 'mse', units: 1 }, {}, 'the target "y" has 3 classes'],
    [
      'numbers outside of the range of bce',
      (row) => `${row / 8}`,
      { loss: 'bce_with_logits', units: 1 },
      {},
      'csv, line 11, column 2 (y): expected a number from 0 to 1, as the loss bce_with_logits takes it, got 1.125',
    ],
    [
      'numbers for hinge',
      (row) => `${row / 8}`,
      { loss: 'hinge', units: 1 },
      {},
      'csv, line 2, column 2 (y): expected -1 or 1, as the loss hinge takes it, got 0',
    ],
    ['dates', (row) => `2024-01-${10 + row}`, {}, {}, 'csv, line 2, column 2 (y): the target is a date, "2024-01-10"; choose another column with `target`'],
    [
      'a name in each row',
      (row) => `Mr. ${'abcdefghijklmnopqrstuvwxyz'[row % 26]}${row}`,
      {},
      {},
      'the target has 30 different texts in 30 rows, such as "Mr. a0"',
    ],
  ])('%s: refused', async (_, target, options, data, message) => {
    const rows = message.includes('30 rows') ? 30 : 12;
    await expect(run(`x,y\n${lines(rows, (row) => `${row / 2},${target(row)}`)}`, data, options)).rejects.toThrow(DataError);
    await expect(run(`x,y\n${lines(rows, (row) => `${row / 2},${target(row)}`)}`, data, options)).rejects.toThrow(message);
  });

  test('of arrays in a document too', async () => {
    const document = (y: number[], units: number): Experiment =>
      parseExperiment({
        data: { source: 'arrays', x: y.map((_, row) => [row]), y },
        model: { layers: [{ type: 'dense', units }] },
        loss: 'softmax_cross_entropy',
        optimizer: { name: 'sgd', learningRate: 0.1 },
        training: { steps: 1, batchSize: 2 },
      });
    expect((await loadData(document([0, 1, 2, 0], 3))).train.classes).toBe(3);
    await expect(loadData(document([0, 1, 2, 0], 4))).rejects.toThrow('the data have 3 classes, and the last layer gives 4 outputs');
    await expect(loadData(document([0.5, 1, 2, 0], 3))).rejects.toThrow(
      'the loss softmax_cross_entropy takes classes, and the targets are numbers, such as 0.5',
    );
  });
});

describe('all preparation belongs to the model', () => {
  const known = ({ inputs, features, classes, ...more }: FittedDocument) => ({
    inputs,
    ...(features ? { featureNames: features } : {}),
    ...(classes ? { classNames: classes } : {}),
    ...more,
  });

  test('of times only differences matter: they are taken before they are rounded', async () => {
    const start = 1_780_000_000;
    const { train, fitted } = await run(`t,y\n${lines(12, (row) => `${start + row},${row % 2}`)}`, { standardise: true });
    expect(new Set(train.x).size).toBe(12);
    expect(inputs(train)[0]).toBeCloseTo(-5.5 / Math.sqrt(143 / 12), 6);
    // New rows too.
    const rows = samplesFromCsv(`t,y\n${start + 3},1\n${start + 4},0`, known(fitted));
    expect(
      prepared(
        rows,
        { ...documentIn('d03-label-first'), loss: 'softmax_cross_entropy', model: { layers: [{ type: 'dense', units: 2 }] } } as Experiment,
        fitted,
      ).x,
    ).toEqual(Float32Array.of(-2.5 / Math.sqrt(143 / 12), -1.5 / Math.sqrt(143 / 12)));
  });

  test("a regression's targets are standardised too", async () => {
    const { train, fitted, summary } = await run(
      `x,price\n${lines(11, (row) => `${row / 2},${500_000 + 1000 * row}`)}`,
      { standardise: true },
      { loss: 'mse', units: 1 },
    );
    expect(fitted.targets).toEqual({ offset: [505_000], divisor: [expect.closeTo(3162.28, 1)] });
    expect(Math.max(...train.y)).toBeCloseTo(Math.sqrt(2.5), 6);
    expect(summaryText(summary!).at(-1)).toContain('Targets are standardised, by mean 505000 and deviation 3162.28');
  });

  test.each([
    ['prices from 20 to 20,000', (row: number) => 20 * 10 ** (row / 10), true],
    ['numbers that lie evenly', (row: number) => 0.05 + row, false],
    ['a decade', (row: number) => 20 * 10 ** (row / 31), false],
    ['both signs', (row: number) => 10 ** (row / 10) - 5, false],
  ])('targets of several sizes are said to be: %s', async (_, target, said) => {
    const { summary } = await run(`x,price\n${lines(31, (row) => `${row / 2},${target(row)}`)}`, {}, { loss: 'mse', units: 1 });
    expect(summaryText(summary!).some((line) => line.includes('The target is positive and spans 3.0 decades'))).toBe(said);
  });
});

describe('columns of all kinds', () => {
  const table = `id,when,city,member,age,note,income\n${lines(
    30,
    (row) =>
      `${row},2024-03-${10 + (row % 20)},${['Oslo', 'Bergen', ''][row % 3]},${row % 2 === 0 ? 'TRUE' : 'False'},${row % 5 === 0 ? 'NA' : 20 + row},text no. ${row},${row * 1000.5}`,
  )}`;

  test('are told apart, and said', async () => {
    const { train, fitted, summary } = await run(table, { missing: 'mean' }, { loss: 'mse', units: 1 });
    expect(fitted.features).toEqual(['city=Bergen', 'city=Oslo', 'member', 'age']);
    expect(fitted.table!.values).toEqual([['Bergen', 'Oslo'], 'boolean', 'number']);
    expect(train.rows).toBe(30);
    expect(summaryText(summary!)).toEqual([
      'Data: 30 rows, 7 columns, names in the first line; "," between fields.',
      '  id      left out: it counts the rows',
      '  when    left out: it holds dates: make numbers of what matters in them (days since a start, the month, the weekday)',
      '  city    feature, 2 categories: Bergen (10), Oslo (10); 10 missing',
      '  member  feature, true or false',
      '  age     feature, numbers from 21 to 49; 6 missing',
      '  note    left out: it has 30 different texts in 30 rows, which are no categories',
      '  income  target, numbers from 0 to 29014.5',
      '  Missing numbers become the mean of their column.',
      '  A missing category counts as none of those that there are.',
    ]);
  });

  test('missing values are refused, dropped, or words of one’s own', async () => {
    await expect(run(table, {}, { loss: 'mse', units: 1 })).rejects.toThrow(
      "csv, line 4, column 3 (city): the value is missing (\"\"); fill it in, or choose missing: 'mean' or 'drop'",
    );
    expect((await run(table, { missing: 'drop' }, { loss: 'mse', units: 1 })).train.rows).toBe(16);
    const coded = `x,y\n${lines(12, (row) => `${row === 3 ? -999 : row === 5 ? 'unknown' : row},${row % 2}`)}`;
    await expect(run(coded)).rejects.toThrow(
      'csv, line 7, column 1 (x): expected a number, got "unknown"; correct it, leave the column out with `features`, or, if it says that the value is missing, `missingWords`: ["unknown"]',
    );
    expect((await run(coded, { missing: 'drop', missingWords: ['unknown', '-999'] })).train.rows).toBe(10);
  });

  test('numbers that are codes become categories where that is said', async () => {
    const { fitted } = await run(`zip,y\n${lines(12, (row) => `${[10115, 80331][row % 2]},${row % 2}`)}`, { categories: ['zip'] });
    expect(fitted.features).toEqual(['zip=10115', 'zip=80331']);
  });
});

describe('what would be read as something else is refused', () => {
  const table = (cell: (row: number) => string): string => `x,y\n${lines(12, (row) => `${cell(row)},${row % 2}`)}`;
  test.each([
    ['numbers in single quotes', table((row) => `'${row / 4}'`), 'csv, line 2, column 1 (x): expected a number, got "\'0\'" in single quotes'],
    [
      'a target in single quotes',
      `x,y\n${lines(12, (row) => `${row / 2},'${row % 2}'`)}`,
      'csv, line 2, column 2 (y): expected a number, got "\'0\'" in single quotes',
    ],
    [
      'a line of dashes under the names',
      `| x | y |\n|---|:-:|\n${lines(12, (row) => `| ${row / 2} | ${row % 2} |`)}`,
      'csv, line 2, column 2 (x): a line of dashes',
    ],
    [
      'dashes with an empty cell before them',
      `x;y;z\n;---;--\n${lines(12, (row) => `${row};${row / 2};${row % 2}`)}`,
      'csv, line 2, column 2 (y): a line of dashes',
    ],
    ['rows of libsvm', lines(12, (row) => `${row % 2 ? '+1' : '-1'} 1:${row / 4} 3:${row % 5}`), 'a file that is sparse, as libsvm has it'],
    ['rows of libsvm with counts', lines(12, (row) => `${row % 2} 12:${row % 7} 345:1 1021:12`), 'a file that is sparse, as libsvm has it'],
    ['ARFF', `% of 1988\n@RELATION iris\n@ATTRIBUTE x NUMERIC\n@DATA\n1,0`, 'a file that is ARFF'],
    ['a table of HTML', `<table>\n<tr><td>1</td></tr>\n</table>`, 'a file that is HTML'],
    [
      'a target without any value',
      `x,y\n${lines(12, (row) => `${row / 2},NA`)}`,
      'the target "y" has no value in any row: choose another column with `target`',
    ],
  ])('%s', async (_, text, message) => {
    await expect(run(text, { target: /^x,y|^\|/.test(text) ? 'y' : 1, missing: 'mean' })).rejects.toThrow(message);
  });

  test('but not times in two columns, words in quotes, or dashes for missing values', async () => {
    expect(
      (
        await run(
          lines(12, (row) => `${row * 1.5} 10:${30 + row} 11:${45 - row} ${row % 2}`),
          { target: 3 },
        )
      ).train.rows,
    ).toBe(12);
    expect((await run(table((row) => `'${row % 2 ? 'a' : 'b'}'`))).train.features).toBe(2);
    expect(
      (
        await run(
          table((row) => (row === 3 ? '--' : String(row / 2))),
          { missing: 'mean' },
        )
      ).train.rows,
    ).toBe(12);
    expect(
      (
        await run(
          table((row) => `'${row % 3}'`),
          { categories: ['x'] },
        )
      ).train.features,
    ).toBe(3);
  });

  test('a name that is begun is told', async () => {
    const wrong = run(`size (m2),price in EUR\n${lines(12, (row) => `${row},${row / 2}`)}`, { target: 'Price' }, { loss: 'mse', units: 1 });
    await expect(wrong).rejects.toThrow('no column is named "Price"; did you mean "price in EUR"?');
  });
});
