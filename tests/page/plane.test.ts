// The plane of two-dimensional data: points that are drawn on it, data by a formula, and the units of a layer over it.
import type { Page } from 'puppeteer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { arePoints } from '../../demo/settings.ts';
import { click, engineDocument, type Fathom, openSite, PHONE, type Site, SMALL, text, trained, violations } from './site.ts';

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(async () => {
  expect(site?.problems).toEqual([]);
  await site?.close();
});

const settings = (page: Page) => page.evaluate(() => (globalThis as unknown as Fathom).fathom.store.state.settings);
/** Waits for a network that trains with so many drawn points. */
const drawn = (page: Page, rows: number) =>
  page.waitForFunction(
    (n) => {
      const { session, store } = (globalThis as unknown as Fathom).fathom;
      return store.state.settings.data === 'drawn' && !session.stale && session.run?.start.rows === n && session.run.step > 0;
    },
    { timeout: 120_000 },
    rows,
  );

async function takeUp(page: Page): Promise<void> {
  await click(page, '#pencil');
  await page.waitForSelector('#pencil-sheet');
}

/** Taps the plane at fractions of its side from the top left. */
async function tap(page: Page, places: readonly (readonly [number, number])[]): Promise<void> {
  await page.$eval('#pencil-sheet', (element) => element.scrollIntoView({ block: 'center' }));
  const box = (await (await page.$('#pencil-sheet'))!.boundingBox())!;
  const side = Math.min(box.width, box.height - 4) - 1;
  for (const [x, y] of places) await page.mouse.click(box.x + x * side, box.y + 4 + y * side);
}

test('points that are tapped are the data that train, travel in the address and survive it', async () => {
  const page = await site.open(SMALL);
  await trained(page, 2);
  expect(await page.$eval('#pencil', (button) => button.getAttribute('aria-label'))).toBe('Draw points');
  expect(await violations(page)).toEqual([]);
  await takeUp(page);
  await tap(page, [
    [0.2, 0.2],
    [0.8, 0.8],
    [0.5, 0.5],
  ]);
  expect(await text(page, '.pencil-said')).toBe('Two of each class begin the training.');
  expect((await settings(page)).data).toBe('two_spirals');
  await click(page, '[data-class="1"]');
  await tap(page, [
    [0.2, 0.8],
    [0.8, 0.2],
  ]);
  await drawn(page, 5);
  expect(await text(page, '.pencil-said')).toBe('');
  const { points } = await settings(page);
  expect(arePoints(points)).toBe(true);
  expect(new URLSearchParams(new URL(page.url()).hash.slice(1)).get('points')).toBe(points);
  const { data } = await engineDocument(page);
  expect(data).toMatchObject({ source: 'csv', target: 'class', text: expect.stringMatching(/^x,y,class\n-1\.\d+,1\.\d+,0\n(.*\n){2}-1\.\d+,-1\.\d+,1\n/) });
  expect(await violations(page)).toEqual([]);
  // The last one is taken back, and the others stay.
  await click(page, '[data-act=undo]');
  await tap(page, [[0.9, 0.1]]);
  await tap(page, [[0.9, 0.3]]);
  await drawn(page, 6);
  await click(page, '[data-act=done]');
  expect(await page.$('#pencil-sheet')).toBeNull();
  const last = await settings(page);
  await page.reload();
  await drawn(page, 6);
  expect(await settings(page)).toEqual(last);
  // Taken up again it goes on from them; cleared, it begins anew.
  await takeUp(page);
  expect(await page.$eval('#pencil-sheet', (sheet) => sheet.getAttribute('aria-label'))).toMatch(/ 6 points: 3 circles, 3 squares\.$/);
  await click(page, '[data-act=clear]');
  expect(await text(page, '.pencil-said')).toBe('Two of each class begin the training.');
  // By a slip: they come back, by the button and by the keys, and so does what was before.
  const label = () => page.$eval('#pencil-sheet', (sheet) => sheet.getAttribute('aria-label')!.replace(/.* (\d+ points: .*)$/, '$1'));
  await click(page, '[data-act=undo]');
  expect([await text(page, '.pencil-said'), await label()]).toEqual(['6 points: 3 circles, 3 squares.', '6 points: 3 circles, 3 squares.']);
  await page.focus('#pencil-sheet');
  await page.keyboard.press('Enter');
  expect(await label()).toMatch(/^7 points/);
  await click(page, '[data-act=clear]');
  expect(await label()).toMatch(/^0 points/);
  await page.focus('#pencil-sheet');
  for (const points of [7, 6, 5]) {
    await page.keyboard.down('Control');
    await page.keyboard.press('z');
    await page.keyboard.up('Control');
    expect(await label()).toMatch(new RegExp(`^${points} points`));
  }
  expect(await violations(page)).toEqual([]);
  await page.close();
});

test('by keys and on a phone, in Chinese', async () => {
  const page = await site.open(`${SMALL}&language=zh`, { viewport: PHONE });
  await trained(page, 2);
  await takeUp(page);
  for (const key of ['Enter', 'ArrowLeft', 'Enter', 'c', 'ArrowUp', 'Enter', 'ArrowRight', 'Space', 'Space', 'Backspace'] as const)
    await page.keyboard.press(key);
  await drawn(page, 4);
  expect(await page.$eval('[data-class="1"]', (button) => button.getAttribute('aria-pressed'))).toBe('true');
  expect(await text(page, '[data-act=clear]')).toBe('清除');
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press('Escape');
  expect(await page.$('#pencil-sheet')).toBeNull();
  // By finger.
  await takeUp(page);
  await page.$eval('#pencil-sheet', (element) => element.scrollIntoView({ block: 'center' }));
  const box = (await (await page.$('#pencil-sheet'))!.boundingBox())!;
  await page.touchscreen.tap(box.x + 40, box.y + 60);
  await drawn(page, 5);
  await page.close();
});

test('points that are none are said, and the page begins with its own', async () => {
  const page = await site.open(`${SMALL}&data=drawn&points=AAB`);
  await drawn(page, 12);
  expect(await text(page, '.notice[data-kind=address]')).toContain('points=AAB');
  await page.close();
});

test('a formula is the data: its field says the place of a fault, and the address has it', async () => {
  const page = await site.open(`${SMALL}&data=formula`);
  await trained(page, 2);
  await page.waitForSelector('[data-setting=formula] input');
  const write = async (formula: string): Promise<void> => {
    await page.$eval('[data-setting=formula] input', (field) => (field as HTMLInputElement).select());
    await page.type('[data-setting=formula] input', formula);
    await page.keyboard.press('Enter');
  };
  const run = () => page.evaluate(() => (globalThis as unknown as Fathom).fathom.session.run!.start.run);
  const old = await run();
  await write('y > foo(x)');
  expect(await text(page, '#formula-wrong')).toMatch(/^Place 5: "foo" is not known. Known are: x, y, r, pi, e, sin,/);
  expect(await page.$eval('[data-setting=formula] input', (field) => field.getAttribute('aria-invalid'))).toBe('true');
  expect(await violations(page)).toEqual([]);
  expect((await settings(page)).formula).toBe('y > sin(3 x)');
  await write('x^2 + y^2 < 1');
  expect(await text(page, '#formula-wrong')).toBe('');
  await page.waitForFunction(
    (n) => {
      const { session } = (globalThis as unknown as Fathom).fathom;
      return session.run!.start.run > n && session.run!.step > 0 && !session.stale;
    },
    { timeout: 120_000 },
    old,
  );
  const { data } = await engineDocument(page);
  for (const line of (data.text as string).split('\n').slice(1, -1)) {
    const [x, y, label] = line.split(',').map(Number) as [number, number, number];
    expect(label).toBe(Number(x * x + y * y < 1));
  }
  await page.reload();
  await trained(page, 2);
  expect(await settings(page)).toMatchObject({ data: 'formula', formula: 'x^2 + y^2 < 1' });
  await page.close();
});

test('a formula of an address that is none is said at its field, in Chinese, and the page’s own trains', async () => {
  const page = await site.open(`${SMALL}&language=zh&data=formula&formula=${encodeURIComponent('y = x')}`);
  await trained(page, 2);
  await page.waitForSelector('#formula-wrong');
  expect(await text(page, '#formula-wrong')).toBe('y = x: 第 3 个字符：= 只是一条没有面积的线，请写 < 或 >。');
  expect((await settings(page)).formula).toBe('y > sin(3 x)');
  await page.close();
});

test('the open layer shows its units over the plane, eight at a time, by keys and on a phone', async () => {
  const page = await site.open('depth=4&width=12&speed=max', { viewport: PHONE });
  await trained(page, 2);
  await page.focus('#strip');
  await page.keyboard.press('Enter');
  const said = (words: RegExp) =>
    page.waitForFunction((source) => new RegExp(source).test(document.querySelector('#units')?.getAttribute('aria-label') ?? ''), {}, words.source);
  await said(/^What units 1 to 8 of 12 answer over the plane of the decision surface, from \u22120\.\d+, the ground, to 0\.\d+, the ink\.$/);
  const pixels = () => page.$eval('#units', (canvas) => (canvas as HTMLCanvasElement).toDataURL());
  expect(await page.$eval('#units', (canvas) => canvas.getBoundingClientRect().right <= innerWidth)).toBe(true);
  expect(await violations(page)).toEqual([]);
  const first = await pixels();
  await page.focus('.units button:not(:disabled)');
  await page.keyboard.press('Enter');
  await said(/^What units 9 to 12 of 12 /);
  await page.waitForFunction((before) => (document.querySelector('#units') as HTMLCanvasElement).toDataURL() !== before, {}, first);
  // Another layer, while nothing runs.
  await click(page, '.dock [data-do=play]');
  await page.waitForFunction(() => document.querySelector('#status')!.textContent!.includes('paused'));
  const heading = await text(page, '#detail h2');
  await click(page, '#detail .name button:not(:disabled)');
  await page.waitForFunction((before) => document.querySelector('#detail h2')!.textContent !== before, {}, heading);
  await said(/ of 12 answer /);
  // Digits are no points of a plane.
  await page.evaluate(() => (globalThis as unknown as Fathom).fathom.session.change({ data: 'digits' }));
  await page.waitForSelector('.units[hidden]');
  await page.close();
});
