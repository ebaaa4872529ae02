// Which file is a log, and which format reads it.
import { expect, test } from 'vitest';
import { historyLines } from '../../src/experiment/history_schema.ts';
import { isLog, LOG_FORMATS, readLog } from '../../src/experiment/logs/index.ts';
import type { LogFormat } from '../../src/experiment/logs/log_format.ts';
import { inColumns } from '../../src/inspect/steps.ts';
import { history, layers } from '../support/synthetic_history.ts';

test('a log is known by its name', () => {
  expect(['run.jsonl', 'a/RUN.NDJSON', 'run.json', 'jsonl', 'run.jsonl.txt'].map(isLog)).toEqual([true, true, false, false, false]);
  expect(() => readLog('run.txt', '')).toThrow('run.txt: expected a log with a name in .jsonl, .ndjson');
});

test('our own format recognises and reads what we write', () => {
  const text = historyLines(inColumns(history({ layers: layers(3), steps: 4 }))).join('\n');
  expect(Object.entries<LogFormat>(LOG_FORMATS).filter(([, { recognises }]) => recognises(text))).toHaveLength(1);
  expect(readLog('run.jsonl', text).steps.length).toBe(4);
});

test('what no format recognises is read by the first, which says what is wrong', () => {
  expect(() => readLog('run.jsonl', 'loss,step')).toThrow('line 1: expected JSON');
});
