// The report of an evaluation: answers beside the right ones, by class or decile, and the rows that are furthest off.
import { parseHTML } from 'linkedom/worker';
import { describe, expect, test } from 'vitest';
import { fromWire, toWire } from '../../src/cli/wire.ts';
import { type RowOrigin, samplesFromCsv } from '../../src/data/csv_rows.ts';
import { dataset } from '../../src/data/dataset.ts';
import { type AnsweredRows, answeredRows } from '../../src/experiment/answered_rows.ts';
import { type EvaluationReportInput, evaluationHtml, evaluationMarkdown } from '../../src/experiment/evaluation_report.ts';
import { buildLoss } from '../../src/experiment/registry/losses.ts';

const rows = (count: number): number[][] => Array.from({ length: count }, (_, row) => [row]);

describe('answered rows', () => {
  test('of classes have the probability of the right one; the surest wrong rows come first', () => {
    const data = dataset({ x: rows(4), y: [0, 1, 1, 0], classes: 2 });
    const answers = answeredRows(data, Float32Array.of(0, -9, 4, 0, 0, 3, 0, 1), buildLoss('softmax_cross_entropy'), { inputs: 1, classes: ['a', 'b'] })!;
    expect(answers).toMatchObject({ kind: 'classes', truths: [0, 1, 1, 0], predictions: [0, 0, 1, 1], worst: [1, 3] });
    expect(answers.probabilities![3]).toBeCloseTo(1 / (1 + Math.E), 6);
  });

  test('of one output for two classes too', () => {
    const data = dataset({ x: rows(3), y: [0, 1, 0] });
    const answers = answeredRows(data, Float32Array.of(2, 2, -2), buildLoss('bce_with_logits'), { inputs: 1, classes: ['no', 'yes'] })!;
    expect(answers).toMatchObject({ truths: [0, 1, 0], predictions: [1, 1, 0], worst: [0] });
    expect(answers.probabilities!.map((value) => value.toFixed(2))).toEqual(['0.12', '0.88', '0.88']);
  });

  test('of numbers are in the unit of the data, and twelve are told; what is not a number is furthest off', () => {
    const data = dataset({ x: rows(20), y: Array.from({ length: 20 }, (_, row) => row) });
    const outputs = Float32Array.from(data.y, (value, row) => (row === 7 ? Number.NaN : value + row / 10));
    const answers = answeredRows(data, outputs, buildLoss('mse'), { inputs: 1, targets: { offset: [100], divisor: [10] } })!;
    expect(answers.truths.slice(0, 3)).toEqual([100, 110, 120]);
    expect(answers.worst).toEqual([7, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9]);
  });

  test('of logarithms are off by factors; of several targets there are none', () => {
    const data = dataset({ x: rows(3), y: [0, 1, 2] });
    const of = { inputs: 1, targets: { offset: [0], divisor: [Math.log(10)], log: true } };
    const answers = answeredRows(data, Float32Array.of(1, 1, 1.5), buildLoss('mse'), of)!;
    expect(answers.worst).toEqual([0, 2, 1]);
    expect(answers.truths[2]).toBeCloseTo(100, 9);
    expect(answeredRows(dataset({ x: rows(1), y: [[1, 2]] }), Float32Array.of(1, 2), buildLoss('mse'), { inputs: 1 })).toBeUndefined();
  });

  test('of a table know their lines, past rows that are left out, and their cells as they are written', () => {
    let origin: RowOrigin | undefined;
    const trained = { inputs: 1, table: { columns: 3, features: [1], target: 2, targetName: 'y', names: ['x'], separator: ';', decimal: ',' } };
    const text = 'id;x;y\na;1,5;1\nb;;2\nc;2,5;3\n';
    samplesFromCsv(
      text,
      trained,
      'drop',
      {},
      {
        origin: (found) => {
          origin = found;
        },
      },
    );
    expect(origin!.lines).toEqual([2, 4]);
    expect([origin!.names, origin!.cells([1, 0])]).toEqual([['x'], [['2,5'], ['1,5']]]);
  });
});

const input = (answers: AnsweredRows, evaluation: object, classes?: string[]): EvaluationReportInput => ({
  title: 'flats on <new>.csv',
  adapter: { description: 'SwiftShader', fallback: true } as EvaluationReportInput['adapter'],
  scores: { parts: [{ part: 'data', rows: 20, evaluation: { loss: 0.5, ...evaluation } }], answers, ...(classes ? { classes } : {}) },
  about: { Model: 'flats.safetensors' },
  notes: ['not used: id'],
  versions: { Fathom: '1' },
});

describe('a report', () => {
  const numbers: AnsweredRows = {
    kind: 'numbers',
    truths: Array.from({ length: 20 }, (_, row) => 1000 * row),
    predictions: Array.from({ length: 20 }, (_, row) => (row === 3 ? Number.POSITIVE_INFINITY : 1000 * row + 5)),
    worst: [3, 0],
    names: ['line 5', 'line 2'],
    cells: { names: ['city'], rows: [['<b>'], ['NaN']] },
  };

  test('of numbers has deciles, the rows that are furthest off with their cells, and a chart', () => {
    const text = evaluationMarkdown(input(numbers, { metrics: { rmse: 5 } }));
    expect(text).toContain('## Errors by decile of the true value\n\n19 rows in groups of as many, by their true value. 1 more has no finite answer.');
    expect(text.match(/^\| [\d,]+ to [\d,]+ /gm)).toHaveLength(10);
    expect(text).toMatch(/\| line 2 \| 0 \| 5 \| \+5 \| NaN \|/);
    const html = evaluationHtml(input(numbers, {}), parseHTML('<!doctype html><html><body></body></html>').document as unknown as Document);
    for (const each of ['<svg', 'Report of an evaluation', '<h2>Notes</h2><p>Not used: id.</p>', 'flats on &#60;new&#62;.csv', '<td>&#60;b&#62;</td>'])
      expect(html).toContain(each);
    expect(html).not.toContain('<b>\n');
  });

  test('of classes has their confusion, and says where nothing is wrong', () => {
    const classes: AnsweredRows = { kind: 'classes', truths: [0, 1], predictions: [0, 1], probabilities: [0.9, 0.8], worst: [] };
    const text = evaluationMarkdown(
      input(
        classes,
        {
          accuracy: 1,
          confusion: [
            [1, 0],
            [0, 1],
          ],
        },
        ['no', 'yes'],
      ),
    );
    expect(text).toContain('## Right and wrong answers\n\nOf these rows. A line for each class');
    expect(text).toContain('None: all answers are right.');
    expect(evaluationMarkdown(input({ ...classes, predictions: [1, 1], worst: [0] }, {}, ['no', 'yes']))).toMatch(/\| 0 \| no \| yes \| 90\.0 % \|/);
  });
});

test('texts that look like numbers which are not finite cross as texts', () => {
  const value = { cells: ['NaN', 'Infinity', '~NaN', '-Infinity', 'nan'], losses: [Number.NaN, Number.NEGATIVE_INFINITY, 1] };
  expect(fromWire(toWire(value))).toEqual(value);
  expect(fromWire(toWire(JSON.parse('{"__proto__":["~~NaN"]}')))).toEqual(JSON.parse('{"__proto__":["~~NaN"]}'));
});
