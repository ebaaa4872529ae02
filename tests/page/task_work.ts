// How long the page's own thread works in each of its tasks.
import type { Page } from 'puppeteer';

/** An event of Chrome's trace; `tdur` is the processor's time in microseconds. */
interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  tdur?: number;
}

/**
 * Milliseconds that the page's thread worked in each task during something, from Chrome's trace. What a task waited for a core, on a machine busy with
 * SwiftShader, is not the page's doing: while the map is measured, tasks that work for 13 to 24 ms last 52 to 360 by the clock.
 */
export async function taskWork<T>(page: Page, during: () => Promise<T>): Promise<{ tasks: number[]; result: T }> {
  await page.tracing.start({ categories: ['disabled-by-default-devtools.timeline', 'blink.user_timing'] });
  await page.evaluate(() => performance.mark('this page'));
  const result = await during();
  const { traceEvents } = JSON.parse(Buffer.from((await page.tracing.stop())!).toString()) as { traceEvents: TraceEvent[] };
  const here = traceEvents.find((event) => event.name === 'this page')!;
  const tasks = traceEvents
    .filter((event) => event.name === 'RunTask' && event.pid === here.pid && event.tid === here.tid && event.tdur !== undefined)
    .map((event) => event.tdur! / 1000);
  return { tasks, result };
}
