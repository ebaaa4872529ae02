// The built page, served as a static host serves it: under a path of its own. One build for a run of tests, one Chrome for a test file.
import { AxePuppeteer } from '@axe-core/puppeteer';
import type { Browser, Page, Viewport } from 'puppeteer';
import { build, type PreviewServer, preview } from 'vite';
import type { ExperimentDocument } from '../../demo/document.ts';
import type { Source } from '../../demo/protocol.ts';
import { launchChrome } from '../../src/cli/chrome.ts';
import { once } from './once.ts';

export interface Site {
  browser: Browser;
  /** Opens the page with a state; what it logs as an error is kept in `problems`. */
  open(hash?: string, options?: { viewport?: Viewport; prepare?(page: Page): Promise<unknown> }): Promise<Page>;
  problems: string[];
  close(): Promise<void>;
}

export const LAPTOP: Viewport = { width: 1440, height: 900 };
export const PHONE: Viewport = { width: 390, height: 844, hasTouch: true, isMobile: true };

/** A network that is quick to build and to train. */
export const SMALL = 'depth=6&width=8&speed=max';

const outDir = '../tests/.out/site';

async function buildSite(): Promise<void> {
  // Vitest says "test" here, and a page built so would leave out what only the published page does.
  const { NODE_ENV } = process.env;
  process.env.NODE_ENV = 'production';
  await build({ mode: 'demo', logLevel: 'error', build: { outDir } });
  process.env.NODE_ENV = NODE_ENV;
}

/** Builds and serves the page. */
export async function serveSite(): Promise<PreviewServer> {
  await once('site', buildSite);
  return preview({ mode: 'demo', base: '/fathom/', logLevel: 'error', build: { outDir }, preview: { port: 0, host: '127.0.0.1' } });
}

/** Builds and serves the page and starts Chrome, or another browser. */
export async function openSite(launch: () => Promise<Browser> = launchChrome): Promise<Site> {
  const server = await serveSite();
  const browser = await launch();
  const problems: string[] = [];
  return {
    browser,
    problems,
    async open(hash = '', { viewport = LAPTOP, prepare } = {}) {
      const page = await browser.newPage();
      // Puppeteer's own 30 s are not enough where other programs run beside the tests.
      page.setDefaultTimeout(120_000);
      page.on('pageerror', (error) => problems.push(String(error)));
      page.on('console', (message) => {
        // Chrome's advice on reading canvases is for these tests, which read them.
        if ((message.type() === 'error' || message.type() === 'warn') && !message.text().startsWith('Canvas2D')) problems.push(message.text());
      });
      page.on('requestfailed', (request) => problems.push(`${request.url()} ${request.failure()?.errorText}`));
      page.on('response', (response) => {
        if (response.status() >= 400) problems.push(`${response.status()} ${response.url()}`);
      });
      await page.setViewport(viewport);
      await prepare?.(page);
      await page.goto(`${server.resolvedUrls!.local[0]}#${hash}`, { waitUntil: 'load' });
      return page;
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/** Waits until the run in progress has taken so many steps. */
export async function trained(page: Page, steps: number): Promise<void> {
  await page.waitForFunction(
    (n) => ((globalThis as unknown as Fathom).fathom?.session.run?.step ?? 0) >= n && !(globalThis as unknown as Fathom).fathom.session.stale,
    { timeout: 240_000 },
    steps,
  );
}

export const text = (page: Page, selector: string): Promise<string> => page.$eval(selector, (element) => element.textContent ?? '');
export const click = (page: Page, selector: string): Promise<void> => page.$eval(selector, (element) => (element as HTMLElement).click());

/** Chooses from a menu that a button opens, by the words of the choice. */
export async function choose(page: Page, button: string, words: string): Promise<void> {
  await click(page, button);
  await page.waitForSelector('.menu button');
  await page.evaluate((wanted) => {
    const items = [...document.querySelectorAll<HTMLElement>('.menu button')];
    items.find((item) => (item.firstChild?.textContent ?? '') === wanted)!.click();
  }, words);
}

/** The document that the engine runs, as the worker holds it. */
export function engineDocument(page: Page): Promise<ExperimentDocument> {
  return page.evaluate(
    () =>
      new Promise<ExperimentDocument>((resolve) => {
        const { session } = (globalThis as unknown as Fathom).fathom;
        (session as unknown as { source: Source }).source.listen((message) => {
          if (message.type === 'exported' && message.kind === 'document') resolve(JSON.parse(new TextDecoder().decode(message.bytes)) as ExperimentDocument);
        });
        // The page would offer it as a download.
        URL.createObjectURL = () => '#';
        session.post({ type: 'export', kind: 'document' });
      }),
  );
}

/** What axe finds, one line each. */
export async function violations(page: Page): Promise<string[]> {
  // What is still on its way in is half transparent.
  await page.evaluate(async () => {
    await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
  });
  const { violations: found } = await new AxePuppeteer(page).analyze();
  return found.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.target.join(' ')).join(', ')}`);
}

/** The page's own objects, as far as tests read them. */
export interface Fathom {
  fathom: import('../../demo/app.ts').App;
}
