// Pictures of the page for people to look at: node tests/support/run_ts.mjs tests/page/screenshots.ts [state...]
// Writes demo/screenshots/<state>-<size>-<theme>[-zh].png, from the built page and the real engine.
import { mkdir } from 'node:fs/promises';
import type { Page } from 'puppeteer';
import { choose, click, type Fathom, openSite, trained } from './site.ts';

const OUT = new URL('../../demo/screenshots/', import.meta.url);
const SIZES = {
  '1440x900': { width: 1440, height: 900 },
  '1024x768': { width: 1024, height: 768 },
  '390x844': { width: 390, height: 844, isMobile: true, hasTouch: true },
};

interface Picture {
  state: string;
  hash?: string;
  steps: number;
  /** What to do before the picture, and how many steps to train then. */
  then?: { act(page: Page): Promise<unknown>; steps: number };
  sizes: readonly (keyof typeof SIZES)[];
  themes: readonly ('light' | 'dark')[];
  language?: 'zh';
  noGpu?: boolean;
}

const press = (selector: string) => async (page: Page) => {
  await page.waitForSelector(selector);
  await click(page, selector);
};

/** Starts the tour about dropout and goes to its second experiment. */
async function secondStep(page: Page): Promise<void> {
  await choose(page, '.tools [data-do=tours]', 'Does dropout prevent explosion?');
  await page.waitForSelector('#tour[data-ready=true] [data-act=tour-next]:not(:disabled)');
  await click(page, '[data-act=tour-next]');
  await page.waitForFunction(() => (globalThis as unknown as Fathom).fathom.session.before && !(globalThis as unknown as Fathom).fathom.session.stale);
}

/** Draws a 2 on the pad and waits for the answer. */
async function drawTwo(page: Page): Promise<void> {
  const { x, y, width, height } = (await (await page.$('#pad'))!.boundingBox())!;
  const line = [
    [0.3, 0.3],
    [0.36, 0.2],
    [0.5, 0.15],
    [0.64, 0.22],
    [0.66, 0.36],
    [0.52, 0.56],
    [0.32, 0.8],
    [0.7, 0.8],
  ] as const;
  for (const [i, [u, v]] of line.entries()) {
    await page.mouse.move(x + u * width, y + v * height, { steps: 4 });
    if (i === 0) await page.mouse.down();
  }
  await page.mouse.up();
  await page.mouse.move(5, 5);
  await page.waitForFunction(() => document.querySelector('#pad-answer')!.textContent !== '');
}

const ALL = Object.keys(SIZES) as (keyof typeof SIZES)[];
const BOTH = ['light', 'dark'] as const;

const PICTURES: readonly Picture[] = [
  { state: 'before', steps: 119, sizes: ALL, themes: BOTH },
  { state: 'before', steps: 119, sizes: ['1440x900', '390x844'], themes: ['light'], language: 'zh' },
  { state: 'after', steps: 60, then: { act: press('[data-act=fix]'), steps: 118 }, sizes: ALL, themes: BOTH },
  { state: 'layer', hash: 'layer=12', steps: 199, sizes: ['1440x900', '390x844'], themes: ['light'] },
  { state: 'boom', hash: 'activation=relu&scheme=he_normal&gain=1.3', steps: 79, sizes: ['1440x900'], themes: BOTH },
  { state: 'tour', steps: 1, then: { act: secondStep, steps: 10 }, sizes: ['1440x900'], themes: ['light'] },
  {
    state: 'digits',
    hash: 'data=digits&depth=8&width=32&activation=relu&scheme=he_normal&gain=1&rate=0.1',
    steps: 640,
    then: { act: drawTwo, steps: 640 },
    sizes: ['1440x900'],
    themes: ['light'],
  },
  { state: 'resnet', hash: 'preset=resnet', steps: 60, sizes: ['1440x900', '390x844'], themes: BOTH },
  { state: 'nogpu', steps: 119, sizes: ['1440x900'], themes: ['light'], noGpu: true },
];

/** States to take again; all where none is named. */
const only = process.argv.slice(2);
await mkdir(OUT, { recursive: true });
const site = await openSite();
for (const { state, hash = '', steps, then, sizes, themes, language, noGpu } of PICTURES) {
  if (only.length && !only.includes(language ? `${state}-${language}` : state)) continue;
  for (const size of sizes) {
    for (const theme of themes) {
      const prepare = noGpu ? (page: Page) => page.evaluateOnNewDocument('delete Navigator.prototype.gpu') : undefined;
      const page = await site.open(`${hash}&speed=${steps > 300 ? 'max' : 'fast'}&theme=${theme}${language ? `&language=${language}` : ''}`, {
        viewport: SIZES[size],
        ...(prepare ? { prepare } : {}),
      });
      page.setDefaultTimeout(240_000);
      await trained(page, steps);
      if (then) {
        await then.act(page);
        await trained(page, then.steps);
      }
      // The numbers in words follow the pictures.
      await new Promise((resolve) => setTimeout(resolve, 300));
      await page.screenshot({ path: new URL(`${state}-${size}-${theme}${language ? `-${language}` : ''}.png`, OUT).pathname });
      console.log(state, size, theme);
      await page.close();
    }
  }
}
if (site.problems.length) console.log(site.problems);
await site.close();
