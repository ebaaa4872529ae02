// Tables as strangers write them, three and more of each kind of ../shared/faults/data that are not there: read, left out with a word, or refused by name.
import { describe, expect, test } from 'vitest';
import { rowsFromCsv } from '../../src/data/csv_rows.ts';
import { summaryText } from '../../src/data/csv_summary.ts';
import { fromCsv } from '../../src/data/index.ts';
import { DataError } from '../../src/errors.ts';

const lines = (count: number, line: (row: number) => string): string => Array.from({ length: count }, (_, row) => line(row)).join('\n');
const table = (header: string, line: (row: number) => string, rows = 12): string => `${header}\n${lines(rows, line)}`;
const kind = (row: number): string => 'ab'[row % 2]!;
const said = (text: string | Uint8Array, options = {}): string => summaryText(fromCsv(text, options).reading!.summary!).join('\n');

describe('read', () => {
  test.each<[string, string, object]>([
    ['dates for names', table('2020-01-01,2020-02-01,y', (row) => `${row}.5,${row},${kind(row)}`), { rows: 12, features: 2 }],
    ['true and false under a word', table('new,price', (row) => `${row % 2 === 0},${row * 1.5}`), { rows: 12, features: 1 }],
    ['words under words', table('colour,shape,kind', (row) => `${['red', 'blue'][row % 2]},${'oxy'[row % 3]},${kind(row)}`), { features: 5 }],
    ['decimal commas between blanks', table('a b kind', (row) => `${row},25 3,${row + 10} ${kind(row)}`), { features: 2 }],
    ['decimal commas with exponents', table('a;kind', (row) => `${row + 1},73E-0${row % 5};${kind(row)}`), { features: 1 }],
    ['semicolons in words between commas', table('a,note,kind', (row) => `${row},${['x; y', 'z'][row % 2]},${kind(row)}`), { features: 3 }],
    [
      'words of two between commas',
      table('first,second', (row) => `${['Ann Lee', 'Bob Ray'][row % 2]},${['New York', 'Las Vegas'][row % 2]}`),
      { features: 2 },
    ],
    ['a title above', table('Export of 2024\n\na,b,kind', (row) => `${row},${row / 2},${kind(row)}`), { rows: 12, features: 2 }],
    ['a title as wide as the table', table('Export of 2024,,\na,b,kind', (row) => `${row},${row / 2},${kind(row)}`), { rows: 12, features: 2 }],
    ['comments above', table('# made by a program\n# m, s\na,b,kind', (row) => `${row},${row / 2},${kind(row)}`), { rows: 12, features: 2 }],
    ['names in a comment', table('# a b kind', (row) => `${row} ${row / 2} ${row % 2}`), { rows: 12, featureNames: ['a', 'b'] }],
    ['a column named #', table('#,a,kind', (row) => `${row + 1},${row / 2},${kind(row)}`), { rows: 12, featureNames: ['a'] }],
    ['a column without a name before one', table(',kind', (row) => `${row / 2},${kind(row)}`), { rows: 12, features: 1 }],
    ['a first row with one value', `5,,\n${lines(12, (row) => `${row},${row / 2},${row % 2}`)}`, { rows: 12 }],
    ['minus signs of typesetters', table('a,kind', (row) => `\u2212${row}.5,${kind(row)}`), { features: 1 }],
    ['groups of two digits', table('a,kind', (row) => `"12,34,${500 + row}",${kind(row)}`), { features: 1 }],
    ['apostrophes', table('a;kind', (row) => `1'${200 + row}.50;${kind(row)}`), { features: 1 }],
    ['26 letters', table('a,y', (row) => `${row},${String.fromCharCode(65 + (row % 26))}`, 52), { classes: 26 }],
    ['classes as fractions', table('a,y', (row) => `${row},${['0.0', '1.0', '1'][row % 3]}`), { classNames: ['0', '1'] }],
  ])('%s', (_, text, found) => {
    expect(fromCsv(text, { missing: 'drop' })).toMatchObject(found);
  });

  test('numbers are those that were written', () => {
    const column = (text: string): number[] => [...fromCsv(text).x];
    expect(column('a b kind\n0,25 1 a\n1,25 2 b')).toEqual([0.25, 1, 1.25, 2]);
    expect(column('a,kind\n\u22121.5,a\n+2,b')).toEqual([-1.5, 2]);
    expect(column('a,kind\n"12,34,500",a\n"1,00,000",b')).toEqual([1_234_500, 100_000]);
    expect(column('a;kind\n6,73E-02;a\n1,5e3;b')).toEqual([Math.fround(0.0673), 1500]);
  });
});

describe('said', () => {
  const row = (first: (row: number) => string | number) => (i: number) => `${first(i)},${(i * 7) % 5},${kind(i)}`;
  const apart = 'it has another number in each row, which tells rows apart and measures nothing';
  test.each<[string, string, string]>([
    [
      'a number of passengers',
      table(
        'PassengerId,age,kind',
        row((i) => i + 1),
      ),
      'PassengerId  left out: it counts the rows',
    ],
    [
      'an id in another order',
      table(
        'id,age,kind',
        row((i) => (i * 5) % 12),
      ),
      `id    left out: ${apart}`,
    ],
    [
      'a number of customers',
      table(
        'customer_id,age,kind',
        row((i) => 5000 + ((i * 7919) % 997)),
      ),
      `customer_id  left out: ${apart}`,
    ],
    ['an id in the middle', table('age,order no,kind', (i) => `${(i * 7) % 5},${100 - i},${kind(i)}`), `order no  left out: ${apart}`],
    [
      'a name in each of few rows',
      table(
        'name,age,kind',
        row((i) => `Mr. ${kind(i)}${i}`),
      ),
      'name  left out: it has 12 different texts in 12 rows',
    ],
    [
      'dates without signs',
      table(
        'day,age,kind',
        row((i) => 20240101 + i),
      ),
      'day   left out: it holds dates',
    ],
    [
      'months',
      table(
        'when,age,kind',
        row((i) => `${['Jan', 'Feb', 'Mär'][i % 3]}-2${i % 4}`),
      ),
      'when  left out: it holds dates',
    ],
    [
      'quarters',
      table(
        'when,age,kind',
        row((i) => `2024Q${1 + (i % 4)}`),
      ),
      'when  left out: it holds dates',
    ],
    [
      'times of this year',
      table(
        't,age,kind',
        row((i) => 1_764_600_000 + 60 * i),
      ),
      't     feature, numbers from 1764600000 to 1764600660',
    ],
    [
      'codes with zeros',
      table(
        'zip,age,kind',
        row((i) => ['01234', '80331'][i % 2]!),
      ),
      '"zip" has whole numbers that begin with 0, as codes do: `categories`: ["zip"]',
    ],
    ['capitals', table('a,b,kind', (i) => `${i},1,${['Yes', 'yes', 'no'][i % 3]}`), '"kind" has both "Yes" and "yes", which count as different'],
    [
      'a title',
      table(
        'Export of 2024\n\na,b,kind',
        row((i) => i),
      ),
      'Lines 1 to 2, "Export of 2024" and so on, are passed over',
    ],
    [
      'a comment with names',
      table(
        '# a,b,kind',
        row((i) => i / 2),
      ),
      'The names are those of line 1, which begins with #',
    ],
  ])('%s', (_, text, words) => {
    expect(said(text)).toContain(words);
  });

  test('numbers that may be measured stay: years, days that count, whole numbers of which some are alike', () => {
    for (const [name, first] of [
      ['year', (i: number) => 1990 + i],
      ['day', (i: number) => i],
      ['paid', (i: number) => 100 + (i % 7)],
      ['user_id', (i: number) => i % 4],
    ] as const)
      expect(fromCsv(table(`${name},age,kind`, row(first))).featureNames).toEqual([name, 'age']);
  });
});

describe('refused by name', () => {
  test.each<[string, string | Uint8Array, string]>([
    [
      'wavelengths for names',
      table('400.5,401.0,class', (row) => `${row}.25,${row / 3},${kind(row)}`),
      'csv, line 1: ["400.5", "401.0", "class"] has both numbers and a word',
    ],
    [
      'names of which one is a value',
      table('red,shape,kind', (row) => `${['red', 'blue'][row % 2]},${'oxy'[row % 3]},${kind(row)}`),
      'csv, line 1: ["red", "shape", "kind"] has both words of other rows and words that are in none: say whether it is a header of names, `header`',
    ],
    ['an unknown separator', table('a:b:y', (row) => `${row}:1:${kind(row)}`), 'fromCsv: "a:b:y", the target, is the only column'],
    [
      'a field too few',
      table('a,b,y', (row) => (row === 5 ? '1,a' : `${row},1,${kind(row)}`)),
      'csv, line 7: expected 3 fields as in line 1, got 2; an empty field needs its separator',
    ],
    [
      'brackets',
      table('a,y', (row) => `"(1,${200 + row})",${kind(row)}`),
      'csv, line 2, column 1 (a): expected a number, got "(1,200)"; if that is a number, say how it is written: `thousands`: ","',
    ],
    ['a unit', table('a,y', (row) => `${row} kg,${kind(row)}`), 'csv, line 2, column 1 (a): expected a number, got "0 kg"; take "kg" away in all rows'],
    [
      'a percent sign in some rows',
      table('a,y', (row) => `${row}${row > 1 ? '%' : ''},${kind(row)}`),
      'csv, line 4, column 1 (a): expected a number without a sign, as in line 2, got "2%"; give all values of the column the same unit, or leave',
    ],
    ['three digits behind a comma', table('a;y', (row) => `${row + 1},${100 + row};${kind(row)}`), '`thousands`: ",", or `decimal`: ","'],
    [
      'what no float holds',
      table('a,y', (row) => `${row === 3 ? '1e400' : row},${kind(row)}`),
      'got "1e400"; correct it, or leave the column out with `features` (for codes',
    ],
    [
      'codes among numbers',
      table('a,code,y', (row) => `${row},${['A1', '17', 'B2'][row % 3]},${kind(row)}`),
      '4 rows have a number here and 8 have text: for codes of categories `categories`: ["code"]',
    ],
    [
      'a sum below',
      `${table('a,b,y', (row) => `${row},${row / 2},${row % 2}`)}\nTotal,33,6`,
      'csv, line 14, column 1 (a): expected a number, got "Total"; is the last line a sum or a note, take it away',
    ],
    ['an error of a spreadsheet', table('a,y', (row) => `${row === 3 ? '#DIV/0!' : row},${kind(row)}`), 'the value is missing ("#DIV/0!"); fill it in'],
    ['a letter in each row', table('a,y', (row) => `${row},${String.fromCharCode(65 + row)}`, 26), 'the target has 26 different texts in 26 rows, such as "A"'],
    ['JSON', '[{"a": 1}]', 'got a file that is JSON'],
    ['a page', '<!DOCTYPE html>\n<html>404, not found</html>', 'got a file that is HTML'],
    ['a workbook', Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 6, 0, 8, 0), 'got a file that is a zip archive, as Excel workbooks are'],
    ['a packed file', Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3), 'got a file that is packed by gzip'],
    ['what is no text', 'a,b,y\n1,\0,2', 'csv, line 2: the text has a character 0 in it'],
  ])('%s', (_, text, message) => {
    expect(() => fromCsv(text)).toThrow(DataError);
    expect(() => fromCsv(text)).toThrow(message);
  });
});

describe('new rows for a trained model', () => {
  const { fitted, trained } = (() => {
    const { reading, features, featureNames } = fromCsv(
      table('city,lift,area,price', (row) => `${['Oslo', 'Bergen'][row % 2]},${row % 3 === 0},${row}.5,${row * 1000}`),
    );
    return { fitted: reading!.table!, trained: { inputs: features, featureNames: featureNames! } };
  })();
  const rows = (text: string | Uint8Array, fill?: number[]): number[] => [...rowsFromCsv(text, { ...trained, table: fitted, ...(fill ? { fill } : {}) })];

  test('come in any order, with other columns, as another country writes them', () => {
    expect(rows('area,lift,city\n3.5,TRUE,Oslo')).toEqual([0, 1, 1, 3.5]);
    expect(rows('id;area;note;lift;city\n1;3,5;x;false;Bergen\n2;4,5;y;true;Oslo')).toEqual([1, 0, 0, 3.5, 0, 1, 1, 4.5]);
    expect(rows('area,lift,city\n,true,', [0, 0, 0, 7])).toEqual([0, 0, 1, 7]);
  });

  test.each([
    [
      'a category that was never seen',
      'city,lift,area\nBodø,true,3.5',
      'csv, line 2, column 1 (city): expected one of ["Bergen", "Oslo"], got "Bodø"; correct it, or leave the row out',
    ],
    ['another word for true', 'city,lift,area\nOslo,vielleicht,3.5', 'csv, line 2, column 2 (lift): expected true or false, got "vielleicht"; correct it'],
    ['a missing cell', 'city,lift,area\nOslo,true,', 'csv, line 2, column 3 (area): the value is missing (""); fill it in, or leave the row out'],
    ['a word for a number', 'city,lift,area\nOslo,true,groß', 'csv, line 2, column 3 (area): expected a number, got "groß"; correct it'],
    ['a column less', 'city,lift\nOslo,true', 'csv: no column is named "area", which the model was trained on; there are ["city", "lift"]'],
  ])('%s is named, without advice on options that are of training', (_, text, message) => {
    expect(() => rows(text)).toThrow(DataError);
    expect(() => rows(text)).toThrow(message);
    expect(() => rows(text)).not.toThrow(/`features`|`missing`|`task`/);
  });
});
