// How fast the page is there and how free it stays. The aims: a picture of a training network within 3 s on SwiftShader, no task over 50 ms
// on the page's thread while it trains, under 250 KB to the first picture. Limits on time are generous: a busy machine stretches everything.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Fathom, openSite, type Site, trained } from './site.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite('speed');
});
afterAll(() => site?.close());

test('a picture of a training network is soon there, from less than 250 KB', async () => {
  const page = await site.open('', {
    prepare: (fresh) =>
      fresh.evaluateOnNewDocument(() => {
        // What comes by the service worker's own requests later is for the next visit.
        Object.defineProperty(navigator, 'serviceWorker', { value: undefined });
      }),
  });
  await trained(page, 1);
  const { milliseconds, bytes } = await page.evaluate(() => {
    const entries = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')] as PerformanceResourceTiming[];
    return { milliseconds: performance.now(), bytes: entries.reduce((sum, entry) => sum + entry.encodedBodySize, 0) };
  });
  console.log(`first picture ${Math.round(milliseconds)} ms, ${Math.round(bytes / 1000)} KB`);
  expect(bytes).toBeGreaterThan(100_000);
  expect(bytes).toBeLessThan(250_000);
  expect(milliseconds).toBeLessThan(20_000);
  await page.close();
});

test('its thread stays free while the network trains', async () => {
  const page = await site.open('speed=max');
  await trained(page, 5);
  const tasks = await page.evaluate(
    () =>
      new Promise<number[]>((resolve) => {
        const found: number[] = [];
        new PerformanceObserver((list) => found.push(...list.getEntries().map((entry) => Math.round(entry.duration)))).observe({ entryTypes: ['longtask'] });
        setTimeout(() => resolve(found), 8000);
      }),
  );
  const { work, step } = await page.evaluate(() => {
    const { frame, session } = (globalThis as unknown as Fathom).fathom;
    return { work: frame.work, step: session.run!.step };
  });
  console.log(`tasks over 50 ms: ${tasks.join(', ') || 'none'}; a frame takes ${work.toFixed(1)} ms; step ${step}`);
  expect(step).toBeGreaterThan(10);
  expect(tasks.reduce((sum, task) => sum + task, 0)).toBeLessThan(1500);
  await page.close();
});

test('nothing was logged as an error, and no request failed', () => expect(site.problems).toEqual([]));
