// New rows for a trained model: which columns are its features, which is the target.
import { describe, expect, test } from 'vitest';
import { fromCsv } from '../../src/data/csv_dataset.ts';
import { rowsFromCsv, samplesFromCsv, type TrainedOn } from '../../src/data/csv_rows.ts';
import { DataError, UsageError } from '../../src/errors.ts';

const table = (header: string, line: (row: number) => string): string => [header, ...Array.from({ length: 12 }, (_, row) => line(row))].join('\n');

/** What a model is told of the table that it was trained on. */
function trainedOn(text: string, options: Parameters<typeof fromCsv>[1] = {}): TrainedOn {
  const { features, featureNames, classNames, reading } = fromCsv(text, options);
  return {
    inputs: features,
    ...(featureNames ? { featureNames } : {}),
    ...(classNames ? { classNames } : {}),
    ...(reading?.table ? { table: reading.table } : {}),
    ...(reading?.fill ? { fill: reading.fill } : {}),
  };
}
const x = (text: string, trained: TrainedOn): number[] => [...rowsFromCsv(text, trained)];

describe('the target of the training table is not looked at', () => {
  // Rows of two features, 10 and 20 times the row, and a label, at each place.
  const place = (at: number, header: boolean, label: (row: number) => string = (row) => 'ab'[row % 2]!): string =>
    [...(header ? [['u', 'v']] : []), ...[1, 2, 3, 4].map((row) => [`${10 * row}`, `${20 * row}`])]
      .map((cells, line) => cells.toSpliced(at, 0, header && line === 0 ? 'kind' : label(line)).join(','))
      .join('\n');
  const features = [10, 20, 20, 40, 30, 60, 40, 80];

  test.each([0, 1, 2])('at column %i, by position or name, there or not', (at) => {
    for (const header of [false, true]) {
      const trained = trainedOn(place(at, header), { target: header ? 'kind' : at });
      expect(x(place(at, header), trained)).toEqual(features);
      // A label that no number can be read from, one that is missing, and rows without it.
      expect(x(place(at, header, String), trained)).toEqual(features);
      expect(
        x(
          place(at, header, () => '?'),
          trained,
        ),
      ).toEqual(features);
      expect(x('10,20\n20,40\n30,60\n40,80', trained)).toEqual(features);
      expect(x(place(at, false), trained)).toEqual(features);
      // Both have names: by them, wherever they are.
      if (header) {
        expect(x(place((at + 1) % 3, true), trained)).toEqual(features);
        expect(x('v,more,u\n20,?,10', trained)).toEqual([10, 20]);
      }
      const samples = samplesFromCsv(place(at, header), trained);
      expect([...samples.x]).toEqual(features);
      expect([...samples.y]).toEqual([1, 0, 1, 0].map((label) => (header ? label : 1 - label)));
    }
  });

  test('a header that the training table had not, or with the same name twice, says nothing', () => {
    const headless = trainedOn(place(0, false), { target: 0 });
    expect(x(place(0, true), headless)).toEqual(features);
    const text = 'kind,u,u,v\na,10,20,1\nb,20,40,2';
    expect(() => fromCsv(text, { target: 0 })).toThrow(
      'csv: columns 2 and 3 are both named "u", and new rows could have them in another order: rename one, or leave both out, by the indices of the others: `features`: [3]',
    );
    expect(fromCsv(text, { target: 0, features: [3] }).featureNames).toEqual(['v']);
    // Asked for by their places, they are told apart by those.
    const twice = trainedOn(text, { target: 0, features: [1, 2, 3] });
    expect(fromCsv(text, { target: 0, features: [1, 2, 3] }).reading!.summary!.notes).toEqual([
      'columns 2 and 3 are both named "u": new rows need them in the same places',
    ]);
    expect(x('kind,u,u,v\n?,10,20,1', twice)).toEqual([10, 20, 1]);
    expect(x('u,u,v\n10,20,1', twice)).toEqual([10, 20, 1]);
    expect(() => x('kind,v,u,u\n?,1,10,20', twice)).toThrow('csv: expected "u" in column 2, got "v": the model was trained on columns of one name');
  });

  test('features that were chosen keep their places', () => {
    const text = 'a,9,1,2\nb,9,3,4\na,9,5,6\nb,9,7,8';
    const trained = trainedOn(text, { target: 0, features: [3, 2] });
    expect(x(text, trained)).toEqual([2, 1, 4, 3, 6, 5, 8, 7]);
    expect(x('9,1,2', trained)).toEqual([2, 1]);
    expect(x('2,1', trained)).toEqual([2, 1]);
    expect(() => x('1', trained)).toThrow('csv: expected 4 columns as in the training data, 3 without the target (column 1), or the 2 features alone, got 1');
    expect(() => fromCsv(text, { target: 0, features: [2, 2] })).toThrow(UsageError);
    expect(() => fromCsv(text, { target: 0, features: [2, 2] })).toThrow('fromCsv: features: "column 3" is named twice');
  });

  test('what cannot be told is refused', () => {
    const trained = trainedOn(place(0, true), { target: 'kind' });
    for (const [text, message] of [
      ['1\n2', 'csv: expected 2 columns, or 3 with the target (column 1), got 1'],
      ['1,2,3,4', 'got 4'],
      ['u,w\n1,2', 'csv: no column is named "v", which the model was trained on; there are ["u", "w"]'],
      ['u,v,v\n1,2,3', 'csv: two columns are named "v"'],
    ] as const) {
      expect(() => x(text, trained)).toThrow(DataError);
      expect(() => x(text, trained)).toThrow(message);
    }
    expect(() => samplesFromCsv('u,v\n1,2', trained)).toThrow('csv: the rows have no target, "kind", with which');
    expect(() => samplesFromCsv('1,2', trained)).toThrow(DataError);
  });
});

test('columns that are not used are named, unless the table is that of training', () => {
  const trained = trainedOn('a,b,kind\n1,2,p\n3,4,q');
  const notesOf = (text: string, keep: string[] = []): string[] => {
    const notes: string[] = [];
    rowsFromCsv(text, trained, {}, { notes, keep, kept: { names: [], rows: [] } });
    return notes;
  };
  expect(notesOf('branch,a,id,b\nx,1,7,2', ['id'])).toEqual(['not used: branch']);
  expect(notesOf('u,v,w,a,b,x,y,z,kind\n1,2,3,4,5,6,7,8,p')).toEqual(['not used: u, v, w, x, y and 1 more']);
  expect([notesOf('a,b\n1,2'), notesOf('a,b,kind\n1,2,p')]).toEqual([[], []]);
});

test('columns that are lacking are named at once, with what would fill them', () => {
  const trained = { ...trainedOn('a,b,c,kind\n1,2,3,p\n3,4,5,q'), fill: [1, 2, 3] };
  const filled = 'would be filled in as missing values were in training';
  expect(() => x('b,d\n1,2', trained)).toThrow(
    `csv: 2 columns that the model was trained on are not here: ["a", "c"]; there are ["b", "d"]; an empty column of each name ${filled}`,
  );
  expect(() => x('a,b\n1,2', trained)).toThrow(`there are ["a", "b"]; an empty column of that name ${filled}`);
  expect(x('a,b,c\n1,2,', trained)).toEqual([1, 2, 3]);
});

test('the first few cells that cannot be read are named at once, in the order of lines', () => {
  const trained = trainedOn('a,b,kind\n1,2,p\n3,4,q');
  const rows = 'a,b\n1,x\ny,2\nz,u\n1,2\nz,z\nv,w';
  expect(() => x(rows, { ...trained, fill: [1, 2] })).toThrow(
    'csv, line 2, column 2 (b): expected a number, got "x"; correct it, or leave the cell empty, which is filled in as in training, as words are that `missingWords` names: `missingWords`: ["x", "y", "z", "u"]; also line 3, column 1 (a): "y"; also line 4, column 1 (a): "z"; also line 4, column 2 (b): "u"; also line 6, column 1 (a): "z"; and 3 more',
  );
  expect(() => x(rows, trained)).toThrow('got "x"; correct it; also line 3, column 1 (a): "y"; also');
  expect(() => samplesFromCsv('a,b,kind\n1,x,p\ny,2,q', trained)).toThrow('got "x"; correct it; also line 3, column 1 (a): "y"');
});

describe('of a model that was not trained on a table', () => {
  const digits: TrainedOn = { inputs: 3, classNames: ['0', '1', '2'] };

  test.each([
    ['in the last column', '200,7,90,2\n0,8,91,0\n3,7,0,1', [2, 0, 1]],
    ['in the first', '2,200,7,90\n0,0,8,91\n1,3,7,0', [2, 0, 1]],
    ['where the other one could be a class but never changes', '0,8,7,2\n0,8,8,0\n0,7,7,1', [2, 0, 1]],
    ['in words', '2,0,1,zero\n1,0,1,one', undefined],
    ['where the header says so', 'p,Label,q,r\n1,2,1,1\n2,0,0,0', [2, 0]],
  ])('the target is found %s', (_where, text, labels) => {
    expect(x(text, digits)).toHaveLength(3 * (text.match(/^[\d]/gm)?.length ?? 0));
    if (labels) expect([...samplesFromCsv(text, digits).y]).toEqual(labels);
  });

  test('and refused where it could be either or neither', () => {
    expect(() => x('1,7,7,2\n0,7,7,1', digits)).toThrow('the first and the last column could both be the target: name it "label" in a header line');
    expect(() => x('10,7,7,20\n11,7,7,21', digits)).toThrow('neither the first nor the last holds the classes ["0", "1", "2"]');
    expect(() => x('1,2', digits)).toThrow('csv: expected 3 columns, or 4 with the target, got 2');
    expect(x('1,2,0', digits)).toEqual([1, 2, 0]);
    expect(() => samplesFromCsv('1,2,0', digits)).toThrow('csv: the rows have no target');
  });

  test('and a header with numbers for names is no row', () => {
    expect(x('0,1,2,label\n9,8,7,1\n6,5,4,0', digits)).toEqual([9, 8, 7, 6, 5, 4]);
    expect([...samplesFromCsv('Class,0,1,2\n1,9,8,7', digits).y]).toEqual([1]);
    const trained = trainedOn('a,b,kind\n1,2,p\n3,4,q');
    expect(() => x('2019,2020,kind\n1,2,3', trained)).toThrow(
      'csv: none of the 2 columns that the model was trained on is here: is it another table, or one without its header? They are ["a", "b"], and "kind" is what is predicted; there are ["2019", "2020", "kind"]',
    );
    // A class may have such a name.
    const letters = trainedOn('u,v\n1,x\n2,y', {});
    expect(x('5,y\n6,x', letters)).toEqual([5, 6]);
  });

  test('in a regression it is the last', () => {
    expect(x('1,2\n3,4', { inputs: 1 })).toEqual([1, 3]);
    expect([...samplesFromCsv('1,2\n3,4', { inputs: 1 }).y]).toEqual([2, 4]);
  });
});

describe('missing values', () => {
  const text = 'a,b,y\n1,2,no\n,4,yes\n5,6,no\n9,?,yes';

  test('become what they became in training, in any column', () => {
    const trained = trainedOn(text, { missing: 'mean' });
    expect(trained.fill).toEqual([5, 4]);
    expect(x('a,b\n100,\n,7', trained)).toEqual([100, 4, 5, 7]);
    expect([...samplesFromCsv(text, trained, 'mean').x]).toEqual([...fromCsv(text, { missing: 'mean' }).x]);
    expect(trainedOn('a,b,y\n1,2,no\n3,4,yes', { missing: 'mean' }).fill).toEqual([2, 3]);
    expect(() => fromCsv(text, { missing: 'mean', fill: [1] })).toThrow('fromCsv: fill: expected 2 finite numbers, one per feature, got [1]');
  });

  test('are refused where training refused or dropped them; evaluation drops the rows as training did', () => {
    const trained = trainedOn(`${text}\n7,8,yes`, { missing: 'drop' });
    expect(() => x(text, trained)).toThrow('csv, line 3, column 1 (a): the value is missing');
    expect(samplesFromCsv(text, trained, 'drop').rows).toBe(2);
    expect(() => samplesFromCsv(text, trained)).toThrow('the value is missing');
    // A file from before the means were recorded.
    expect(() => samplesFromCsv(text, trained, 'mean')).toThrow('the value is missing');
  });
});

describe('new rows are answered with a word', () => {
  const trained = trainedOn(
    [
      'Segment,new,Revenue,Staff,y',
      ...[659, 18_941, 5000, 1200, 700, 900].map((revenue, i) => `${['Retail', 'Whole Sale'][i % 2]},${i % 2 === 0 ? 'Yes' : 'No'},${revenue},${i},${i * 1.5}`),
    ].join('\n'),
    { missing: 'mean' },
  );
  const notesOf = (text: string): string[] => {
    const notes: string[] = [];
    rowsFromCsv(text, trained, {}, { notes });
    return notes;
  };
  const header = 'Segment,new,Revenue,Staff';

  test('where they are far outside of what was trained on, or mostly empty', () => {
    expect(notesOf(`${header}\nRetail,Yes,"99,99,999",3\nRetail,Yes,,\nRetail,No,700,2\n,,,\nRetail,No,30000,-6`)).toEqual([
      'line 2: Revenue, 9999999, is far outside of 659 to 18941, which the model was trained on',
      'line 3: 2 of 4 values are missing',
      'line 6: Staff, -6, is far outside of 0 to 5, which the model was trained on',
    ]);
    expect(notesOf(`${header}\n${'Retail,Yes,99999,3\n'.repeat(8)}`).slice(4)).toEqual([
      'line 6: Revenue, 99999, is far outside of 659 to 18941, which the model was trained on',
      'and 3 more lines of this kind',
    ]);
    expect(notesOf(`${header}\nRetail,Yes,99999,-6\n,,99999,`)).toEqual([
      'line 2: Revenue, 99999, is far outside of 659 to 18941, and Staff, -6, is far outside of 0 to 5, which the model was trained on',
      'line 3: 3 of 4 values are missing; Revenue, 99999, is far outside of 659 to 18941, which the model was trained on',
    ]);
    // A row that is twice as wide away is no matter of units.
    expect(notesOf(`${header}\nRetail,Yes,30000,3`)).toEqual([]);
  });

  test('where a category is written otherwise; yes and no come in many words', () => {
    expect(notesOf(`${header}\nretail,y,700,2\nRETAIL ,NEIN,700,2\nwhole  sale,1,700,2\nretail,f,700,2`)).toEqual([
      'line 2: Segment "retail" is taken for "Retail", in 2 rows',
      'line 3: Segment "RETAIL " is taken for "Retail"',
      'line 4: Segment "whole  sale" is taken for "Whole Sale"',
    ]);
    expect(x(`${header}\nretail,y,700,2\nRetail,Ja,700,2\nRetail,0,700,2`, trained)).toEqual([1, 0, 1, 700, 2, 1, 0, 1, 700, 2, 1, 0, 0, 700, 2]);
    expect(() => x(`${header}\nshop,y,700,2`, trained)).toThrow('expected one of ["Retail", "Whole Sale"], got "shop"');
  });

  test('where Ja and Nein were categories', () => {
    const german = trainedOn(table('neu,y', (row) => `${['Ja', 'Nein'][row % 2]},${row}.5`));
    expect(x('neu\nyes\n0\nN\nja', german)).toEqual([1, 0, 0, 1, 0, 1, 1, 0]);
  });

  test('beside columns of theirs, as they were written', () => {
    const kept = { names: [], rows: [] };
    rowsFromCsv(`Cust. ID #,${header}\n007,Retail,Yes,700,2\n"a, b",Retail,No,1.50,2`, trained, {}, { keep: ['Cust. ID #', 3], kept });
    expect(kept).toEqual({
      names: ['Cust. ID #', 'Revenue'],
      rows: [
        ['007', '700'],
        ['a, b', '1.50'],
      ],
    });
    expect(() => rowsFromCsv(`${header}\nRetail,Yes,700,2`, trained, {}, { keep: ['id'], kept })).toThrow('columns: no column is named "id"');
  });

  test('where they are written in another way', () => {
    expect(notesOf('Segment;new;Revenue;Staff\nRetail;y;700,5;2')).toEqual([
      'fractions stand after "," here, and after "." in the training table',
      '";" stands between fields here, and "," in the training table',
    ]);
  });
});
