import { describe, expect, test } from 'vitest';
import { type CsvTable, parseCsv } from '../../src/data/csv.ts';
import { fromCsv } from '../../src/data/csv_dataset.ts';
import { DataError, UsageError } from '../../src/errors.ts';
import { Random } from '../../src/random.ts';
import { cpuTime } from '../support/cpu_time.ts';

const cells = (table: CsvTable): string[][] => Array.from({ length: table.rows }, (_, row) => table.names.map((_, column) => table.cell(row, column)));

describe('parseCsv', () => {
  test('reads a header and rows', () => {
    const table = parseCsv('a,b\n1,2\n3,4\n');
    expect(table.names).toEqual(['a', 'b']);
    expect(cells(table)).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
  });

  test.each([
    ['"a\nb","c\nd",y', ['a\nb', 'c\nd']],
    ['"a: so\nmany","",y', ['a: so\nmany', 'column 2']],
    ['x,"of two\n\nparts",y', ['x', 'of two\n\nparts']],
  ])('a name of several lines is no title above the table: %j', (head, names) => {
    const rows = Array.from({ length: 6 }, (_, i) => `${i}.5,${i % 4},${'pq'[i % 2]}`);
    const { featureNames, rows: read } = fromCsv([head, ...rows].join('\n'));
    expect([featureNames, read]).toEqual([names, 6]);
  });

  test('quoted fields hold separators, line breaks and quotes', () => {
    const table = parseCsv('name,note\n"Doe, Jo","said ""hi""\nand left"\n"",""""\n');
    expect(cells(table)).toEqual([
      ['Doe, Jo', 'said "hi"\nand left'],
      ['', '"'],
    ]);
    expect(table.where(1, 0)).toBe('csv, line 4, column 1 (name)');
  });

  test('takes any line end, a byte order mark, empty lines, and no line end at the end', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const table = parseCsv(`\ufeff${['a,b', '', '1,2', '', '3,'].join(end)}`);
      expect(table.names).toEqual(['a', 'b']);
      expect(cells(table)).toEqual([
        ['1', '2'],
        ['3', ''],
      ]);
      expect(table.where(1, 1)).toBe('csv, line 5, column 2 (b)');
    }
  });

  test('a separator at the end of a row makes an empty field', () => {
    expect(cells(parseCsv('1,\n,2\n', { header: false }))).toEqual([
      ['1', ''],
      ['', '2'],
    ]);
  });

  test('a quote inside a field without quotes is text', () => {
    expect(cells(parseCsv('size\n5" disk\n'))).toEqual([['5" disk']]);
  });

  test.each([
    ['names', 'a,b\n1,2', true],
    ['an unnamed index column', ',b\n1,2', true],
    ['numbers', '1,2\n3,4', false],
    ['a class in the last column', '5.1,3.5,Iris-setosa\n4.9,3.0,Iris-setosa', false],
  ])('tells a header from a row: %s', (_, text, header) => {
    expect(parseCsv(text).rows).toBe(header ? 1 : 2);
  });

  test('the header can be said', () => {
    expect(parseCsv('2019,2020\n1,2', { header: true })).toMatchObject({ names: ['2019', '2020'], rows: 1 });
    expect(parseCsv('a,b\n1,2', { header: false })).toMatchObject({ names: ['column 1', 'column 2'], rows: 2 });
  });

  test('the separator is found or said', () => {
    for (const text of ['a;b\n1;2', 'a\tb\n1\t2', 'a,b\n1,2']) expect(cells(parseCsv(text))).toEqual([['1', '2']]);
    expect(cells(parseCsv('a|b\n1,5|2', { separator: '|' }))).toEqual([['1,5', '2']]);
    for (const separator of ['', '||', '"', '\n']) expect(() => parseCsv('a', { separator })).toThrow(UsageError);
  });

  test.each([
    ['empty', '', /the text is empty/],
    ['only line ends', '\r\n\n', /the text is empty/],
    ['only a header', 'a,b\n', /no row after it/],
    ['a short row', 'a,b,c\n1,2,3\n4,5\n', /line 3: expected 3 fields as in line 1, got 2/],
    ['a long row', 'a,b\n\n1,2,3\n', /line 3: expected 2 fields as in line 1, got 3/],
    [
      'a name with a comma in it',
      'a,Value, EUR,c\n1,2,3\n4,5,6\n',
      /csv, line 1: the header has 4 fields and each line after it 3: a name with a separator in it needs quotes around it; names are \["a", "Value", "EUR", "c"\]/,
    ],
    ['columns without a name', 'a,b\n1,2,3,4\n4,5,6,4\n', /csv, line 1: the header has 2 fields and each line after it 4: some columns have no name/],
    ['a short row after a field of two lines', 'a,b\n"x\ny",2\n1\n', /line 4: expected 2 fields/],
    ['an open quote', 'a,b\n1,"2\n3,4\n', /line 2, column 2: the quote that opens here is never closed/],
    ['an open quote at the end', 'a,b\n1,"', /line 2, column 2: the quote that opens/],
    ['an open quote after doubled ones', 'a\n"x""""', /line 2, column 1: the quote that opens/],
    ['text after a closing quote', 'a,b\n1,"2"x\n', /line 2, column 2: expected a separator after the closing quote, got "x"/],
  ])('refuses: %s', (_, text, message) => {
    expect(() => parseCsv(text)).toThrow(DataError);
    expect(() => parseCsv(text)).toThrow(message);
  });

  test('what is written with quotes is read back, whatever it is', () => {
    const random = new Random(11);
    const pieces = ['"', ',', '\n', '\r\n', '\r', 'a', ' ', '', '1', 'é', '""', ';', '\t'];
    const text = (): string => Array.from({ length: random.integer(6) }, () => pieces[random.integer(pieces.length)]).join('');
    for (let round = 0; round < 300; round++) {
      const width = 1 + random.integer(4);
      const rows = Array.from({ length: 1 + random.integer(5) }, () => Array.from({ length: width }, text));
      const end = ['\n', '\r\n', '\r'][random.integer(3)]!;
      // Quotes where they are needed, and sometimes where they are not; a lone empty field would be an empty line.
      const quoted = (field: string): string => (/[",\r\n]/.test(field) || field === '' || random.uniform() < 0.3 ? `"${field.replaceAll('"', '""')}"` : field);
      const written = rows.map((row) => row.map(quoted).join(',')).join(end) + (random.uniform() < 0.5 ? end : '');
      // Lines that hold nothing are passed over, and a CR at the end of a line is taken for part of the line's end.
      const held = rows.map((row) => row.with(-1, row.at(-1)!.replace(/\r$/, ''))).filter((row) => row.some((field) => field.trim() !== ''));
      if (held.length > 0) expect(cells(parseCsv(written, { header: false, separator: ',' }))).toEqual(held);
    }
  });
});

describe('fromCsv', () => {
  test('the last column is the target; its text is classes, sorted', () => {
    const data = fromCsv('w,h,kind\n1,2,dog\n3.5,-4e1,cat\n 5 ,6,dog\n');
    expect([...data.x]).toEqual([1, 2, 3.5, -40, 5, 6]);
    expect([...data.y]).toEqual([1, 0, 1]);
    expect(data).toMatchObject({ rows: 3, features: 2, shape: [2], classes: 2, classNames: ['cat', 'dog'], featureNames: ['w', 'h'] });
  });

  test('numbers are regressed', () => {
    const data = fromCsv('x,y\n1,1.5\n2,2.5\n');
    expect([...data.y]).toEqual([1.5, 2.5]);
    expect(data.classes).toBeUndefined();
  });

  test('target and features by name or index', () => {
    const text = 'id,y,a,b\nr1,10,1,2\nr2,20,3,4\n';
    for (const [target, features] of [
      ['y', ['b', 'a']],
      [1, [3, 2]],
    ] as const) {
      const data = fromCsv(text, { target, features });
      expect([...data.x]).toEqual([2, 1, 4, 3]);
      expect([...data.y]).toEqual([10, 20]);
      expect(data.featureNames).toEqual(['b', 'a']);
    }
  });

  test.each([
    ['few whole numbers, each often', [1, 0, 1, 0], 2],
    ['labels of any whole value, by value', [10, -1, 9, 10, -1, 9], 3],
    ['whole numbers that differ', [1, 2, 3, 4], undefined],
    ['fractions', [0.5, 1, 0.5, 1], undefined],
    ['one value only', [3, 3, 3, 3], undefined],
    ['many whole numbers', Array.from({ length: 84 }, (_, i) => i % 21), undefined],
  ])('auto: %s', (_, labels, classes) => {
    const data = fromCsv(`x,y\n${labels.map((label) => `0,${label}`).join('\n')}`);
    expect(data.classes).toBe(classes);
    if (classes) expect(labels.map((_, row) => Number(data.classNames![data.y[row]!]))).toEqual(labels);
    else expect([...data.y]).toEqual(labels.map(Math.fround));
  });

  test('the task can be said', () => {
    expect(fromCsv('x,y\n1,0\n2,1\n3,0\n4,1', { task: 'regression' }).classes).toBeUndefined();
    expect(fromCsv('x,y\n1,0\n2,1', { task: 'classification' }).classNames).toEqual(['0', '1']);
    expect(fromCsv('x,y\n1,1.0\n2,1\n3, 01\n4,high', { task: 'classification' }).classNames).toEqual(['1', 'high']);
  });

  test('classes can be given, so that a test file agrees with its training file', () => {
    expect([...fromCsv('x,y\n1,b\n2,b', { classNames: ['c', 'b', 'a'] }).y]).toEqual([1, 1]);
    expect(() => fromCsv('x,y\n1,b\n2,z', { classNames: ['a', 'b'] })).toThrow(/line 3, column 2 \(y\): expected one of the classes \["a", "b"\], got "z"/);
  });

  const holes = 'a,b,y\n1,NA,1.5\n?,4,2.5\n3,8,3.5\n5,6,\n';
  test('missing values are an error that names the place', () => {
    expect(() => fromCsv(holes)).toThrow(DataError);
    expect(() => fromCsv(holes)).toThrow(/line 3, column 1 \(a\): the value is missing \("\?"\)/);
    for (const hole of ['', ' ', '""', 'na', 'NaN', 'null', ' ? ', 'N/A'])
      expect(() => fromCsv(`a,y\n${hole},1.5\n1,2`)).toThrow(/line 2, column 1 \(a\): the value is missing/);
  });

  test('rows with missing values can be dropped', () => {
    const data = fromCsv(holes, { missing: 'drop' });
    expect([...data.x]).toEqual([3, 8]);
    expect([...data.y]).toEqual([3.5]);
    expect([...fromCsv('a,y\n1,cat\n2,\n3,dog', { missing: 'drop' }).y]).toEqual([0, 1]);
    expect(() => fromCsv('a,y\n,1.5\n2,?', { missing: 'drop' })).toThrow(/every row has a missing value/);
  });

  test('missing features can become the mean of the others; a row without a target is left out, with a word', () => {
    const data = fromCsv('a,b,y\n1,NA,1.5\n?,4,2.5\n3,8,3.5\n', { missing: 'mean' });
    expect([...data.x]).toEqual([1, 6, 2, 4, 3, 8]);
    expect(() => fromCsv(holes)).toThrow("choose missing: 'mean' or 'drop'");
    const left = fromCsv(holes, { missing: 'mean' });
    expect([[...left.y], left.reading!.summary!.notes]).toEqual([
      [1.5, 2.5, 3.5],
      ['line 5 is left out, as the target, "y", is missing there', 'missing numbers become the mean of their column'],
    ]);
    expect([...fromCsv('a,y\n1,cat\n2,\n?,dog', { missing: 'mean' }).y]).toEqual([0, 1]);
    expect(() => fromCsv('a,y\n1,1.5\n2,')).toThrow("line 3, column 2 (y): the value is missing (\"\"); fill it in, or choose missing: 'mean' or 'drop'");
    expect(() => fromCsv('a,b,y\n1,,1.5\n2,,2.5', { missing: 'mean', features: ['a', 'b'] })).toThrow(/line 2, column 2 \(b\).*no value at all/);
  });

  test('a zero is not missing', () => {
    expect([...fromCsv('a,y\n0,0.5\n-0.0,1.5').x]).toEqual([0, -0]);
  });

  test.each([
    ['text in a feature', 'a,y\n1,1.5\nred,2.5', {}, /line 3, column 1 \(a\): expected a number, got "red"/],
    ['infinity', 'a,y\ninf,1.5', {}, /line 2, column 1 \(a\): expected a number, got "inf"/],
    ['Infinity', 'a,y\n-Infinity,1.5', {}, /expected a number, got "-Infinity"/],
    ['too large for f32', 'a,y\n1e39,1.5', {}, /line 2, column 1 \(a\): expected a number, got 1e\+39, which does not fit/],
    ['numbers and text in the target', 'a,y\n1,1.5\n2,2.5\n3,oops', {}, /line 4, column 2 \(y\): 2 rows have a number here and 1 have text, the first "oops"/],
    ['text to be regressed', 'a,y\n1,1.5\n2,x', { task: 'regression' }, /line 3, column 2 \(y\): expected a number, got "x"/],
    ['one class', 'a,y\n1,x\n2,x', {}, /at least two classes, got \["x"\]/],
    ['one column', 'y\n1\n2', {}, /"y", the target, is the only column.*`separator`/],
  ] as const)('refuses %s', (_, text, options, message) => {
    expect(() => fromCsv(text, options)).toThrow(DataError);
    expect(() => fromCsv(text, options)).toThrow(message);
  });

  test.each([
    [{ target: 'z' }, /target: no column is named "z"; there are \["a", "a", "y"\]/],
    [{ target: 3 }, /target: expected a column from 0 to 2, got 3/],
    [{ target: -1 }, /expected a column from 0 to 2, got -1/],
    [{ features: ['a'] }, /two columns are named "a"/],
    [{ features: ['y'] }, /"y" is the target/],
    [{ missing: 'skip' as 'drop' }, /missing: expected one of error, mean, drop; got "skip"/],
    [{ task: 'guess' as 'auto' }, /task: expected one of/],
  ])('refuses options that make no sense: %j', (options, message) => {
    expect(() => fromCsv('a,a,y\n1,2,3.5', options)).toThrow(UsageError);
    expect(() => fromCsv('a,a,y\n1,2,3.5', options)).toThrow(message);
  });

  test('is linear: a file of 4 MB takes well under a second', () => {
    const text = `a,b,y\n${'1.25,"-3.5",0.125\n'.repeat(220_000)}`;
    const started = cpuTime();
    const data = fromCsv(text);
    expect(cpuTime() - started).toBeLessThan(3000); // 0.45 s alone; other tests run in this process
    expect(data.rows).toBe(220_000);
    expect([data.x[439_999], data.y[219_999]]).toEqual([-3.5, 0.125]);
  });
});
