// A headless Chrome with the engine in it, as an object of this process: documents go in, results and events come out.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'puppeteer';
import digitsTest from '../../demo/data/digits-test.csv?raw';
import digitsTrain from '../../demo/data/digits-train.csv?raw';
import { DataError, DeviceError, FathomError, KernelError, ShapeError, UsageError } from '../errors.ts';
import type { Experiment } from '../experiment/document.ts';
import { fromJson, toJson } from '../experiment/json.ts';
import type { RunOptions, RunResult } from '../experiment/run.ts';
import type { AdapterSummary } from '../gpu/device.ts';
import type { History } from '../inspect/history.ts';
import { cutHistory, RETENTION, Steps } from '../inspect/steps.ts';
import { type ChromeAdapter, ensureChrome, LIMITS, launchChrome, within } from './chrome.ts';
import type { Files } from './documents.ts';
import { leaving } from './interrupt.ts';
import type { ModelScores, PageAnswer, PageEvent, RunWishes } from './page.ts';
import { note } from './print.ts';
import { type PageServer, startServer } from './server.ts';

/** Which adapter to use: the machine's own, Chrome's software adapter, or the first of the two that is there. */
export type WantedAdapter = ChromeAdapter | 'auto';

/** What of it the page is told. */
function policyOf({ every, last, best }: NonNullable<RunFiles['checkpoint']>): NonNullable<RunWishes['checkpoint']> {
  return { ...(every === undefined ? {} : { every }), ...(last === undefined ? {} : { last }), ...(best === undefined ? {} : { best }) };
}

/** Checkpoints and models of a run, in and out. */
export type RunFiles = Pick<RunOptions, 'resume' | 'weights' | 'checkpoint' | 'save'>;

export class Session {
  readonly adapter: AdapterSummary;
  private readonly opened: Opened;
  private readonly server: PageServer;

  private constructor(adapter: AdapterSummary, opened: Opened, server: PageServer) {
    this.adapter = adapter;
    this.opened = opened;
    this.server = server;
  }

  /** Starts Chrome (fetching one where there is none) and gets a device; says on stderr what it tries. Throws DeviceError or UsageError with what to do. */
  static async open(wanted: WantedAdapter = 'auto'): Promise<Session> {
    const server = await startServer(moduleFolder());
    server.files.set('digits-train.csv', digitsTrain);
    server.files.set('digits-test.csv', digitsTest);
    try {
      const path = await ensureChrome();
      if (wanted === 'swiftshader') return await Session.attempt(server, path, wanted);
      try {
        return await Session.attempt(server, path, 'gpu');
      } catch (error) {
        // Of a Chrome that goes down with its driver, puppeteer gives errors of its own.
        if (error instanceof UsageError || leaving()) throw error;
        const { message, reason = 'failed' } = error as Partial<DeviceError>;
        if (wanted === 'gpu')
          throw new DeviceError(reason, `${message}. Install the graphics driver with its Vulkan part, or use --adapter auto.`, { cause: error });
        note(`${message}. Going on without a GPU.`);
        return await Session.attempt(server, path, 'swiftshader');
      }
    } catch (error) {
      server.close();
      throw error;
    }
  }

  private static async attempt(server: PageServer, path: string, adapter: ChromeAdapter): Promise<Session> {
    note(`Starting Chrome on ${adapter === 'gpu' ? "the machine's GPU" : 'SwiftShader, its software adapter'} ...`);
    const browser = await launchChrome(adapter, { path });
    try {
      const { answer: limit } = LIMITS[adapter];
      const opened = await within(limit, `the page with the engine (${path}) did not open`, openPage(server, browser));
      const summary = await within(limit, 'the adapter gave no device', call<AdapterSummary>(opened, 'fathom.open()'));
      if (adapter === 'gpu' && summary.fallback) throw new DeviceError('no-adapter', `Chrome finds no GPU, only a software driver: ${summary.description}`);
      return new Session(summary, opened, server);
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  /** Trains a document; `files` are those that it names. `onEvent` is called for each step; `more` are the files that the run starts from and writes. */
  async run(document: Experiment, files: Files = new Map(), onEvent?: (event: PageEvent) => void, more: RunFiles = {}): Promise<RunResult> {
    const told: Pick<History, 'steps' | 'validations'> = { steps: new Steps([], RETENTION), validations: [] };
    const listener = (event: PageEvent): void => {
      if (event.type === 'steps') told.steps.push(...event.records);
      if (event.type === 'validation') told.validations.push(event.record);
      if (event.type === 'recovered') cutHistory(told, event.recovery.to);
      onEvent?.(event);
    };
    const { resume, weights, checkpoint, save } = more;
    if (resume) this.server.files.set('resume', resume);
    if (weights) this.server.files.set('weights', weights);
    for (const kind of checkpoint ? (['last', 'best'] as const) : []) {
      this.server.uploads.set(kind, (bytes, step) => checkpoint!.write(bytes as Uint8Array<ArrayBuffer>, { kind, step }));
      this.server.uploads.set(`${kind}_gone`, (_, step) => checkpoint!.remove?.({ kind, step }));
    }
    if (save) this.server.uploads.set('model', save);
    const wishes: RunWishes = {
      resume: Boolean(resume),
      weights: Boolean(weights),
      save: Boolean(save),
      ...(checkpoint ? { checkpoint: policyOf(checkpoint) } : {}),
    };
    for (const [name, text] of files) this.server.files.set(name, text);
    this.opened.listeners.add(listener);
    try {
      const result = await call<RunResult>(this.opened, `fathom.run(${JSON.stringify(toJson(document))}, ${JSON.stringify(wishes)})`);
      return { ...result, document, history: { ...result.history, ...told } };
    } finally {
      this.opened.listeners.delete(listener);
    }
  }

  /** Scores of a saved model on the rows of a CSV text, or on its own data with the files that they are in. */
  evaluate(model: Uint8Array, data: { rows: string } | { files: Files }): Promise<ModelScores> {
    this.server.files.set('model', model);
    if ('rows' in data) this.server.files.set('rows', data.rows);
    else for (const [name, file] of data.files) this.server.files.set(name, file);
    return call<ModelScores>(this.opened, `fathom.evaluate(${'rows' in data})`);
  }

  /** A saved model's answers to the rows of a CSV text, as CSV. */
  predict(model: Uint8Array, rows: string): Promise<string> {
    this.server.files.set('model', model).set('rows', rows);
    return call<string>(this.opened, 'fathom.predict()');
  }

  /** Ends the run in progress; `run` resolves with the results so far. */
  async stop(): Promise<void> {
    await this.opened.page.evaluate('fathom.stop()').catch(() => {});
  }

  async close(): Promise<void> {
    await this.opened.browser.close();
    this.server.close();
  }
}

interface Opened {
  browser: Browser;
  page: Page;
  listeners: Set<(event: PageEvent) => void>;
  /** Rejects when Chrome is gone: a call that is under way would wait for ever. */
  gone: Promise<never>;
}

async function openPage(server: PageServer, browser: Browser): Promise<Opened> {
  const page = await browser.newPage();
  const listeners = new Set<(event: PageEvent) => void>();
  const gone = new Promise<never>((_resolve, reject) => {
    browser.once('disconnected', () =>
      reject(new DeviceError('lost', 'Chrome ended. Run the experiment again; with less memory at hand, use a smaller batch or model.')),
    );
    page.once('error', (error) => reject(new DeviceError('lost', `the page crashed: ${error.message}`)));
  });
  gone.catch(() => {});
  await page.exposeFunction('fathomEvent', (text: string) => {
    const event = fromJson(text) as PageEvent;
    for (const listener of listeners) listener(event);
  });
  const broken = new Promise<never>((_resolve, reject) => {
    page.once('pageerror', (cause) => reject(new UsageError(`the page with the engine does not start: ${cause}`, { cause })));
  });
  broken.catch(() => {});
  // How long this may take is for the caller to say.
  await page.goto(server.address, { timeout: 0 });
  await Promise.race([broken, gone, page.waitForFunction('typeof fathom === "object"', { timeout: 0 })]);
  return { browser, page, listeners, gone };
}

/** Calls into the page. Its errors come back as what they were. */
async function call<Value>({ page, gone }: Opened, expression: string): Promise<Value> {
  const answer = fromJson((await Promise.race([page.evaluate(expression), gone])) as string) as PageAnswer<Value>;
  if ('value' in answer) return answer.value;
  const { name, message, reason } = answer.error;
  if (name === 'DeviceError') throw new DeviceError((reason ?? 'failed') as DeviceError['reason'], message);
  const types: Record<string, new (message: string) => FathomError> = { ShapeError, KernelError, DataError, UsageError };
  throw new (types[name] ?? FathomError)(types[name] ? message : `${name}: ${message}`);
}

/** The built package that contains this file: dist/cli, or the project's dist when run from sources. */
function moduleFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const folder = [join(here, '..'), join(here, '../../dist')].find((candidate) => existsSync(join(candidate, 'cli/page.js')));
  if (!folder) throw new UsageError('the page with the engine is not built: run `npm run build`');
  return folder;
}
