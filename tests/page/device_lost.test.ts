// The device is lost for real: the GPU process of the Chrome that the test started is ended, by its id. Once in a run in npm test, and in `npm run test:all`
// ten times: while a trainer is made, with steps in flight, and in a read-back.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ChromePage, openChromePage } from '../support/chrome_page.ts';

const LOSSES = import.meta.env.MODE === 'all' ? 10 : 1;

let chrome: ChromePage;
beforeAll(async () => {
  // Otherwise Chrome gives a page no GPU after a few of these.
  chrome = await openChromePage(undefined, { switches: ['--disable-gpu-process-crash-limit', '--disable-domain-blocking-for-3d-apis'] });
  const session = await chrome.page.browser().target().createCDPSession();
  await chrome.page.exposeFunction('endGpuProcess', async () => {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const gpu = processInfo.find(({ type }) => type === 'GPU');
    if (gpu) process.kill(gpu.id, 'SIGKILL');
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
