// npm run test:runtimes -- [runtimes: chrome, deno, node, firefox] [--files tests/gpu/ops.test.ts ...] [--outside] [--minutes 20] [--told folder]
// All of tests/gpu in each implementation of WebGPU that is here, and a Markdown table: file x runtime, passed, failed and skipped, with reasons; it is also in
// table.md of the folder that it names. In Firefox the tests of a page and a worker run instead. With --outside also the cases of ../shared/conformance. A file
// that does not end in time (--minutes) is one failure, and the next one begins. A folder that is named again goes on where it was: files of which it tells are not
// run again, so that a table can be made in parts. Needs what `npm test` does: Chrome, Mesa's Vulkan driver for Deno and Firefox
// (or GPU=1), Deno (installed where there is none, or named by DENO), Firefox (FIREFOX), and the `webgpu` package for Node.
import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { requireName, UsageError } from '../../src/errors.ts';
import { findDeno, startDeno } from './deno.ts';
import { findFirefox } from './firefox.ts';
import type { Told } from './table_reporter.ts';

const RUNTIMES = ['chrome', 'deno', 'node', 'firefox'] as const;
type Runtime = (typeof RUNTIMES)[number];
const VITEST = 'node_modules/vitest/vitest.mjs';
const FIREFOX = 'tests/page/firefox.test.ts';
const OUTSIDE = join('..', 'shared', 'conformance');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    files: { type: 'string', multiple: true, default: ['tests/gpu'] },
    outside: { type: 'boolean' },
    told: { type: 'string' },
    minutes: { type: 'string', default: '20' },
  },
});

/** How long a file may take. */
const MOST_MS = Number(values.minutes) * 60_000;
if (!(MOST_MS > 0)) throw new Error(`--minutes: expected a number above 0, got ${values.minutes}`);

/** Vitest's options for files in a runtime; nothing of what takes long in `npm run test:all`. */
function vitestOptions(runtime: Runtime, files: readonly string[]): string[] {
  // Software adapters beside other programs are slow, which is no failure.
  const reporter = ['--reporter', './tests/support/table_reporter.ts', '--testTimeout', '600000', '--hookTimeout', '600000'];
  if (runtime === 'firefox') return ['run', '--project', 'page', ...files, ...reporter];
  if (runtime === 'chrome') return ['run', '--project', 'gpu*', ...files, ...reporter];
  return ['run', '--mode', runtime === 'deno' ? 'deno' : 'dawn', ...files, ...reporter];
}

function inNode(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const child = spawn(process.execPath, [...args], { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } });
  const end = (): void => void child.kill('SIGKILL');
  process.on('exit', end);
  child.on('exit', () => process.off('exit', end));
  return child;
}

/** The files of tests in a folder, or the file itself. */
const testsIn = (path: string): string[] =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => name.endsWith('.test.ts'))
        .sort()
        .map((name) => join(path, name))
    : [path];

/** The status of a program; undefined where it had to be ended. First asked to end, so that a browser that it started ends with it. */
function endOf(child: ChildProcess, most: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    let late = false;
    const timers = [
      setTimeout(() => {
        late = true;
        child.kill('SIGTERM');
      }, most),
      setTimeout(() => child.kill('SIGKILL'), most + 10_000),
    ];
    child.on('error', reject);
    child.on('close', (code) => {
      for (const timer of timers) clearTimeout(timer);
      resolve(late ? undefined : (code ?? 1));
    });
  });
}

/** What starts the tests of some files in a runtime, or why it is not here. */
function startOf(runtime: Runtime, into: string): ((files: readonly string[]) => ChildProcess) | string {
  const args = (files: readonly string[]): string[] => [VITEST, ...vitestOptions(runtime, files)];
  if (runtime === 'deno') {
    const deno = findDeno({ install: true });
    return 'missing' in deno ? deno.missing : (files) => startDeno({ ...deno, env: { ...deno.env, TOLD: into } }, args(files), 'inherit');
  }
  const found = runtime === 'firefox' ? findFirefox() : nodeHere();
  return runtime !== 'chrome' && 'missing' in found ? found.missing : (files) => inNode(args(files), { TOLD: into });
}

/** Whether the `webgpu` package is installed, which is optional. */
const nodeHere = (): { path: string } | { missing: string } =>
  existsSync(join('node_modules', 'webgpu')) ? { path: process.execPath } : { missing: 'the `webgpu` package is not installed: npm install webgpu' };

/** Whether lines of a runtime tell of a file. */
const tells = (lines: string, file: string): boolean => lines.includes(`"file":${JSON.stringify(file)}`);

/** Runs the tests of a runtime; what they came to, or why it is not here. */
async function run(runtime: Runtime, folder: string): Promise<Told[] | string> {
  const into = join(folder, `${runtime}.jsonl`);
  const start = startOf(runtime, into);
  if (typeof start === 'string') return start;
  const before = existsSync(into) ? readFileSync(into, 'utf8') : '';
  const files = (runtime === 'firefox' ? [FIREFOX] : values.files.flatMap(testsIn)).filter((file) => !tells(before, file));
  // A process for each file in Deno: a worker that it does not end would hold up all others.
  for (const batch of runtime === 'deno' ? files.map((file) => [file]) : files.length > 0 ? [files] : []) {
    const ended = (await endOf(start(batch), MOST_MS * batch.length)) !== undefined;
    const said = existsSync(into) ? readFileSync(into, 'utf8') : '';
    for (const file of batch.filter((each) => !tells(said, each))) {
      const why = ended ? 'it told of no test' : `no end after ${values.minutes} minutes a file`;
      appendFileSync(into, `${JSON.stringify({ file, name: 'ends', state: 'failed', why } satisfies Told)}\n`);
    }
  }
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
  const rule = ['---', ...[...results.keys()].map(() => '---')];
  return [['passed / failed / skipped', ...results.keys()], rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Each reason with the number of its tests, and each failure. */
function reasonsOf(runtime: Runtime, told: Told[] | string): string {
  if (typeof told === 'string') return `- ${runtime}: not run: ${told}`;
  const reasons = new Map<string, number>();
  for (const { state, why } of told) if (state === 'skipped') reasons.set(why, (reasons.get(why) ?? 0) + 1);
  return [
    ...[...reasons].map(([why, count]) => `- ${runtime}: ${count} skipped: ${why}`),
    ...told.filter(({ state }) => state === 'failed').map(({ file, name, why }) => `- ${runtime}: **failed** ${file}: ${name}: ${why.split('\n')[0]}`),
  ].join('\n');
}

async function main(): Promise<number> {
  for (const name of positionals) requireName('runtime', name, RUNTIMES);
  const folder = values.told ?? mkdtempSync(join(tmpdir(), 'fathom-runtimes-'));
  mkdirSync(folder, { recursive: true });
  const results = new Map<Runtime, Told[] | string>();
  let failed = false;
  for (const runtime of positionals.length > 0 ? (positionals as Runtime[]) : RUNTIMES) results.set(runtime, await run(runtime, folder));
  if (values.outside && existsSync(OUTSIDE))
    for (const runtime of results.keys())
      if (runtime !== 'firefox') {
        console.log(`\nOutside cases in ${runtime}`);
        failed = (await endOf(inNode(['tests/support/run_ts.mjs', 'tests/conformance/run.ts', '--runtime', runtime, OUTSIDE]), MOST_MS)) !== 0 || failed;
      }
  const table = `${tableOf(results)}\n\n${[...results].map(([runtime, told]) => reasonsOf(runtime, told)).join('\n')}\n`;
  writeFileSync(join(folder, 'table.md'), table);
  console.log(`\n${table}\nAll of it: ${folder}`);
  return failed || [...results.values()].some((told) => typeof told !== 'string' && told.some(({ state }) => state === 'failed')) ? 1 : 0;
}

try {
  process.exit(await main());
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  process.exit(2);
}
