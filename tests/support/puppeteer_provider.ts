// Vitest's browser mode through puppeteer: one headless Chrome, one page per session.
import { defineBrowserProvider } from '@vitest/browser';
import type { Browser, Page } from 'puppeteer';
import type { BrowserProvider, BrowserProviderOption, CDPSession, TestProject } from 'vitest/node';
import { launchChrome } from '../../src/cli/chrome.ts';

/** A page whose main thread is silent for so long is closed: a loop without end then fails the run instead of holding it. */
const HANG_MS = 120_000;

class PuppeteerProvider implements BrowserProvider {
  readonly name = 'puppeteer';
  readonly supportsParallelism = true;
  private readonly project: TestProject;
  private readonly pages = new Map<string, Page>();
  private browser: Promise<Browser> | undefined;

  constructor(project: TestProject) {
    this.project = project;
  }

  getCommandsContext(sessionId: string): { page: Page } {
    return { page: this.page(sessionId) };
  }

  async openPage(sessionId: string, url: string): Promise<void> {
    await this.pages.get(sessionId)?.close();
    this.browser ??= launchChrome();
    const page = await (await this.browser).newPage();
    this.pages.set(sessionId, page);
    page.on('error', (error) => this.project.vitest.logger.error('The page crashed:', error.message));
    await page.goto(url, { timeout: 0 });
    this.watch(page);
  }

  async getCDPSession(sessionId: string): Promise<CDPSession> {
    return (await this.page(sessionId).createCDPSession()) as unknown as CDPSession;
  }

  async close(): Promise<void> {
    const browser = await this.browser;
    this.browser = undefined;
    this.pages.clear();
    await browser?.close();
  }

  private page(sessionId: string): Page {
    const page = this.pages.get(sessionId);
    if (!page) throw new Error(`No page of session ${sessionId} is open`);
    return page;
  }

  private watch(page: Page): void {
    let askedAt = 0;
    const timer = setInterval(() => {
      if (page.isClosed()) clearInterval(timer);
      else if (askedAt === 0) {
        askedAt = Date.now();
        const answered = () => {
          askedAt = 0;
        };
        page.evaluate('0').then(answered, answered);
      } else if (Date.now() - askedAt > HANG_MS) {
        clearInterval(timer);
        this.project.vitest.logger.error(`The page has not answered for ${HANG_MS / 1000} s: closing it`);
        page.close({ runBeforeUnload: false }).catch(() => {});
      }
    }, 1000);
    timer.unref();
  }
}

/** The provider for `test.browser.provider` in vite.config.ts. */
export function puppeteerProvider(): BrowserProviderOption {
  return defineBrowserProvider({ name: 'puppeteer', supportedBrowser: ['chrome'], options: {}, providerFactory: (project) => new PuppeteerProvider(project) });
}
