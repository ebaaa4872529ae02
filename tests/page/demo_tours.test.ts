// Every guided tour on the engine, to its end. In one page, as a reader would: pipelines are compiled once.
import type { Page } from 'puppeteer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import spreads from '../../demo/recorded/spread.json';
import { type Spread, spreadKey, TOURS } from '../../demo/tours.ts';
import { oneIn } from '../support/quick.ts';
import { choose, click, type Fathom, openSite, type Site, SMALL, text, trained, violations } from './site.ts';

/** What the engine says of the article's claims, with a number that the verdict must give. */
const VERDICTS: Record<string, [verdict: string, words: RegExp]> = {
  vanishing: ['half true', /1 part in [\d.]+ (million|billion) arrives through fifty layers and (1 part in \d+|\d+\u2009%) through ten/],
  exploding: ['fails', /Layer 1 receives ([\d,.]+ (million|billion) times|no finite number|[\d.]+e\d+ times).*outputs grow/],
  batch_norm: ['half true', /from 1 part in .* its factor is fixed.* through fifty ReLU layers 1\.[12]\d per layer makes [\d,]+/],
  residual: ['half true', /Unscaled, layer 1 receives .* times; scaled by one over .*, [\d.]+ times; with batch norm/],
  dropout: ['fails', /with it [\d,.]+ times/],
  batch_size: ['fails', /with 64 samples and .* with 4/],
  early_stopping: ['fails', /before the first validation/],
};

let site: Site;
let page: Page;
beforeAll(async () => {
  site = await openSite();
  page = await site.open(SMALL);
  await trained(page, 2);
});
afterAll(() => site?.close());

test.each(oneIn(2, TOURS).map((tour) => [tour.id, tour] as const))(
  '%s runs to its end and gives its verdict with the numbers',
  async (id, tour) => {
    await choose(page, '.tools [data-do=tours]', tour.name.en);
    for (let i = 0; i < tour.steps.length; i++) {
      await page.waitForFunction(
        (of) => document.querySelector('#tour .of')!.textContent === of && document.querySelector('#tour')!.getAttribute('data-ready') === 'true',
        { timeout: 150_000 },
        `${i + 1} of ${tour.steps.length + 1}`,
      );
      // From the second experiment on, the one before stands beside it.
      expect(await page.evaluate(() => (globalThis as unknown as Fathom).fathom.session.before !== null)).toBe(i > 0);
      await click(page, '[data-act=tour-next]');
    }
    await page.waitForFunction(() => document.querySelector('#tour h1')!.textContent!.startsWith('Verdict'));
    // Every experiment stays as a line, and begins where other seeds would: as far from them again as they lie apart, at most.
    const feet = await page.evaluate(() => (globalThis as unknown as Fathom).fathom.lines.map(({ values }) => values[0]!));
    expect(feet.length).toBe(tour.steps.length);
    for (const [i, { settings }] of tour.steps.entries()) {
      const { least, most } = (spreads as Record<string, Spread>)[spreadKey(settings)]!;
      const far = Math.max(0.5, 2 * (most - least));
      expect(feet[i], `experiment ${i + 1}`).toBeGreaterThan(least - far);
      expect(feet[i], `experiment ${i + 1}`).toBeLessThan(most + far);
    }
    const [verdict, words] = VERDICTS[id]!;
    expect(await text(page, '#tour h1')).toBe(`Verdict: ${verdict}.`);
    expect(await text(page, '#tour p')).toMatch(words);
    if (id === 'dropout') expect(await violations(page)).toEqual([]);
    await click(page, '[data-act=tour-leave]');
    // The network from before the tour is back.
    expect(await page.evaluate(() => (globalThis as unknown as Fathom).fathom.store.state.settings)).toMatchObject({ depth: 6, width: 8, dropout: 0 });
  },
  300_000,
);

test('nothing was logged as an error, and no request failed', () => expect(site.problems).toEqual([]));
