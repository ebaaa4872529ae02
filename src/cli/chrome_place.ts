// The engine in a headless Chrome, which is started, and fetched where there is none.
import type { Browser, Page } from 'puppeteer';
import { DeviceError, UsageError } from '../errors.ts';
import { type ChromeAdapter, LIMITS, launchChrome, within } from './chrome.ts';
import { moduleFolder, type Place, tellAll } from './place.ts';
import { type PageServer, startServer } from './server.ts';

/** Opens a page with the engine, which has no device yet. */
export async function openChrome(adapter: ChromeAdapter, path: string): Promise<Place> {
  const server = await startServer(moduleFolder());
  let browser: Browser | undefined;
  try {
    browser = await launchChrome(adapter, { path });
    const opened = await within(LIMITS[adapter].answer, `the page with the engine (${path}) did not open`, openPage(server, browser));
    return {
      ...opened,
      files: server.files,
      uploads: server.uploads,
      async close() {
        await browser!.close();
        server.close();
      },
    };
  } catch (error) {
    await browser?.close();
    server.close();
    throw error;
  }
}

async function openPage(server: PageServer, browser: Browser): Promise<Pick<Place, 'call' | 'listeners'>> {
  const page: Page = await browser.newPage();
  const listeners: Place['listeners'] = new Set();
  /** Rejects when Chrome is gone: a call that is under way would wait for ever. */
  const gone = new Promise<never>((_resolve, reject) => {
    browser.once('disconnected', () =>
      reject(new DeviceError('lost', 'Chrome ended. Run the experiment again; with less memory at hand, use a smaller batch or model.')),
    );
    page.once('error', (error) => reject(new DeviceError('lost', `the page crashed: ${error.message}`)));
  });
  gone.catch(() => {});
  await page.exposeFunction('fathomEvent', (text: string) => tellAll(listeners, text));
  const broken = new Promise<never>((_resolve, reject) => {
    page.once('pageerror', (cause) => reject(new UsageError(`the page with the engine does not start: ${cause}`, { cause })));
  });
  broken.catch(() => {});
  // How long this may take is for the caller to say.
  await page.goto(server.address, { timeout: 0 });
  await Promise.race([broken, gone, page.waitForFunction('typeof fathom === "object"', { timeout: 0 })]);
  return {
    listeners,
    call: async (name, ...args) =>
      (await Promise.race([page.evaluate(`fathom.${name}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`), gone])) as string,
  };
}
