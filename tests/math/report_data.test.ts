// What a report says of the data and of the answers of the model that is kept.
import { describe, expect, it } from 'vitest';
import { fromCsv } from '../../src/data/csv_dataset.ts';
import { answersOf, dataOf } from '../../src/experiment/report_data.ts';
import type { RunResult } from '../../src/experiment/run.ts';

const rows = Array.from({ length: 24 }, (_, i) => `2024-01-${10 + (i % 9)},${i},${i % 5 ? ['red', 'blue'][i % 2] : ''},${'abc'[i % 3]}`);
const data = fromCsv(`day,x,colour,kind\n${rows.join('\n')}`, { missing: 'mean' }).reading!.summary!;
const result = (change: Partial<RunResult> = {}): RunResult =>
  ({ data, start: { rows: { train: 16, validation: 8, test: 0 } }, train: { loss: 1 }, validation: { loss: 1 }, ...change }) as RunResult;

describe('data in a report', () => {
  it('are its columns, what is missing, and how rows were divided', () => {
    const { lines, columns } = dataOf(result());
    expect(lines).toEqual([
      'A table of 24 rows; "," between fields.',
      '16 rows to train on, 8 rows for validation.',
      'A missing category counts as none of those that there are.',
    ]);
    expect(columns).toEqual([
      ['column', 'used as', 'what it holds', 'missing'],
      ['day', 'left out', expect.stringContaining('dates'), ''],
      ['x', 'feature', 'numbers from 0 to 23', ''],
      ['colour', 'feature', '2 categories: blue (10), red (9)', '5'],
      ['kind', 'target', '3 classes: a (8), b (8), c (8)', ''],
    ]);
    const { data: _, ...digits } = result();
    expect(dataOf(digits)).toEqual({ lines: ['16 rows to train on, 8 rows for validation.'], columns: [] });
  });
});

describe('answers in a report', () => {
  it('are the confusion of the last part, with names of classes', () => {
    const confusion = [
      [2, 1, 0],
      [0, 3, 0],
      [0, 0, 0],
    ];
    expect(answersOf(result({ validation: { loss: 1, confusion } }))!.table).toEqual([
      ['is \\ taken for', 'a', 'b', 'c', 'right'],
      ['a', '2', '1', '0', '66.7 %'],
      ['b', '0', '3', '0', '100.0 %'],
      ['c', '0', '0', '0', '–'],
    ]);
    // Of many classes the mistakes alone.
    const many = Array.from({ length: 30 }, (_, i) => Array.from({ length: 30 }, (_, j) => (i === j ? 9 : i === 4 && j === 7 ? 2 : 0)));
    expect(answersOf(result({ test: { loss: 1, confusion: many } }))!.table).toEqual([
      ['is', 'taken for', 'rows'],
      ['4', '7', '2'],
    ]);
  });

  it('are numbers beside the right ones, in groups', () => {
    const targets = Array.from({ length: 16 }, (_, i) => 16 - i);
    const { table, chart } = answersOf(result({ predictions: { split: 'validation', rows: 16, targets, outputs: targets.map((value) => value + 2) } }))!;
    expect(chart!.points[0]).toEqual({ truth: 16, answer: 18 });
    expect(table.slice(0, 3)).toEqual([
      ['true value', 'rows', 'mean truth', 'mean prediction', 'RMSE'],
      ['1 to 2', '2', '1.5', '3.5', '2'],
      ['3 to 4', '2', '3.5', '5.5', '2'],
    ]);
    const thousands = { split: 'train', rows: 1, targets: [1_380_040], outputs: [-17_130.5] } as const;
    expect(answersOf(result({ predictions: { ...thousands, targets: [...thousands.targets], outputs: [...thousands.outputs] } }))!.table[1]).toEqual([
      '1,380,000 to 1,380,000',
      '1',
      '1,380,000',
      '-17,100',
      '1,400,000',
    ]);
    expect(answersOf(result({ predictions: { split: 'train', rows: 1, targets: [1], outputs: [Number.NaN] } }))).toBeUndefined();
    expect(answersOf(result())).toBeUndefined();
  });
});
