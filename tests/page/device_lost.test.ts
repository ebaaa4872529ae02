// The device is lost for real: the GPU process of the Chrome that the test started is ended, by its id. Once in a run in npm test, and in `npm run test:all`
// ten times: while a trainer is made, with steps in flight, and in a read-back. And its memory really ends, where the system can limit that of a process.
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ChromePage, openChromePage } from '../support/chrome_page.ts';
import { ALL } from '../support/quick.ts';

const LOSSES = ALL ? 10 : 1;
/** Bytes that the GPU process may have: it begins with a quarter of them. */
const MEMORY = 700_000_000;

let chrome: ChromePage;
let gpuProcess: () => Promise<number | undefined>;
beforeAll(async () => {
  // Otherwise Chrome gives a page no GPU after a few of these.
  chrome = await openChromePage(undefined, { switches: ['--disable-gpu-process-crash-limit', '--disable-domain-blocking-for-3d-apis'] });
  const session = await chrome.page.browser().target().createCDPSession();
  gpuProcess = async () => {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    return processInfo.find(({ type }) => type === 'GPU')?.id;
  };
  await chrome.page.exposeFunction('endGpuProcess', async () => {
    const id = await gpuProcess();
    if (id) process.kill(id, 'SIGKILL');
  });
});
afterAll(() => chrome?.close());

test(`a run whose GPU process ends ${LOSSES} times has the bits of one that nobody disturbed`, { timeout: 60_000 + LOSSES * 60_000 }, async () => {
  type Ended = { end: string; recovered: { from: number; to: number; equal: boolean }[] };
  const still = await chrome.call<Ended>('tests/support/lost_in_page.ts', 'run', 0, LOSSES);
  expect(still.recovered).toEqual([]);
  const disturbed = await chrome.call<Ended>('tests/support/lost_in_page.ts', 'run', LOSSES, LOSSES);
  expect(disturbed.recovered.length).toBe(LOSSES > 2 ? LOSSES - 2 : LOSSES);
  expect(disturbed.recovered.every(({ equal }) => equal)).toBe(true);
  expect(disturbed.end).toBe(still.end);
});

// Chrome's allocator ends the GPU process where there is no memory for it. The one that Chrome starts in its place has no limit.
test.runIf(ALL && process.platform === 'linux')(
  'a model whose neighbour takes all memory there is goes on to the same losses',
  { timeout: 240_000 },
  async () => {
    type Filled = { before: number[]; after: number[]; fresh: number[]; large: number; ended: string };
    const fill = (most: number): Promise<Filled> => chrome.call<Filled>('tests/support/memory_in_page.ts', 'fill', most);
    const still = await fill(0);
    expect(still).toMatchObject({ large: 0, ended: '' });
    execFileSync('prlimit', ['--pid', String(await gpuProcess()), `--data=${MEMORY}`]);
    const filled = await fill(20);
    expect(filled.large).toBeGreaterThan(0);
    expect(['lost', 'out-of-memory']).toContain(filled.ended);
    expect(filled).toMatchObject({ before: still.before, after: still.after, fresh: still.before });
  },
);
