// The page as the workflow for GitHub Pages publishes it: built with its address, and served under a path by a host that knows files and nothing else. Runs in
// `npm run test:all`.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import type { Browser, Page } from 'puppeteer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { presetOf } from '../../demo/presets.ts';
import { SHOWN } from '../../demo/share_pages.ts';
import { launchChrome } from '../../src/cli/chrome.ts';
import { ALL } from '../support/quick.ts';
import { type Fathom, trained, violations } from './site.ts';

const root = new URL('../..', import.meta.url).pathname;
const TYPES: Readonly<Record<string, string>> = {
  ...{ '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json' },
  ...{ '.png': 'image/png', '.woff2': 'font/woff2', '.svg': 'image/svg+xml' },
};

/** How long a browser may keep a file without asking, as on GitHub Pages. */
const MINUTES = 10;

const listening = (server: Server): Promise<unknown> => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));

test('the workflow builds with the address that the page will have', () => {
  const workflow = readFileSync(join(root, '.github/workflows/pages.yml'), 'utf8');
  expect(workflow).toMatch(/npm run build:demo -- --url "\$SITE"\n\s+env:\n\s+SITE: \$\{\{ steps\.pages\.outputs\.base_url \}\}/);
  expect(workflow).toContain('path: dist-demo');
});

describe.runIf(ALL)('the published page', { timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'fathom-published-'));
  let server: Server;
  let browser: Browser;
  let address: string;
  const missing: string[] = [];
  /** What a later build would put in the place of a file. */
  const later = new Map<string, (text: string) => string>();

  beforeAll(async () => {
    server = createServer(({ url }, response) => {
      const { pathname } = new URL(url!, 'http://host');
      try {
        if (!pathname.startsWith('/fathom/') || pathname.includes('..')) throw new Error('not of this site');
        const name = pathname.slice('/fathom/'.length) || 'index.html';
        const bytes = readFileSync(join(folder, name));
        response.setHeader('content-type', TYPES[extname(name)] ?? 'application/octet-stream');
        response.setHeader('cache-control', `max-age=${60 * MINUTES}`);
        response.end(later.get(name)?.(bytes.toString()) ?? bytes);
      } catch {
        missing.push(pathname);
        response.statusCode = 404;
        response.end();
      }
    });
    await listening(server);
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fathom/`;
    const { NODE_ENV: _, ...env } = process.env;
    execFileSync('npm', ['run', 'build:demo', '--', '--url', address, '--out-dir', folder], { cwd: root, env, stdio: 'pipe' });
    browser = await launchChrome();
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(path: string): Promise<Page> {
    // Without what another test has left in the browser.
    const page = await (await browser.createBrowserContext()).newPage();
    page.setDefaultTimeout(120_000);
    await page.goto(`${address}${path}`);
    await page.waitForFunction(() => (globalThis as unknown as Partial<Fathom>).fathom !== undefined);
    return page;
  }
  const settings = (page: Page) => page.evaluate(() => (globalThis as unknown as Fathom).fathom.store.state.settings);

  test('shows a picture of 1200 x 630 wherever it, or a preset, is linked to', async () => {
    for (const path of ['', ...SHOWN.map(({ id }) => `${id}.html`)]) {
      const html = await (await fetch(`${address}${path}`)).text();
      const tag = (name: string): string => new RegExp(`<meta property="${name}" content="([^"]*)">`).exec(html)![1]!;
      expect(tag('og:url')).toBe(`${address}${path}`);
      const picture = await fetch(tag('og:image'));
      expect(picture.headers.get('content-type'), path).toBe('image/png');
      const bytes = Buffer.from(await picture.arrayBuffer());
      expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([1200, 630]);
    }
  });

  test('leads from the page of a preset to its network, and Share gives that page again', async () => {
    for (const { id } of SHOWN) {
      const page = await open(`${id}.html#theme=dark`);
      expect(await settings(page), id).toEqual(presetOf(id));
      await page.evaluate(() => document.querySelector<HTMLElement>('.tools [data-do=share]')!.click());
      await page.waitForSelector('dialog.share');
      const [link, embed] = await page.$$eval('dialog.share :is(input, textarea)[readonly]', (all) => all.map((field) => (field as HTMLInputElement).value));
      expect(link).toBe(`${address}${id}.html`);
      expect(embed).toBe(`<script async src="${address}fathom-lab.js"></script>\n<fathom-lab preset="${id}" theme="dark"></fathom-lab>`);
      await page.close();
    }
  });

  test('is embedded by what Share gives, on another origin', async () => {
    const around = createServer((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(
        `<!doctype html><html lang="en"><title>A page</title><main><h1>A page</h1><script async src="${address}fathom-lab.js"></script><fathom-lab preset="he"></fathom-lab></main>`,
      );
    });
    await listening(around);
    const page = await browser.newPage();
    page.setDefaultTimeout(120_000);
    await page.goto(`http://localhost:${(around.address() as AddressInfo).port}/`);
    const frame = await page.waitForFrame((each) => each.url().includes('embed=1'));
    await frame.waitForFunction(() => ((globalThis as unknown as Fathom).fathom?.session.run?.step ?? 0) > 0);
    expect(await frame.evaluate(() => (globalThis as unknown as Fathom).fathom.store.state.settings)).toEqual(presetOf('he'));
    expect(await violations(page)).toEqual([]);
    await page.close();
    around.close();
  });

  test('works without a network, each preset under its own address, and is then as new as what was seen last', async () => {
    const page = await open('');
    const scope = await page.evaluate(async () => {
      const { active, scope: path } = await navigator.serviceWorker.ready;
      if (active!.state !== 'activated') await new Promise((resolve) => active!.addEventListener('statechange', resolve));
      return path;
    });
    expect(scope).toBe(address);
    await page.setOfflineMode(true);
    for (const path of ['he.html', 'index.html', '?embed=1']) {
      await page.goto(`${address}${path}`);
      await trained(page, 1);
      expect(await settings(page), path).toEqual(presetOf(path === 'he.html' ? 'he' : 'too-small'));
    }
    await page.setOfflineMode(false);
    // A new release: the browser's own cache still holds the page before it, and would hand that to the worker.
    later.set('index.html', (text) => text.replace('<body>', '<body data-release="2">'));
    later.set('service_worker.js', (text) => text.replace(/fathom-[0-9a-f]+/, 'fathom-release-2'));
    await page.goto(address);
    await page.evaluate(() => navigator.serviceWorker.ready.then((registration) => registration.update()));
    await page.waitForFunction(async () => (await caches.keys()).join() === 'fathom-release-2');
    await page.setOfflineMode(true);
    await page.goto(address);
    expect(await page.evaluate(() => document.body.dataset.release)).toBe('2');
    await trained(page, 1);
    await page.close();
  });

  test('asks for nothing that is not there', () => expect(missing.filter((path) => path !== '/favicon.ico')).toEqual([]));
});
