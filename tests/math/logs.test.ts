// Which file is a log, and which format reads it.
import { expect, test } from 'vitest';
import { historyLines } from '../../src/experiment/history_schema.ts';
import { formatOf, isLog, readLog } from '../../src/experiment/logs/index.ts';
import { textSource } from '../../src/experiment/logs/log_source.ts';
import { inColumns } from '../../src/inspect/read_history.ts';
import { history, layers } from '../support/synthetic_history.ts';

test('a log is known by its name', () => {
  expect(['run.jsonl', 'a/RUN.NDJSON', 'run.csv', 'events.out.tfevents.1.host.0', 'run.json', 'run.jsonl.bak'].map(isLog)).toEqual([
    true,
    true,
    true,
    true,
    false,
    false,
  ]);
  expect(() => readLog(textSource('run.bak', ''))).toThrow('run.bak: expected a log with a name in .jsonl, .ndjson');
});

test('our own format recognises and reads what we write', () => {
  const text = historyLines(inColumns('test', history({ layers: layers(3), steps: 4 }))).join('\n');
  const source = textSource('run.jsonl', text);
  expect(formatOf(source)).toBe('fathom_history');
  expect(readLog(source).history.steps.length).toBe(4);
});
