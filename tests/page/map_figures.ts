// What the map costs, of the built page and the real engine:
//   node tests/support/run_ts.mjs tests/page/map_figures.ts
// Prints the seconds until its coarse picture, all its colours and the whole of it, and the longest tasks of the page's thread meanwhile: by the clock, as
// PerformanceObserver has them, and of work alone, without what a task waited for a core.
import { loadavg } from 'node:os';
import { click, type Fathom, openSite, text, trained } from './site.ts';
import { taskWork } from './task_work.ts';

const site = await openSite();
const page = await site.open('');
await page.waitForFunction(() => (globalThis as unknown as Fathom).fathom?.session.run?.start.hand);
await trained(page, 3);
const [load] = loadavg();
const { tasks, result: longer } = await taskWork(page, async () => {
  await page.evaluate(() => {
    const seen: number[] = [];
    Object.assign(globalThis, { seen });
    new PerformanceObserver((list) => seen.push(...list.getEntries().map(({ duration }) => duration))).observe({ entryTypes: ['longtask'] });
  });
  await click(page, '.tools [data-do=map]');
  await page.waitForFunction(() => performance.getEntriesByName('map-whole').length > 0, { timeout: 1_800_000, polling: 1000 });
  return page.evaluate(() => (globalThis as unknown as { seen: number[] }).seen);
});
const marks = await page.evaluate(() => {
  const at = (name: string): number => performance.getEntriesByName(name)[0]!.startTime;
  return ['map-coarse', 'map-colours', 'map-whole'].map((name) => (at(name) - at('map-open')) / 1000);
});
const [coarse, colours, whole] = marks.map((seconds) => seconds.toFixed(1));
const most = (list: readonly number[]): string =>
  [...list]
    .sort((a, b) => b - a)
    .slice(0, 5)
    .map((milliseconds) => milliseconds.toFixed(0))
    .join(', ');
console.log(`load before ${load!.toFixed(2)}, after ${loadavg()[0]!.toFixed(2)}`);
console.log(`coarse picture ${coarse} s, all colours ${colours} s, whole ${whole} s (${await text(page, '#map [role=status]')})`);
console.log(
  `longest tasks by work: ${most(tasks)} ms, of ${tasks.length}; over 50 ms by the clock: ${longer.length}, the longest ${most(longer) || 'none'} ms`,
);
await site.close();
