// Tests of tests/gpu on the other WebGPU: vitest runs them in Deno, and each is a test here. Deno is found or installed; where it or its driver cannot be had,
// they are skipped with a word.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findDeno, startDeno } from '../support/deno.ts';
import { ALL } from '../support/quick.ts';

/** Every op, products, statistics, programs, the self-test and long walks; in `npm run test:all` all of tests/gpu. */
const SMALL = ['ops', 'matmul', 'statistics', 'program', 'self_test', 'turns'].map((name) => `tests/gpu/${name}.test.ts`);
const FILES = ALL ? ['tests/gpu'] : SMALL;

/** What vitest's JSON reporter says, as far as it is read here. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string; readonly failureMessages: readonly string[] }[];
  }[];
}

async function runTests(deno: { path: string; env: NodeJS.ProcessEnv }): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'fathom-deno-'));
  try {
    const out = join(folder, 'report.json');
    const options = ['--mode', 'deno', '--reporter', 'json', '--outputFile', out];
    const child = startDeno(deno, ['node_modules/vitest/vitest.mjs', 'run', ...options, ...FILES], 'pipe');
    let said = '';
    child.stdout!.on('data', (data) => (said += data));
    child.stderr!.on('data', (data) => (said += data));
    await new Promise((resolve) => child.on('close', resolve));
    try {
      return JSON.parse(readFileSync(out, 'utf8')) as Report;
    } catch (cause) {
      throw new Error(`vitest in Deno left no report:\n${said}`, { cause });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const deno = findDeno({ install: true, seconds: 60 });
if ('missing' in deno) test.skip(`tests/gpu in Deno: ${deno.missing}`, () => {});
else {
  const { testResults } = await runTests(deno);
  for (const { name, message, assertionResults } of testResults) {
    describe(name.slice(name.indexOf('tests/gpu')), () => {
      test('is loaded', () => expect(assertionResults.length, message).toBeGreaterThan(0));
      for (const { fullName, status, failureMessages } of assertionResults)
        test.skipIf(status === 'skipped' || status === 'pending')(fullName, () => expect(failureMessages.join('\n')).toBe(''));
    });
  }
}
