// npm run test:runtimes -- [runtimes: chrome, deno, node, firefox] [--files tests/gpu/ops.test.ts ...] [--outside] [--told folder]
// All of tests/gpu in each implementation of WebGPU that is here, and a table: file x runtime, passed, failed and skipped, with reasons. In Firefox the tests of a
// page and a worker run instead. With --outside also the cases of ../shared/conformance.
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { requireName, UsageError } from '../../src/errors.ts';
import { findDeno, startDeno } from './deno.ts';
import type { Told } from './table_reporter.ts';

const RUNTIMES = ['chrome', 'deno', 'node', 'firefox'] as const;
type Runtime = (typeof RUNTIMES)[number];
const VITEST = 'node_modules/vitest/vitest.mjs';
/** How long a file may take in Deno. */
const MOST_MS = 20 * 60_000;
const OUTSIDE = join('..', 'shared', 'conformance');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { files: { type: 'string', multiple: true, default: ['tests/gpu'] }, outside: { type: 'boolean' }, told: { type: 'string' } },
});

/** Vitest's options for a runtime; nothing of what takes long in `npm run test:all`. */
function vitestOptions(runtime: Runtime, files: readonly string[]): string[] {
  // Software adapters beside other programs are slow, which is no failure.
  const reporter = ['--reporter', './tests/support/table_reporter.ts', '--testTimeout', '600000', '--hookTimeout', '600000'];
  if (runtime === 'firefox') return ['run', '--project', 'page', 'tests/page/firefox.test.ts', ...reporter];
  if (runtime === 'chrome') return ['run', '--project', 'gpu*', ...files, ...reporter];
  return ['run', '--mode', runtime === 'deno' ? 'deno' : 'dawn', ...files, ...reporter];
}

function inNode(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  const child = spawn(process.execPath, [...args], { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

/** The files of tests in a folder, or the file itself. */
const testsIn = (path: string): string[] =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => name.endsWith('.test.ts'))
        .sort()
        .map((name) => join(path, name))
    : [path];

/** Whether a program ends by itself; else it is ended. */
function endsInTime(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      resolve(false);
    }, MOST_MS);
    child.on('close', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

/** Runs the tests of a runtime; what they came to, or why it is not here. */
async function run(runtime: Runtime, folder: string): Promise<Told[] | string> {
  const into = join(folder, `${runtime}.jsonl`);
  if (runtime === 'deno') {
    const deno = findDeno({ install: true });
    if ('missing' in deno) return deno.missing;
    // A process for each file: a worker that Deno does not end would hold up all others.
    for (const file of values.files.flatMap(testsIn))
      if (!(await endsInTime(startDeno({ ...deno, env: { ...deno.env, TOLD: into } }, [VITEST, ...vitestOptions(runtime, [file])], 'inherit'))))
        appendFileSync(into, `${JSON.stringify({ file, name: 'ends', state: 'failed', why: `no end after ${MOST_MS / 60_000} minutes` } satisfies Told)}\n`);
  } else await inNode([VITEST, ...vitestOptions(runtime, values.files)], { TOLD: into });
  const told = existsSync(into)
    ? readFileSync(into, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Told)
    : [];
  return told.length > 0 ? told.filter(({ file }) => !file.endsWith('mode.test.ts')) : 'it ran no tests';
}

type Row = Map<Runtime, { passed: number; failed: number; skipped: number }>;

function tableOf(results: ReadonlyMap<Runtime, Told[] | string>): string {
  const rows = new Map<string, Row>();
  const add = (name: string, runtime: Runtime, state: Told['state']): void => {
    const row = rows.get(name) ?? rows.set(name, new Map()).get(name)!;
    const cell = row.get(runtime) ?? { passed: 0, failed: 0, skipped: 0 };
    row.set(runtime, { ...cell, [state]: cell[state] + 1 });
  };
  for (const [runtime, told] of results) if (typeof told !== 'string') for (const { file, state } of told) add(file, runtime, state);
  const names = [...rows.keys()].sort();
  for (const [runtime, told] of results) if (typeof told !== 'string') for (const { state } of told) add('all', runtime, state);
  const cell = (row: Row, runtime: Runtime): string => {
    const { passed, failed, skipped } = row.get(runtime) ?? { passed: 0, failed: 0, skipped: 0 };
    return row.has(runtime) ? `${passed} / ${failed} / ${skipped}` : '-';
  };
  const lines = [...names, 'all']
    .filter((name) => rows.has(name))
    .map((name) => [name, ...[...results.keys()].map((runtime) => cell(rows.get(name)!, runtime))]);
  return [['passed / failed / skipped', ...results.keys()], ...lines]
    .map(([name, ...cells]) => name!.padEnd(44) + cells.map((each) => each.padEnd(18)).join(''))
    .join('\n');
}

/** Each reason with the number of its tests, and each failure. */
function reasonsOf(runtime: Runtime, told: Told[] | string): string {
  if (typeof told === 'string') return `${runtime}: not run: ${told}`;
  const reasons = new Map<string, number>();
  for (const { state, why } of told) if (state === 'skipped') reasons.set(why, (reasons.get(why) ?? 0) + 1);
  return [
    ...[...reasons].map(([why, count]) => `${runtime}: ${count} skipped: ${why}`),
    ...told.filter(({ state }) => state === 'failed').map(({ file, name, why }) => `${runtime}: FAILED ${file} ${name}\n    ${why.split('\n')[0]}`),
  ].join('\n');
}

async function main(): Promise<number> {
  for (const name of positionals) requireName('runtime', name, RUNTIMES);
  const folder = values.told ?? mkdtempSync(join(tmpdir(), 'fathom-runtimes-'));
  const results = new Map<Runtime, Told[] | string>();
  let failed = false;
  for (const runtime of positionals.length > 0 ? (positionals as Runtime[]) : RUNTIMES) results.set(runtime, await run(runtime, folder));
  if (values.outside && existsSync(OUTSIDE))
    for (const runtime of results.keys())
      if (runtime !== 'firefox') {
        console.log(`\nOutside cases in ${runtime}`);
        failed = (await inNode(['tests/support/run_ts.mjs', 'tests/conformance/run.ts', '--runtime', runtime, OUTSIDE])) !== 0 || failed;
      }
  console.log(`\n${tableOf(results)}\n`);
  for (const [runtime, told] of results) console.log(reasonsOf(runtime, told));
  console.log(`\nAll of it: ${folder}`);
  return failed || [...results.values()].some((told) => typeof told !== 'string' && told.some(({ state }) => state === 'failed')) ? 1 : 0;
}

try {
  process.exit(await main());
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exit(2);
}
