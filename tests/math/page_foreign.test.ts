// Logs of other programs on the page: the same figure from what the file has.
import { describe, expect, it } from 'vitest';
import { type ForeignLog, foreignLog } from '../../demo/foreign/foreign_log.ts';
import { foreignRun } from '../../demo/foreign/foreign_run.ts';
import { FOREIGN_WORDS } from '../../demo/foreign/text.ts';
import { isLogHeader } from '../../demo/parts/files.ts';
import { FIELDS } from '../../demo/protocol.ts';
import { inChinese } from '../../demo/text/errors_zh.ts';
import { textSource } from '../../src/experiment/logs/log_source.ts';
import { FORMS, foreignRuns } from '../support/foreign_runs.ts';

const lines = (rows: readonly object[]): ForeignLog => foreignLog(textSource('a.jsonl', rows.map((row) => JSON.stringify(row)).join('\n')))!;

describe('a log on the page', () => {
  const [run] = foreignRuns();
  it.each(Object.keys(FORMS))('%s: losses, layers, what is wrong and what to change', (form) => {
    const { path, text } = FORMS[form]!(run!);
    const log = foreignLog(textSource(path, text))!;
    const shown = foreignRun(log);
    expect(shown.columns).toBeGreaterThan(0);
    expect(shown.span).toBe(shown.columns * shown.per);
    expect(Number.isFinite(shown.loss(0))).toBe(true);
    expect(shown.rows.map(({ place }) => place.name)).toEqual(log.layers);
    expect(shown.ratios.at(-1) ?? 0).toBe(0);
    for (const { advice, consequenceOf, rule } of log.findings) if (!consequenceOf && rule !== 'non_finite') expect(advice.length, rule).toBeGreaterThan(0);
  });

  it('is as deep as its layers, by what the file has, and keeps what was said of a layer last', () => {
    const log = lines([
      { step: 0, loss: 2 },
      { step: 1, loss: 1.9, 'grad_norm/a.weight': 0.01, 'grad_norm/b.weight': 0.1, 'grad_norm/c.weight': 1 },
      { step: 2, loss: 1.8 },
      { step: 3, loss: 1.7, 'grad_norm/a.weight': 0.001, 'grad_norm/c.weight': 1 },
    ]);
    expect(log).toMatchObject({ layers: ['a', 'b', 'c'], measure: 'weight_gradient', each: 'l2', count: 4, foreign: true });
    const run = foreignRun(log);
    // The page's first step is 1.
    expect([run.step, run.columns]).toEqual([4, 4]);
    expect([0, 1, 2, 3].map((column) => run.value(column, 0, 'relative'))).toEqual([-2, -2, -2, -3].map((value) => expect.closeTo(value, 5)));
    expect(run.now(1, 'relative')).toBeCloseTo(-1, 5);
  });

  it('without layers it is a loss', () => {
    const log = lines([
      { step: 1, loss: 2 },
      { step: 2, loss: 1 },
    ]);
    expect(log.layers).toEqual([]);
    expect(foreignRun(log)).toMatchObject({ depth: 0, step: 2 });
  });

  it('of many steps some are kept, the last among them', () => {
    const log = lines(
      Array.from({ length: 4501 }, (_, step) => ({ step, loss: 1, ...(step % 100 ? {} : { 'grad_norm/a.weight': 1, 'grad_norm/b.weight': 1 }) })),
    );
    const { numbers, values } = log.steps;
    expect(log.count).toBe(4501);
    expect(numbers.length).toBeLessThan(4100);
    expect(numbers.at(-1)).toBe(4500);
    expect(values.length).toBe(numbers.length * 2 * FIELDS.length);
  });

  it('what no format knows is none, and a table of data is no log', () => {
    expect(foreignLog(textSource('a.json', '{"a": 1}'))).toBeNull();
    expect(() => foreignLog(textSource('a.jsonl', '{"x": 1}'))).toThrow(/a\.jsonl/);
    expect(['epoch,train_loss', 'step\tloss', '_step,loss', 'Iteration;Loss'].map(isLogHeader)).toEqual([true, true, true, true]);
    expect(['x,y,label', 'loss,profit', 'steps_per_day,weight', ''].map(isLogHeader)).toEqual([false, false, false, false]);
  });

  it('has the same words in both languages', () => expect(Object.keys(FOREIGN_WORDS.zh)).toEqual(Object.keys(FOREIGN_WORDS.en)));
});

it.each([
  ['model.layers[3].units: expected a positive integer, got "64"', 'model.layers[3].units：应为正整数，实际是 "64"。'],
  ['csv, line 3, column 1 (x): expected a number, got "oops"; correct it', 'CSV 第 3 行第 1 列（x）：应为数，实际是 "oops"。'],
  ['data.source: expected one of "csv", "digits", got "x"', 'data.source：应为 "csv", "digits" 之一，实际是 "x"。'],
  ['optimizer: is missing', 'optimizer：缺少此项'],
  ['something else', null],
])('in Chinese: %s', (message, words) => expect(inChinese(message)).toBe(words));
