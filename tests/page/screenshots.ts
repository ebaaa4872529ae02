// Pictures of the page for people to look at: node tests/support/run_ts.mjs tests/page/screenshots.ts [name]
// Writes demo/screenshots/<state>-<size>-<theme>[-zh].png, from the built page and the real engine.
import { mkdir } from 'node:fs/promises';
import type { Page } from 'puppeteer';
import { type Fathom, openSite, trained } from './site.ts';

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

const press = (selector: string) => (page: Page) => page.$eval(selector, (element) => (element as HTMLElement).click());
const ALL = Object.keys(SIZES) as (keyof typeof SIZES)[];
const BOTH = ['light', 'dark'] as const;

const PICTURES: readonly Picture[] = [
  { state: 'before', steps: 130, sizes: ALL, themes: BOTH },
  { state: 'before', steps: 130, sizes: ['1440x900'], themes: ['light'], language: 'zh' },
  { state: 'after', steps: 60, then: { act: press('[data-act=mend]'), steps: 200 }, sizes: ALL, themes: BOTH },
  { state: 'layer', hash: 'layer=12', steps: 110, sizes: ['1440x900', '390x844'], themes: ['light'] },
  { state: 'boom', hash: 'activation=relu&scheme=he_normal&gain=1.2', steps: 80, sizes: ['1440x900'], themes: BOTH },
  {
    state: 'digits',
    hash: 'data=digits&depth=8&width=32&activation=relu&scheme=he_normal&gain=1&rate=0.1',
    steps: 700,
    sizes: ['1440x900'],
    themes: ['light'],
  },
  { state: 'nogpu', steps: 200, sizes: ['1440x900'], themes: ['light'], noGpu: true },
];

const only = process.argv[2];
await mkdir(OUT, { recursive: true });
const site = await openSite('screenshots');
for (const { state, hash = '', steps, then, sizes, themes, language, noGpu } of PICTURES) {
  if (only && only !== state) continue;
  for (const size of sizes) {
    for (const theme of themes) {
      const prepare = noGpu ? (page: Page) => page.evaluateOnNewDocument('delete Navigator.prototype.gpu') : undefined;
      const page = await site.open(`${hash}&speed=max&theme=${theme}${language ? `&language=${language}` : ''}`, {
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
      await page.evaluate(() => (globalThis as unknown as Fathom).fathom.session.pause());
      await new Promise((resolve) => setTimeout(resolve, 2500));
      await page.screenshot({ path: new URL(`${state}-${size}-${theme}${language ? `-${language}` : ''}.png`, OUT).pathname });
      console.log(state, size, theme);
      await page.close();
    }
  }
}
if (site.problems.length) console.log(site.problems);
await site.close();
