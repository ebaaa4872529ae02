// Tables and arrays of kinds that others write, and that went wrong: each is read as it is meant, or said.
import { describe, expect, it, test } from 'vitest';
import { fromCsv } from '../../src/data/csv_dataset.ts';
import { summaryText, type TableSummary } from '../../src/data/csv_summary.ts';
import type { Dataset } from '../../src/data/dataset.ts';
import { namedDataset } from '../../src/data/named_dataset.ts';
import { parseNpy } from '../../src/data/npy.ts';

const lines = (row: (i: number) => string): string => Array.from({ length: 12 }, (_, i) => row(i)).join('\n');
const columnOf = (data: Dataset, name: string): TableSummary['columns'][number] =>
  (data.reading!.summary as TableSummary).columns.find((column) => column.name === name)!;
const text = (data: Dataset): string => summaryText(data.reading!.summary!).join('\n');

describe('whole numbers of more digits than a number holds', () => {
  it('that name rows are left out, and are no feature in which two of them are one', () => {
    const data = fromCsv(`id,x,y\n${lines((i) => `90071992547409${93 + 2 * i},${i},${i * 1.5}`)}`);
    expect([data.featureNames, columnOf(data, 'id').why]).toEqual([['x'], 'it has 12 different texts in 12 rows, which are no categories']);
  });
  it('that come again are categories, each of its own', () => {
    const data = fromCsv(`account,x,y\n${lines((i) => `900719925474099${3 + 2 * (i % 3)},${i},${i * 1.5}`)}`);
    expect(data.featureNames!.filter((name) => name.startsWith('account'))).toEqual(['3', '5', '7'].map((last) => `account=900719925474099${last}`));
    expect(fromCsv(`x,kind\n${lines((i) => `${i},1234567890123456789${i % 2}`)}`).classNames).toEqual(['12345678901234567890', '12345678901234567891']);
  });
  it('are numbers where nothing is lost', () => {
    expect([...fromCsv(`a,y\n${lines((i) => `${2 ** 60 * ((i % 4) + 1)},${i}.5`)}`).x.slice(0, 2)]).toEqual([2 ** 60, 2 ** 61]);
  });
});

test('yes and no, in any capitals, are one column of true and false', () => {
  const data = fromCsv(`flag,x,y\n${lines((i) => `${['Yes', 'NO', 'yes', 'no'][i % 4]},${i},${i * 1.5}`)}`);
  expect([data.featureNames, [...data.x.slice(0, 8)]]).toEqual([
    ['flag', 'x'],
    [1, 0, 0, 1, 1, 2, 0, 3],
  ]);
  expect(fromCsv(`x,y\n${lines((i) => `${i},${i % 2 ? 'yes' : 'no'}`)}`).classNames).toEqual(['no', 'yes']);
});

test('a column without a name in the middle is no count of the rows', () => {
  expect(fromCsv(`a,,y\n${lines((i) => `${i % 5},${i * i},${i * 1.5}`)}`).features).toBe(2);
  expect(fromCsv(`,a,y\n${lines((i) => `${(i * 5) % 12},${i % 5},${i * 1.5}`)}`).features).toBe(1);
});

test('a target that is the same in every row is told', () => {
  expect(text(fromCsv(`a,y\n${lines((i) => `${i},2.5`)}`))).toContain('The target is the same number in every row: there is nothing to learn.');
  expect(text(fromCsv(`a,y\n${lines((i) => `${i},${i}.5`)}`))).not.toContain('nothing to learn');
});

describe('arrays of NumPy', () => {
  const npy = (descr: string, shape: string, values: Uint8Array, fortran = 'False'): Uint8Array => {
    const header = `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': (${shape}), }\n`;
    return Uint8Array.from([0x93, ...Buffer.from('NUMPY'), 1, 0, header.length, 0, ...Buffer.from(header), ...values]);
  };
  it('of 16-bit floats are read, of either byte order and in columns', () => {
    // 1, -2, the largest, the least above 0, infinity: IEEE 754.
    const bits = [0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00];
    const bytes = (big: boolean): Uint8Array => Uint8Array.from(bits.flatMap((word) => (big ? [word >> 8, word & 255] : [word & 255, word >> 8])));
    for (const [descr, big] of [
      ['<f2', false],
      ['>f2', true],
    ] as const)
      expect([...parseNpy(npy(descr, '5,', bytes(big))).data]).toEqual([1, -2, 65504, 2 ** -24, Number.POSITIVE_INFINITY]);
    const four = Uint8Array.from([0x00, 0x3c, 0x00, 0x40, 0x00, 0x42, 0x00, 0x44]);
    expect([...parseNpy(npy('<f2', '2, 2', four, 'True')).data]).toEqual([1, 3, 2, 4]);
  });
  it.each([
    ['<U3', 'np.unique'],
    ['|O', 'np.unique'],
    ['<M8[ns]', 'days since a start'],
    ['<c8', 'real and imaginary'],
    ['<f16', "astype('float32')"],
  ])('of %s are refused with what makes numbers of them', (descr, advice) => {
    expect(() => parseNpy(npy(descr, '2,', new Uint8Array(32)))).toThrow(advice);
  });
});

test.each([null, undefined, 3, 'text'])('a named tensor that is %j is refused by its name', (given) => {
  expect(() => namedDataset({ age: given as never })).toThrow(/^namedDataset: age: expected numbers, or \{ values, shape \}, got/);
});
