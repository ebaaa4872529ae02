// Numbers as people of several countries write them, and signs of money and percent: read where the file says how, else asked about.
import { describe, expect, test } from 'vitest';
import { type FromCsvOptions, fromCsv } from '../../src/data/csv_dataset.ts';
import { rowsFromCsv, samplesFromCsv, type TrainedOn } from '../../src/data/csv_rows.ts';
import { summaryText } from '../../src/data/csv_summary.ts';
import { split } from '../../src/data/prepare.ts';
import { DataError } from '../../src/errors.ts';
import { loadData } from '../../src/experiment/data.ts';
import { parseExperiment } from '../../src/experiment/schema.ts';

const table = (header: string, line: (row: number) => string, rows = 12): string => [header, ...Array.from({ length: rows }, (_, row) => line(row))].join('\n');
const said = (text: string, options: FromCsvOptions = {}): string => summaryText(fromCsv(text, options).reading!.summary!).join('\n');

/** What a model is told of the table that it was trained on. */
function trainedOn(text: string, options: FromCsvOptions = {}): TrainedOn {
  const { features, featureNames, classNames, reading } = fromCsv(text, options);
  return { inputs: features, ...(featureNames ? { featureNames } : {}), ...(classNames ? { classNames } : {}), table: reading!.table! };
}
const rows = (text: string, trained: TrainedOn): number[] => [...rowsFromCsv(text, trained)];

describe('a mark with three digits after it', () => {
  const german = (share: string) => table('Umsatz;Anteil;Art', (row) => `${row + 1}.095;${share};${'ab'[row % 2]}`);
  const american = (share: string) => table('Revenue;Share;Kind', (row) => `${row + 1},095;${share};${'ab'[row % 2]}`);

  test('is as the other columns have it', () => {
    expect([...fromCsv(german('27,3')).x.slice(0, 4)]).toEqual([1095, 27.3, 2095, 27.3].map(Math.fround));
    expect([...fromCsv(german('27,3 %')).x.slice(0, 2)]).toEqual([1095, 27.3].map(Math.fround));
    expect([...fromCsv(german('1.234.567')).x.slice(0, 2)]).toEqual([1095, 1_234_567]);
    expect([...fromCsv(american('27.3')).x.slice(0, 4)]).toEqual([1095, 27.3, 2095, 27.3].map(Math.fround));
    expect([...fromCsv(german('0.5')).x.slice(0, 2)]).toEqual([1.095, 0.5].map(Math.fround));
    expect([...fromCsv(german('27'), { decimal: '.' }).x.slice(0, 2)]).toEqual([1.095, 27].map(Math.fround));
    expect([...fromCsv(american('27'), { decimal: '.' }).x.slice(0, 2)]).toEqual([1095, 27]);
  });

  test('is asked about where they say nothing, the likeliest way first', () => {
    for (const text of [german('27'), table('a;y', (row) => `${row};${row + 1}.095`)]) {
      expect(() => fromCsv(text)).toThrow(DataError);
      expect(() => fromCsv(text)).toThrow(
        '"1.095" may be 1095, or a fraction, and no number of the file says which: say how numbers are written: `thousands`: ".", or',
      );
    }
    expect(() => fromCsv(american('27'))).toThrow('got "1,095"; if that is a number, say how it is written: `thousands`: ",", or `decimal`: ","');
    // Far below the lines that are looked at beforehand.
    expect(() => fromCsv(table('a;y', (row) => `${row === 700 ? '1.095' : row % 90};${'ab'[row % 2]}`, 800))).toThrow('csv, line 702, column 1 (a): "1.095"');
    // A name, and a column that is not used.
    expect(
      fromCsv(
        table('a;b;y', (row) => `${row};1.095;${'ab'[row % 2]}`),
        { features: ['a'] },
      ).features,
    ).toBe(1);
  });

  test('between commas or tabs it is a fraction, with a word', () => {
    const text = table('a,y', (row) => `1.${100 + row},${'ab'[row % 2]}`);
    for (const each of [text, text.replaceAll(',', '\t')]) expect(fromCsv(each).x[0]).toBe(Math.fround(1.1));
    expect(said(text)).toContain('"1.100" is taken for a fraction; if points stand between thousands, say `thousands`: "."');
    expect(said(text.replace('1.103', '0.5'))).not.toContain('taken for a fraction');
  });

  test('in new rows is as in the training table, unless another number says the opposite', () => {
    const trained = trainedOn(german('27,3'));
    expect(rows('Umsatz;Anteil\n1.095;27', trained)).toEqual([1095, 27]);
    expect(rows('1.095;27', trained)).toEqual([1095, 27]);
    expect(rows('Umsatz;Anteil\n1.095;27.5', trained)).toEqual([1.095, 27.5]);
    const plain = trainedOn(table('a,b,y', (row) => `${row}.5,${row},${'ab'[row % 2]}`));
    expect(rows('a,b\n1.095,2', plain)).toEqual([1.095, 2]);
    expect(rows('a;b\n1,5;2', plain)).toEqual([1.5, 2]);
  });
});

describe('signs of money and percent', () => {
  test.each<[string, string, string[]]>([
    ['before, with a blank', '€', ['€ 1,095.17', '€ -2.5', '-€3']],
    ['before, without', '$', ['$1,095.17', '-$2.5', '$3']],
    ['behind, with commas', '€', ['1.095,17 €', '-2,5 €', '3\u00a0€']],
    ['percent', '%', ['1095.17%', '\u22122.5%', '3 %']],
    ['percent with commas', '%', ['1095,17 %', '-2,5%', '3%']],
    ['as letters', 'eur', ['1095.17 EUR', '-2.5 eur', 'EUR 3']],
  ])('%s: taken away, with a word', (_, sign, cells) => {
    const text = table('Revenue;kind', (row) => `${cells[row % 3]};${'ab'[row % 2]}`);
    expect([...fromCsv(text).x.slice(0, 3)]).toEqual([1095.17, -2.5, cells[1]!.startsWith('-€') ? 3 : cells[2]!.startsWith('-') ? -3 : 3].map(Math.fround));
    expect(said(text)).toContain(`Revenue  feature, numbers from `);
    expect(said(text)).toContain(`, ${sign} taken away`);
  });

  const money = table('price,share,y', (row) => `"$1,0${10 + row}.50",${row}%,${row * 2} €`);
  const trained = trainedOn(money);

  test('belong to the model, whose new rows may be without them and may not have others', () => {
    expect(rows('price,share\n"$1,100.50",7%\n1100.5,8', trained)).toEqual([1100.5, 7, 1100.5, 8]);
    expect(() => rows('price,share\n€5,7', trained)).toThrow('csv, line 2, column 1 (price): expected a number, got "€5"; take the sign away');
    expect(() => rows('a,b\n5 €,7', trainedOn(table('a,b,y', (row) => `${row}.5,${row},${'ab'[row % 2]}`)))).toThrow(DataError);
    expect([...samplesFromCsv(money, trained).y]).toEqual([...fromCsv(money).y]);
    expect([...samplesFromCsv('price,share,y\n1,2,3', trained).y]).toEqual([3]);
    expect(() => samplesFromCsv('price,share,y\n1,2,$3', trained)).toThrow('csv, line 2, column 3 (y): expected a number, got "$3"; take the sign away');
  });

  test('are kept in categories, and dates and mixed ones are no numbers with a sign', () => {
    const text = table('rate,y', (row) => `${5 * (row % 3)}%,${row}.5`);
    expect(fromCsv(text, { categories: ['rate'] }).featureNames).toEqual(['rate=0%', 'rate=10%', 'rate=5%']);
    expect(
      fromCsv(
        table('a,y', (row) => `${row},${row % 2}%`),
        { task: 'classification' },
      ).classNames,
    ).toEqual(['0%', '1%']);
    expect(() => fromCsv(table('a,y', (row) => `${row},${'€$'[row % 2]}${row}`))).toThrow(
      'csv, line 3, column 2 (y): expected a number with "€", as in line 2, got "$1"',
    );
    expect(() => fromCsv(table('a;y', (row) => `${row};$1,${100 + row}`))).toThrow(
      'got "$1,100"; if that is a number, say how it is written: `thousands`: ",", or',
    );
  });
});

test('all words that may say that a value is missing are named at once, after those that were given', () => {
  const text = table(
    'a,b,c,y',
    (row) => `${row === 2 ? 'leer' : row},${row === 3 ? 'unknown' : row * 2},${row === 5 ? 'x' : `${row}%`},${row === 1 ? 'tba' : row * 1.5}`,
  );
  expect(() => fromCsv(text)).toThrow('`missingWords`: ["leer", "unknown", "x", "tba"]');
  expect(() => fromCsv(text, { missingWords: ['leer'] })).toThrow('`missingWords`: ["leer", "unknown", "x", "tba"]');
  expect(() => fromCsv(text, { missingWords: ['leer', 'unknown', 'x'], missing: 'mean' })).toThrow(
    'line 3, column 4 (y): 11 rows have a number here and 1 have text, the first "tba"; correct it, or, if it says',
  );
  expect(fromCsv(text, { missingWords: ['leer', 'unknown', 'x', 'tba'], missing: 'mean' }).rows).toBe(11);
});

test.each(['-', '--', '\u2013', '.', '..', 'k.A.', 'n/a', '#N/A', '#DIV/0!', '?', '-1.#IND'])(
  '%s among numbers is a missing value, in new rows too, and a word among words',
  (word) => {
    const data = fromCsv(
      table('a,w,y', (row) => `${row === 3 ? word : row},${row % 2 ? word : 'b'},${row * 1.5}`),
      { missing: 'mean', features: ['a', 'w'] },
    );
    const { table: learnt, fill, summary } = data.reading!;
    expect(summary!.columns[0]).toMatchObject({ kind: 'numbers', missing: 1 });
    // Errors of spreadsheets, and what pandas knows, are no words anywhere.
    const anywhere = ['n/a', '#N/A', '#DIV/0!', '?', '-1.#IND'].includes(word);
    expect(summary!.columns[1]!.values?.map(({ name }) => name)).toEqual(anywhere ? ['b'] : [word, 'b'].sort());
    const told = `${JSON.stringify(word)} in columns of numbers counts as a missing value`;
    expect(summary!.notes.includes(told)).toBe(!anywhere);
    const trained = { inputs: data.features, featureNames: data.featureNames!, table: learnt!, fill: fill! };
    expect(rowsFromCsv(`a,w\n${word},b`, trained)[0]).toBe(fill![0]);
  },
);

test('numbers in brackets are negative, as accounts write them, in new rows too', () => {
  const cells = ['"2,554.05"', '(842.38)', '"1,866.78"', '"(1,200)"', '( 17 )'];
  const data = fromCsv(table('balance,fee,y', (row) => `${cells[row % 5]},${row % 2 ? `$${row}` : `($${row + 1})`},${row % 2 ? `(${row})` : row}`));
  expect([...data.x.slice(0, 10)]).toEqual([2554.05, -1, -842.38, 1, 1866.78, -3, -1200, 3, -17, -5].map(Math.fround));
  expect([...data.y.slice(0, 4)]).toEqual([0, -1, 2, -3]);
  const { table: learnt, summary } = data.reading!;
  expect(summary!.notes).toContain('numbers in brackets, as "(842.38)" in "balance", "fee", "y", are read as negative');
  const trained = { inputs: 2, featureNames: data.featureNames!, table: learnt! };
  expect([...rowsFromCsv('balance,fee\n"(1,200.5)",$(7)\n3,(8)', trained)]).toEqual([-1200.5, -7, 3, -8]);
  expect([...samplesFromCsv('balance,fee,y\n1,$2,(3)', trained).y]).toEqual([-3]);
  // Of words in brackets nothing is made.
  expect(
    fromCsv(
      table('k,y', (row) => `${row % 2 ? '(1)' : 'b'},${row}`),
      { categories: ['k'] },
    ).featureNames,
  ).toEqual(['k=(1)', 'k=b']);
});

test('missing numbers become the means of the rows that are trained on, which a saved model keeps', async () => {
  const text = table('a,kind,y', (row) => `${row % 3 === 0 ? '' : row * row},${'pq'[row % 2]},${row === 7 ? '' : row * 1.5}`, 40);
  const all = fromCsv(text, { missing: 'mean' });
  expect(all.rows).toBe(39);
  const { train, validation } = split(all, { validation: 0.3, seed: 3 });
  const isWhole = (value: number): boolean => Number.isInteger(Math.sqrt(value));
  const known = [...train.x].filter((value, i) => i % 3 === 0 && isWhole(value));
  const mean = known.reduce((sum, value) => sum + value) / known.length;
  expect(train.reading!.fill![0]).toBeCloseTo(mean, 10);
  expect(mean).not.toBeCloseTo(all.reading!.fill![0]!, 1);
  for (const part of [train, validation!]) {
    const filled = [...part.x].filter((value, i) => i % 3 === 0 && !isWhole(value));
    expect(new Set(filled)).toEqual(new Set([Math.fround(train.reading!.fill![0]!)]));
  }
  // A document too; read again for its saved model, the parts are the same.
  const document = parseExperiment({
    data: { source: 'csv', text, missing: 'mean', standardise: true, split: { validation: 0.3 } },
    model: { layers: [{ type: 'dense', units: 1 }] },
    loss: 'mse',
    optimizer: { name: 'sgd', learningRate: 0.1 },
    training: { steps: 1, batchSize: 4 },
  });
  const { fitted, train: trained, validation: held } = await loadData(document);
  expect(fitted.fill![0]).toBeCloseTo(mean, -3);
  // As its file has it.
  const again = await loadData(document, undefined, parseExperiment({ ...document, fitted: JSON.parse(JSON.stringify(fitted)) }).fitted);
  expect([[...again.train.x], [...again.validation!.x]]).toEqual([[...trained.x], [...held!.x]]);
});

describe('a sum below the table is said', () => {
  const sales = (last: string): string =>
    `${table('Town,Kind,Price', (row) => `${['Oslo', 'Bergen', 'Moss'][row % 3]},${'ab'[row % 2]},${180_000 + 7000 * ((row * 5) % 12)}.5`)}\n${last}`;

  test.each([
    ['Total,,231000000', 'Line 14, column 1 (Town): "Total"; if the last line is a sum of the others, take it away: it is trained on'],
    ['Grand total:,a,200000', 'Line 14, column 1 (Town): "Grand total:"'],
    ['Oslo,Summe,200000', 'Line 14, column 2 (Kind): "Summe"'],
    ['合计,a,2000000', 'Line 14, column 1 (Town): "合计"'],
    ['Moss,a,231000000', 'Line 14, column 3 (Price): 231000000 is far from all other numbers of "Price"'],
  ])('%s', (last, words) => {
    expect(said(sales(last), { missing: 'mean' })).toContain(words);
  });

  test.each(['Moss,a,260000', 'Oslo,b,400000', 'Totalia,b,200000'])('and no other row: %s', (last) => {
    expect(said(sales(last))).not.toContain('last line');
  });

  test('nor a word that is in other rows', () => {
    expect(said(table('use,y', (row) => `${['total', 'part'][(row + 1) % 2]},${row}.5`))).not.toContain('last line');
  });
});

test('a saved model reads its own table as it did, where that would be refused today', async () => {
  const text = table('a;a;y', (row) => `${row}.095;${row};${row * 2}`);
  const document = (more: object) =>
    parseExperiment({
      data: { source: 'csv', text, ...more },
      model: { layers: [{ type: 'dense', units: 1 }] },
      loss: 'mse',
      optimizer: { name: 'sgd', learningRate: 0.1 },
      training: { steps: 1, batchSize: 4 },
    });
  await expect(loadData(document({}))).rejects.toThrow('columns 1 and 2 are both named "a"');
  const { fitted, train } = await loadData(document({ features: [0, 1], decimal: '.' }));
  expect([...(await loadData(document({}), undefined, fitted)).train.x]).toEqual([...train.x]);
});
