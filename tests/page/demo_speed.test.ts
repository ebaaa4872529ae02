// How fast the page is there and how free it stays. The aims: a picture of a training network within 3 s on SwiftShader, no task over 50 ms
// on the page's thread while it trains, under 250 KB to the first picture. Limits on time are generous: a busy machine stretches everything.
import type { Page } from 'puppeteer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ALL } from '../support/quick.ts';
import { click, type Fathom, openSite, type Site, text, trained } from './site.ts';
import { taskWork } from './task_work.ts';

/** Milliseconds of work that a frame of a drag may take: 8 and 30 are the aim, reached where nothing runs beside it; beside the tests of npm test a core is half as fast. */
const FRAME = ALL ? { median: 8, longest: 30 } : { median: 16, longest: 50 };

/** Turns the theory line through 200 frames, and puts it back. */
async function dragged(page: Page): Promise<{ median: number; longest: number }> {
  const { tasks, result: frames } = await taskWork(page, () => turned(page));
  const taken = tasks.filter((milliseconds) => milliseconds > 1).sort((a, b) => a - b);
  const [median, longest] = [taken[taken.length >> 1]!, taken.at(-1)!];
  console.log(`${frames.drawn} frames of a drag: median ${median.toFixed(1)} ms of work, longest ${longest.toFixed(1)} ms`);
  expect(frames).toMatchObject({ drawn: 200, words: expect.stringMatching(/^What if each layer/), held: false });
  expect(taken.length).toBeGreaterThan(150);
  return { median, longest };
}

/** The frames of one such drag. */
function turned(page: Page): Promise<{ drawn: number; words: string; held: boolean }> {
  return page.evaluate(async () => {
    const lead = document.getElementById('lead')!;
    const { x, y } = lead.getBoundingClientRect();
    lead.setPointerCapture = () => {};
    const send = (type: string, at: number): boolean =>
      lead.dispatchEvent(new PointerEvent(type, { clientX: x + 22 + at, clientY: y + 22, pointerId: 1, bubbles: true, cancelable: true }));
    send('pointerdown', 0);
    let drawn = 0;
    for (let i = 0; i < 200; i++) {
      send('pointermove', 20 + 90 * Math.sin(i / 15));
      const before = performance.now();
      await new Promise(requestAnimationFrame);
      if (performance.now() > before) drawn++;
    }
    const words = document.querySelector('#say h1')!.textContent!;
    dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }));
    return { drawn, words, held: document.body.classList.contains('held') };
  });
}

/** What the page itself sees of its tasks over 50 ms, by the clock. */
function longTasks(page: Page, milliseconds: number): Promise<number[]> {
  return page.evaluate(
    (time) =>
      new Promise<number[]>((resolve) => {
        const found: number[] = [];
        new PerformanceObserver((list) => found.push(...list.getEntries().map((entry) => Math.round(entry.duration)))).observe({ entryTypes: ['longtask'] });
        setTimeout(() => resolve(found), time);
      }),
    milliseconds,
  );
}

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

test('a picture of a training network is soon there, from less than 250 KB', async () => {
  const page = await site.open('', {
    prepare: (fresh) =>
      // What comes by the service worker's own requests later is for the next visit.
      fresh.evaluateOnNewDocument('delete Navigator.prototype.serviceWorker'),
  });
  await trained(page, 1);
  const { milliseconds, bytes } = await page.evaluate(() => {
    // The hand, Why?, an open layer, the pad and the library of the loss chart come behind the first step.
    const entries = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')] as PerformanceResourceTiming[];
    return {
      milliseconds: performance.now(),
      bytes: entries.filter(({ name }) => !/\/(hand|detail|pad|uPlot)-/.test(name)).reduce((sum, entry) => sum + entry.encodedBodySize, 0),
    };
  });
  console.log(`first picture ${Math.round(milliseconds)} ms, ${Math.round(bytes / 1000)} KB`);
  expect(bytes).toBeGreaterThan(100_000);
  // The worker has 153 of them: its list of layers, metrics, optimizers and generators has all of them at hand, and their operations, since a document is read
  // with them. The page's own are 64, the font 15, the style 7. Shaders of other networks, and the words of Chinese, come later.
  expect(bytes).toBeLessThan(250_000);
  expect(milliseconds).toBeLessThan(40_000);
  await page.close();
});

test('no task on its thread takes 50 ms while the network trains', async () => {
  const page = await site.open('speed=max');
  await trained(page, 5);
  const { tasks, result: longer } = await taskWork(page, () => longTasks(page, 8000));
  const longest = Math.max(...tasks);
  const { frameWork, step } = await page.evaluate(() => {
    const { frame, session } = (globalThis as unknown as Fathom).fathom;
    return { frameWork: frame.work, step: session.run!.step };
  });
  console.log(
    `longest task ${longest.toFixed(1)} ms of work; over 50 ms with waiting: ${longer.join(', ') || 'none'}; a frame takes ${frameWork.toFixed(1)} ms; step ${step}`,
  );
  expect(tasks.length).toBeGreaterThan(100);
  expect(step).toBeGreaterThan(6);
  expect(longest).toBeLessThan(50);

  // And while the theory line is dragged: what a frame takes of script and drawing, in the thread's own time. Beside other programs a core is half as fast: the
  // best of three drags is the page's, and the first will do.
  await page.waitForSelector('#lead:not([hidden])');
  let best = await dragged(page);
  for (let i = 1; i < 3 && !(best.median < FRAME.median && best.longest < FRAME.longest); i++) {
    const next = await dragged(page);
    if (next.median < best.median) best = next;
  }
  expect(best.median).toBeLessThan(FRAME.median);
  expect(best.longest).toBeLessThan(FRAME.longest);
  // By then every kernel of the run was tested beside float64, once for this adapter.
  await page.waitForFunction(() => localStorage.getItem('fathom-self-tested')?.includes('Chrome'));
  await page.close();
});

// Beside the tests of npm test a core is half as fast, and this limit is narrow: 41 ms alone.
test.runIf(ALL)('no task on its thread takes 50 ms while the map opens and is measured', async () => {
  const page = await site.open('');
  // Its lines of theory come with the hand.
  await page.waitForFunction(() => (globalThis as unknown as Fathom).fathom?.session.run?.start.hand);
  await trained(page, 3);
  const { tasks, result: longer } = await taskWork(page, async () => {
    const seen = longTasks(page, 8000);
    await click(page, '.tools [data-do=map]');
    return seen;
  });
  const status = await text(page, '#map [role=status]');
  const longest = Math.max(...tasks);
  console.log(`the map: longest task ${longest.toFixed(1)} ms of work; over 50 ms with waiting: ${longer.join(', ') || 'none'}; ${status}`);
  expect(tasks.length).toBeGreaterThan(20);
  expect(longest).toBeLessThan(50);
  await page.close();
});

test('nothing was logged as an error, and no request failed', () => expect(site.problems).toEqual([]));
