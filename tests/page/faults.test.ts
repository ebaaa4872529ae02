// Programs that once showed a fault, one of each kind, as they were written then: each prints what is right and what is wrong, and ends with the same call with
// right input. They run in Node, Chrome and Deno, on the package as it is built, in `npm run test:all`: tests/gpu/faults.test.ts has the same kinds for `npm test`.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findChrome, wantedAdapter } from '../../src/cli/chrome.ts';
import { type ChromePage, openChromePage } from '../support/chrome_page.ts';
import { findDeno } from '../support/deno.ts';
import { ALL } from '../support/quick.ts';
import { buildTool, tool } from './tool.ts';

const root = new URL('../..', import.meta.url).pathname;
const folder = join(root, 'tests/fixtures/faults/programs');
const programs = readdirSync(folder);

const env: NodeJS.ProcessEnv = { ...process.env };
beforeAll(async () => {
  if (!ALL) return;
  await buildTool();
  env.FATHOM = join(dirname(tool), '../index.js');
  env.WEBGPU = join(root, 'node_modules/webgpu/index.js');
  if (wantedAdapter() !== 'swiftshader') return;
  const chrome = await findChrome();
  const beside = [...(chrome ? [dirname(realpathSync(chrome))] : []), '/usr/lib/chromium', '/usr/lib/chromium-browser'];
  const place = beside.find((each) => readdirSyncOrNone(each).includes('vk_swiftshader_icd.json'));
  if (place) Object.assign(env, { LD_LIBRARY_PATH: place, VK_ICD_FILENAMES: join(place, 'vk_swiftshader_icd.json') });
}, 120_000);

function readdirSyncOrNone(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

test('there are programs', () => expect(programs.length).toBe(23));

async function run(name: string): Promise<void> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, name)], { env, timeout: 120_000 });
  expectRight(stdout.split('\n'));
}

/** A program prints more than one verdict, with the right input at the end. */
function expectRight(lines: readonly string[]): void {
  const verdicts = lines.filter((line) => /^(right|WRONG)\b/.test(line));
  expect(verdicts.length, lines.join('\n')).toBeGreaterThan(1);
  expect(
    verdicts.filter((line) => !line.startsWith('right')),
    lines.join('\n'),
  ).toEqual([]);
}

test.runIf(ALL).each(programs)('%s', run);

// Those that need Node and the command line, and the one that does not take the package by its name.
const anywhere = programs.filter((name) => !/^2[123]-/.test(name));

describe.runIf(ALL)('in Chrome', () => {
  let chrome: ChromePage;
  beforeAll(async () => {
    chrome = await openChromePage();
  }, 60_000);
  afterAll(() => chrome?.close());

  test.each(anywhere)('%s', { timeout: 120_000 }, async (name) => {
    const library = relative(root, env.FATHOM!);
    expectRight(await chrome.call<string[]>('tests/support/programs_in_page.ts', 'linesOf', readFileSync(join(folder, name), 'utf8'), `/${library}`));
  });
});

const deno = ALL ? findDeno({ install: false }) : { missing: '' };

describe.skipIf('missing' in deno)('in Deno', () => {
  test.each(anywhere)('%s', { timeout: 120_000 }, async (name) => {
    if ('missing' in deno) return;
    const program = ['run', '--allow-all', '--unstable-webgpu', '--no-lock', join(folder, name)];
    const { stdout } = await promisify(execFile)(deno.path, program, { env: { ...deno.env, FATHOM: env.FATHOM }, timeout: 120_000 });
    expectRight(stdout.split('\n'));
  });
});

/** Bytes of memory that the process may have. */
const MEMORY = 2_500_000_000;

// Linux has a limit for what a process fills; that of its addresses is none for V8, which reserves more than there is.
test.runIf(ALL && process.platform === 'linux')(
  'memory that really ends is refused by name, freed, and had again',
  async () => {
    const script = join(root, 'tests/support/out_of_memory.mjs');
    const { stdout } = await promisify(execFile)('prlimit', [`--data=${MEMORY}`, process.execPath, script], { env, timeout: 240_000 });
    const verdicts = stdout.split('\n').filter((line) => /^(right|WRONG)\b/.test(line));
    expect(verdicts, stdout).toHaveLength(5);
    expect(
      verdicts.filter((line) => !line.startsWith('right')),
      stdout,
    ).toEqual([]);
  },
  250_000,
);
