// Words that kernels and TypeScript share, the run state, the log and the rows of rings: names, types, order and places are the same in both languages.
import { describe, expect, test } from 'vitest';
import { LOG_ROW } from '../../src/ops/end_step.ts';
import { ringParams, ringRow } from '../../src/ops/rings.ts';
import { ROW_DIFFERENCES } from '../../src/ops/row_differences.ts';
import { ACTIVITY, MOMENTS } from '../../src/ops/statistics.ts';
import type { Struct } from '../../src/struct.ts';
import { RUN_BYTES, RUN_STATE } from '../../src/train/run_state.ts';
import { bindingsOf, membersOf, SHADERS } from '../support/wgsl_header.ts';

/** By their names in WGSL. */
const STRUCTS: Readonly<Record<string, Struct>> = {
  RunState: RUN_STATE,
  LogRow: LOG_ROW,
  Moments: MOMENTS,
  Activity: ACTIVITY,
  RowDifferences: ROW_DIFFERENCES,
};
const files = Object.entries(SHADERS);

describe.each(Object.entries(STRUCTS))('%s', (name, { members, at, words }) => {
  test('has the words that its WGSL declares, in one file', () => {
    const declared = files.map(([, text]) => membersOf(text, name)).filter((found) => found.length > 0);
    expect(declared).toEqual([members.map(({ name: word, type }) => [word, type])]);
  });

  test('places each word behind the one before', () => {
    expect(Object.entries(at)).toEqual(members.map(({ name: word }, i) => [word, i]));
    expect(words).toBe(members.length);
  });
});

test('every kernel that binds the run state, the log or a ring gives it that type, and reads words that there are', () => {
  const types: Readonly<Record<string, readonly string[]>> = {
    run: ['RunState'],
    log: ['array<LogRow>'],
    // Norms are a word each, and histograms as many as they have bins.
    ring: ['array<Moments>', 'array<Activity>', 'array<RowDifferences>', 'array<f32>', 'array<u32>', 'array<atomic<u32>>'],
  };
  const seen = new Set<string>();
  for (const [file, text] of files) {
    for (const { name, type } of bindingsOf(text)) {
      if (!(name in types)) continue;
      seen.add(`${name}: ${type}`);
      expect(types[name], `${file} binds ${name}`).toContain(type);
    }
    const unknown = [...text.matchAll(/\brun\.(\w+)/g)].map(([, word]) => word!).filter((word) => !(word in RUN_STATE.at));
    expect(unknown, file).toEqual([]);
  }
  expect([...seen].sort()).toEqual(
    Object.entries(types)
      .flatMap(([name, all]) => all.map((type) => `${name}: ${type}`))
      .sort(),
  );
});

test('what is written or read of the run state in one piece stands together', () => {
  const { at, words } = RUN_STATE;
  expect(words * 4).toBeLessThanOrEqual(RUN_BYTES);
  // train/batch_input.ts and train/non_finite.ts.
  expect(at.batch).toBe(at.dataset_size + 1);
  expect([at.regularization_loss, at.norm]).toEqual([at.loss + 1, at.loss + 2]);
});

test('a kernel finds the row of a step where it is read back', () => {
  const rings = files.filter(([, text]) => bindingsOf(text).some(({ name }) => name === 'ring'));
  expect(rings.filter(([, text]) => !text.includes('ring_row(params.every, params.rows) * ')).map(([file]) => file)).toEqual([]);
  const [, body] = /fn ring_row\(every: u32, rows: u32\) -> u32 \{\s*return (.*);\s*\}/.exec(SHADERS['lib/ring']!)!;
  const inJs = body!.replace(/\(([\w.]+ \/ \w+)\)/g, 'Math.floor($1)').replace(/\b(\d+)u\b/g, '$1');
  const rowOf = new Function('run', 'every', 'rows', 'select', `return ${inJs};`) as (...args: unknown[]) => number;
  const select = <T>(no: T, yes: T, condition: boolean): T => (condition ? yes : no);
  for (const every of [1, 3, 10])
    for (const step of [0, 1, 2, 37].map((n) => n * every))
      for (const halted of [0, 1, 2]) {
        const ring = { name: 'ring/x', rowBytes: 12, every } as const;
        const { rows } = ringParams(ring);
        expect(rowOf({ step, halted }, every, rows, select) * ring.rowBytes).toBe(ringRow(ring, step, halted > 1).offset);
      }
});
