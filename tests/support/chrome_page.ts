// A page in Chrome that programs in Node (the bench, the conformance run, the demo's tests) drive.
import type { Page } from 'puppeteer';
import { createServer, type Plugin } from 'vite';
import { type ChromeAdapter, type LaunchOptions, launchChrome } from '../../src/cli/chrome.ts';

/** An empty page whose scripts are the repository's own TypeScript. */
export interface ChromePage {
  page: Page;
  /** Calls an exported function in the page: `call('tests/bench/page.ts', 'measure', {steps: 10})`. Arguments and result travel as JSON. */
  call<Result>(module: string, name: string, ...args: unknown[]): Promise<Result>;
  close(): Promise<void>;
}

/** Vite would add its own client to a page that it served, which looks for a socket that isn't there. */
const emptyPage: Plugin = {
  name: 'empty-page',
  configureServer(server) {
    server.middlewares.use('/empty.html', (_request, response) => {
      response.setHeader('Content-Type', 'text/html').end('<!doctype html><html lang="en"><title>Fathom</title><link rel="icon" href="data:,"></html>');
    });
  },
};

/** Starts Chrome and Vite and opens an empty page. What the page logs appears on stderr; `page.exposeFunction` lets it call back. */
export async function openChromePage(adapter?: ChromeAdapter, options?: LaunchOptions): Promise<ChromePage> {
  const server = await createServer({
    logLevel: 'error',
    appType: 'custom',
    plugins: [emptyPage],
    optimizeDeps: { noDiscovery: true },
    // No reload from outside: a page that measures or tests must stay as it is.
    server: { host: '127.0.0.1', watch: null, hmr: false, ws: false },
  });
  await server.listen();
  const browser = await launchChrome(adapter, options);
  const close = async (): Promise<void> => {
    await browser.close();
    await server.close();
  };
  try {
    const page = await browser.newPage();
    page.on('console', (message) => message.type() !== 'debug' && console.error(message.text()));
    page.on('pageerror', (error) => console.error(error));
    await page.goto(new URL('empty.html', server.resolvedUrls?.local[0]).href);
    const call = <Result>(module: string, name: string, ...args: unknown[]): Promise<Result> => {
      const [path, key, list] = [`/${module}`, name, args].map((part) => JSON.stringify(part));
      // As text: an `import()` written here would be rewritten for Node.
      return page.evaluate(`import(${path}).then((module) => module[${key}](...${list}))`) as Promise<Result>;
    };
    return { page, call, close };
  } catch (error) {
    await close();
    throw error;
  }
}
