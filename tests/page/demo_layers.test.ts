// Layers with a width or activation of their own, as a hand gives them: fields of the open layer, what the page says and draws of them, and their address.
import type { Page } from 'puppeteer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { documentOf } from '../../demo/document.ts';
import { rowMiddle } from '../../demo/draw/depth.ts';
import { DEFAULTS } from '../../demo/settings.ts';
import { oneIn } from '../support/quick.ts';
import { click, engineDocument, type Fathom, LAPTOP, openSite, PHONE, type Site, SMALL, text, trained, violations } from './site.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site?.close());

/** Opens the page with a layer open. */
async function opened(hash: string, options?: Parameters<Site['open']>[1]): Promise<Page> {
  const page = await site.open(hash, options);
  await trained(page, 2);
  await page.waitForSelector('#detail:not([hidden])');
  return page;
}

/** Waits until the network has these exceptions and trains: with the settings the run is stale, until there is one of them. */
async function built(page: Page, layers: string): Promise<void> {
  await page.waitForFunction((wanted) => (globalThis as unknown as Fathom).fathom.store.state.settings.layers === wanted, {}, layers);
  await trained(page, 1);
}

/** Width and activation of every hidden layer, as the engine has them. */
const networkOf = (page: Page): Promise<string[]> =>
  page.evaluate(() => (globalThis as unknown as Fathom).fathom.session.run!.rows.map(({ place }) => `${place.width} ${place.activation}`));

/** Lengths of the strip's slabs in pixels, layer 1 first: how far each row has the colour in which it begins. */
async function slabs(page: Page, rows: number): Promise<number[]> {
  const height = await page.$eval('#strip', (canvas) => canvas.clientHeight);
  return page.evaluate(
    (middles) => {
      const canvas = document.querySelector<HTMLCanvasElement>('#strip')!;
      const ratio = canvas.width / canvas.clientWidth;
      return middles.map((y) => {
        const { data } = canvas.getContext('2d')!.getImageData(0, Math.round(y * ratio), canvas.width, 1);
        const from = Math.round(52 * ratio);
        let x = from;
        while (x < canvas.width && [0, 1, 2].every((c) => Math.abs(data[4 * x + c]! - data[4 * from + c]!) < 3)) x++;
        return Math.round((x - 46 * ratio) / ratio);
      });
    },
    Array.from({ length: rows }, (_, l) => rowMiddle(height, rows, l)),
  );
}

test('an open layer has fields for its width and activation, which a hand, a keyboard and an address change alike', async () => {
  const page = await opened(`${SMALL}&layer=2`);
  expect(await page.$eval('[data-act=as-others]', (button) => (button as HTMLElement).hidden)).toBe(true);
  const before = await slabs(page, 6);
  expect(new Set(before).size).toBe(1);

  // By hand: an activation from a list, for this layer alone.
  await page.select('[name=own-activation]', 'relu');
  await built(page, '2_relu');
  expect(await networkOf(page)).toEqual(['8 tanh', '8 relu', '8 tanh', '8 tanh', '8 tanh', '8 tanh']);
  expect(await text(page, '#strip-sub')).toBe('6 layers · 1 differs');
  expect(await page.$eval('#strip', (strip) => strip.getAttribute('aria-valuetext'))).toMatch(/^Layer 2 of 6 · ReLU/);

  // By keyboard: from here down, half as wide. The field keeps the focus while the network is built anew.
  await page.select('[name=own-scope]', 'below');
  await page.focus('[name=own-width]');
  for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Tab');
  await built(page, '1w4.2w4_relu');
  expect(await page.evaluate(() => (document.activeElement as HTMLSelectElement).name)).toBe('own-activation');
  expect(await networkOf(page)).toEqual(['4 tanh', '4 relu', '8 tanh', '8 tanh', '8 tanh', '8 tanh']);
  const drawn = await slabs(page, 6);
  expect(drawn.slice(2)).toEqual(before.slice(2));
  for (const length of drawn.slice(0, 2)) expect(Math.abs(length - before[0]! / 2)).toBeLessThan(3);
  expect(await violations(page)).toEqual([]);
  expect((await engineDocument(page)).name).toBe('tanh 6 x 8, layers of their own');

  // What is as the others is no layer's own; an empty field is one of them.
  await page.select('[name=own-scope]', 'this');
  await page.focus('[name=own-width]');
  await page.$eval('[name=own-width]', (field) => {
    (field as HTMLInputElement).value = '';
    field.dispatchEvent(new Event('change'));
  });
  await built(page, '1w4.2_relu');
  expect(await page.$eval('[name=own-width]', (field) => (field as HTMLInputElement).value)).toBe('8');

  // The address says it, and another page reads it; what is kept and what is shared name it.
  const hash = await page.evaluate(() => location.hash.slice(1));
  expect(hash).toContain('layers=1w4.2_relu');
  await click(page, '#keep-run');
  await page.waitForSelector('#kept input');
  expect(await page.$eval('#kept input', (field) => (field as HTMLInputElement).value)).toContain('6 layers × 8 · tanh · layer 1: × 4 · layer 2: ReLU · gain');
  await click(page, '#language');
  await page.waitForFunction(() => document.querySelector('[data-act=as-others]')!.textContent === '与其他层相同');
  expect(await text(page, '#strip-sub')).toBe('6 层 · 2 层不同');
  const again = await opened(hash);
  expect(await networkOf(again)).toEqual(await networkOf(page));
  await again.close();

  // Back: of this layer, then of all from the last one down.
  await click(page, '[data-act=as-others]');
  await built(page, '1w4');
  expect(await page.evaluate(() => (document.activeElement as HTMLInputElement).name)).toBe('own-width');
  await page.evaluate(() => (globalThis as unknown as Fathom).fathom.store.set({ layer: 6 }));
  await page.select('[name=own-scope]', 'below');
  await click(page, '[data-act=as-others]');
  await built(page, '');
  expect(await slabs(page, 6)).toEqual(before);
  await page.close();
});

test('where the controls have no say in a layer there are no fields', async () => {
  const fields = (page: Page): Promise<boolean> => page.$eval('#detail .own', (group) => (group as HTMLElement).checkVisibility());
  const page = await opened(`${SMALL}&layer=2`);
  expect(await fields(page)).toBe(true);
  // A ResNet's block must fit its trunk.
  await page.evaluate(() =>
    (globalThis as unknown as Fathom).fathom.session.change({ data: 'digits', layer: 'resnet', shortcuts: 'plain', depth: 3, width: 4 }),
  );
  await trained(page, 1);
  await page.waitForFunction(() => document.querySelector('#detail h2')!.textContent === 'Layer 2 of 3');
  expect(await fields(page)).toBe(false);
  await page.close();
  // A document beyond the controls runs as it is.
  const given = { ...documentOf({ ...DEFAULTS, depth: 4, width: 8 }), loss: { name: 'softmax_cross_entropy', labelSmoothing: 0.1 } };
  const own = await opened(`document=${encodeURIComponent(JSON.stringify(given))}&layer=2`);
  expect(await fields(own)).toBe(false);
  await own.close();
  const lesson = [{ question: 'How much?', from: 0.5, to: 2, open: ['gain'] }];
  const taught = await opened(`${SMALL}&layer=2&lesson=${encodeURIComponent(JSON.stringify(lesson))}`);
  await taught.waitForFunction(() => (globalThis as unknown as Fathom).fathom.open !== null);
  await taught.waitForFunction(() => !document.querySelector<HTMLElement>('#detail .own')!.checkVisibility());
  await taught.close();
});

test('an address that asks for layers, widths or activations that there are not is told so', async () => {
  const page = await site.open(`${SMALL}&layers=7w4`);
  await page.waitForSelector('.notice[data-kind=address]');
  expect(await text(page, '.notice[data-kind=address]')).toContain('layers=7w4');
  await trained(page, 1);
  expect(await networkOf(page)).toEqual(Array(6).fill('8 tanh'));
  await page.close();
});

const VIEWS: [string, typeof PHONE | typeof LAPTOP, string][] = [
  ['a laptop in the dark, in Chinese', LAPTOP, '&theme=dark&language=zh'],
  ['a small laptop', { width: 1024, height: 768 }, ''],
  ['a phone in the dark, in Chinese', PHONE, '&theme=dark&language=zh'],
  ['a phone', PHONE, ''],
];

test.each(oneIn(2, VIEWS))('the fields are in reach on %s, and axe finds nothing', async (name, viewport, more) => {
  const page = await opened(`depth=20&layers=1-6w8_relu.10w16&layer=5&speed=max${more}`, { viewport });
  await page.waitForFunction(() => document.querySelectorAll('#detail dt').length > 2);
  if (process.env.SHOT) await page.screenshot({ path: `${process.env.SHOT}-${name.replace(/\W+/g, '-')}.png` });
  expect(await violations(page)).toEqual([]);
  const wide = await page.evaluate(async () => {
    await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
    const reached = ['[name=own-width]', '[name=own-activation]', '[name=own-scope]', '[data-act=as-others]'].filter((selector) => {
      const element = document.querySelector(selector)!;
      element.scrollIntoView({ block: 'nearest' });
      const { x, y, width, height } = element.getBoundingClientRect();
      return !element.contains(document.elementFromPoint(x + width / 2, y + height / 2));
    });
    const detail = document.querySelector('#detail')!;
    return { reached, page: document.documentElement.scrollWidth <= innerWidth, detail: innerWidth <= 1180 || detail.scrollHeight <= detail.clientHeight };
  });
  expect(wide).toEqual({ reached: [], page: true, detail: true });
  await page.close();
});

test('nothing was logged as an error, and no request failed', () => {
  expect(site.problems).toEqual([]);
});
