// Programs that once showed a fault, one of each kind, as they were written then: each prints what is right and what is wrong, and ends with the same call with
// right input. They run in Node, on the package as it is built, in `npm run test:all`: tests/gpu/faults.test.ts has the same kinds for `npm test`.
import { execFile } from 'node:child_process';
import { readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { findChrome, wantedAdapter } from '../../src/cli/chrome.ts';
import { buildTool, tool } from './tool.ts';

const root = new URL('../..', import.meta.url).pathname;
const folder = join(root, 'tests/fixtures/faults/programs');
const programs = readdirSync(folder);
const ALL = import.meta.env.MODE === 'all';

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
  const verdicts = stdout.split('\n').filter((line) => /^(right|WRONG)\b/.test(line));
  expect(verdicts.length, stdout).toBeGreaterThan(1);
  expect(
    verdicts.filter((line) => !line.startsWith('right')),
    stdout,
  ).toEqual([]);
}

test.runIf(ALL).each(programs)('%s', run);

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
