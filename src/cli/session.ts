// The engine as an object of the command line tool, wherever it is: documents go in, results and events come out.
import { DeviceError, UsageError } from '../errors.ts';
import type { Experiment } from '../experiment/document.ts';
import type { NoiseOverRun } from '../experiment/noise_over_run.ts';
import type { Preflight } from '../experiment/preflight/index.ts';
import type { RunOptions, RunResult } from '../experiment/run.ts';
import type { AdapterSummary } from '../gpu/device.ts';
import type { History } from '../inspect/history.ts';
import { cutHistory, RETENTION, Steps } from '../inspect/steps.ts';
import type { SelfTestResult } from '../verify/index.ts';
import type { AskedRows, ModelAnswers, ModelScores, RunEvent, RunWishes } from './api.ts';
import { type ChromeAdapter, ensureChrome, LIMITS, within } from './chrome.ts';
import { openChrome } from './chrome_place.ts';
import { hasDawn, isGpuServer } from './dawn.ts';
import type { Files } from './documents.ts';
import { leaving } from './interrupt.ts';
import { openNode } from './node_place.ts';
import { DIGITS } from './own_files.ts';
import { ask, type Place } from './place.ts';
import { note } from './print.ts';
import { toWire } from './wire.ts';

/** Which adapter to use: the machine's own, Chrome's software adapter, or the first of the two that is there. */
export type WantedAdapter = ChromeAdapter | 'auto';
/** Where the engine runs: in Chrome, in this process, or on a GPU server in this process and elsewhere in Chrome. */
export type WantedRuntime = 'chrome' | 'node' | 'auto';

/** The flags that say where to train. */
export interface Where {
  adapter: WantedAdapter;
  runtime: WantedRuntime;
}

const startingChrome = (adapter: ChromeAdapter): string =>
  `Starting Chrome on ${adapter === 'gpu' ? "the machine's GPU" : 'SwiftShader, its software adapter'} ...`;

/** What of it the page is told. */
function policyOf({ every, last, best }: NonNullable<RunFiles['checkpoint']>): NonNullable<RunWishes['checkpoint']> {
  return { ...(every === undefined ? {} : { every }), ...(last === undefined ? {} : { last }), ...(best === undefined ? {} : { best }) };
}

/** Checkpoints and models of a run, in and out, and whether a step that is not finite is explained. */
export type RunFiles = Pick<RunOptions, 'resume' | 'weights' | 'checkpoint' | 'save'> & Pick<RunWishes, 'explain'>;

export class Session {
  readonly adapter: AdapterSummary;
  private readonly place: Place;

  private constructor(adapter: AdapterSummary, place: Place) {
    this.adapter = adapter;
    this.place = place;
  }

  /** Gets a device, in Chrome (which is fetched where there is none) or in this process; says on stderr what it tries, or, `brief`, that it does, unless nothing works. Throws DeviceError or UsageError with what to do. */
  static async open(where: Where, brief = false): Promise<Session> {
    if (!brief) return Session.tryAll(where, note);
    const untold: string[] = [];
    note('Starting the engine ...');
    try {
      return await Session.tryAll(where, (text) => void untold.push(text));
    } catch (error) {
      if (!leaving()) for (const text of untold) note(text);
      throw error;
    }
  }

  private static async tryAll({ adapter, runtime }: Where, note: (text: string) => void): Promise<Session> {
    if (runtime === 'node') return Session.first(adapter, (each) => Session.inNode(each, note), note);
    if (runtime === 'auto' && adapter !== 'swiftshader' && isGpuServer() && hasDawn()) {
      try {
        return await Session.inNode('gpu', note);
      } catch (error) {
        if (leaving()) throw error;
        note(`${(error as Error).message}. Going on in Chrome.`);
      }
    }
    const begin = adapter === 'swiftshader' ? 'swiftshader' : 'gpu';
    // Said before Chrome is looked for, which takes a while on a busy machine.
    note(startingChrome(begin));
    const path = await ensureChrome();
    return Session.first(
      adapter,
      async (each) => {
        if (each !== begin) note(startingChrome(each));
        return Session.on(await openChrome(each, path), each, 'Chrome');
      },
      note,
    );
  }

  /** The wanted adapter; with `auto` the GPU, and where that fails SwiftShader. */
  private static async first(wanted: WantedAdapter, attempt: (adapter: ChromeAdapter) => Promise<Session>, note: (text: string) => void): Promise<Session> {
    if (wanted === 'swiftshader') return attempt(wanted);
    try {
      return await attempt('gpu');
    } catch (error) {
      // Of a Chrome that goes down with its driver, puppeteer gives errors of its own.
      if (error instanceof UsageError || leaving()) throw error;
      const { message, reason = 'failed' } = error as Partial<DeviceError>;
      if (wanted === 'gpu')
        throw new DeviceError(reason, `${message}. Install the graphics driver with its Vulkan part, or use --adapter auto.`, { cause: error });
      note(`${message}. Going on without a GPU.`);
      return attempt('swiftshader');
    }
  }

  private static async inNode(adapter: ChromeAdapter, note: (text: string) => void): Promise<Session> {
    note(`Starting Dawn in Node on ${adapter === 'gpu' ? "the machine's GPU" : 'SwiftShader, the software adapter of Chrome'} ...`);
    return Session.on(await openNode(adapter), adapter, 'Dawn');
  }

  private static async on(place: Place, adapter: ChromeAdapter, who: string): Promise<Session> {
    for (const [name, text] of DIGITS) place.files.set(name, text);
    try {
      const summary = await within(LIMITS[adapter].answer, 'the adapter gave no device', ask<AdapterSummary>(place, 'open'));
      if (adapter === 'gpu' && summary.fallback) throw new DeviceError('no-adapter', `${who} finds no GPU, only a software driver: ${summary.description}`);
      return new Session(summary, place);
    } catch (error) {
      await place.close();
      if (error instanceof DeviceError && error.reason === 'no-adapter' && !error.message.startsWith(who))
        throw new DeviceError('no-adapter', `${who} finds no GPU: no driver here gives an adapter`, { cause: error });
      throw error;
    }
  }

  /** Trains a document; `files` are those that it names. `onEvent` is called for each step; `more` are the files that the run starts from and writes. */
  async run(document: Experiment, files: Files = new Map(), onEvent?: (event: RunEvent) => void, more: RunFiles = {}): Promise<RunResult> {
    const told: Pick<History, 'steps' | 'validations'> = { steps: new Steps([], RETENTION), validations: [] };
    const listener = (event: RunEvent): void => {
      if (event.type === 'steps') told.steps.push(...event.records);
      if (event.type === 'validation') told.validations.push(event.record);
      if (event.type === 'recovered') cutHistory(told, event.recovery.to);
      onEvent?.(event);
    };
    const { resume, weights, checkpoint, save, explain } = more;
    if (resume) this.place.files.set('resume', resume);
    if (weights) this.place.files.set('weights', weights);
    for (const kind of checkpoint ? (['last', 'best'] as const) : []) {
      this.place.uploads.set(kind, (bytes, step) => checkpoint!.write(bytes as Uint8Array<ArrayBuffer>, { kind, step }));
      this.place.uploads.set(`${kind}_gone`, (_, step) => checkpoint!.remove?.({ kind, step }));
    }
    if (save) this.place.uploads.set('model', save);
    const wishes: RunWishes = {
      resume: Boolean(resume),
      weights: Boolean(weights),
      save: Boolean(save),
      ...(explain ? { explain } : {}),
      ...(checkpoint ? { checkpoint: policyOf(checkpoint) } : {}),
    };
    for (const [name, text] of files) this.place.files.set(name, text);
    this.place.listeners.add(listener);
    try {
      const result = await ask<RunResult>(this.place, 'run', toWire(document), wishes);
      return { ...result, document, history: { ...result.history, ...told } };
    } finally {
      this.place.listeners.delete(listener);
    }
  }

  /** Scores of a saved model on rows, or on its own data, with the files that they are in. */
  evaluate(model: Uint8Array, files: Files, rows?: AskedRows): Promise<ModelScores> {
    this.#give(model, files);
    return rows ? ask<ModelScores>(this.place, 'evaluate', rows) : ask<ModelScores>(this.place, 'evaluate');
  }

  /** Tests every kernel of a document's step beside float64. */
  selfTest(document: Experiment, files: Files): Promise<SelfTestResult> {
    for (const [name, file] of files) this.place.files.set(name, file);
    return ask<SelfTestResult>(this.place, 'selfTest', toWire(document));
  }

  /** Checks a document before it is trained; `onEvent` is told of each answer, and of steps on the way. */
  preflight(document: Experiment, files: Files, onEvent: (event: RunEvent) => void, options: { seconds?: number } = {}): Promise<Preflight> {
    return this.#told('preflight', document, files, onEvent, options);
  }

  /** Measures the noise of a document's gradient along its run; `onEvent` is told of each look. */
  noise(document: Experiment, files: Files, onEvent: (event: RunEvent) => void, options: { batches?: number } = {}): Promise<NoiseOverRun> {
    return this.#told('noise', document, files, onEvent, options);
  }

  async #told<Value>(name: 'preflight' | 'noise', document: Experiment, files: Files, onEvent: (event: RunEvent) => void, options: object): Promise<Value> {
    for (const [path, file] of files) this.place.files.set(path, file);
    this.place.listeners.add(onEvent);
    try {
      return await ask<Value>(this.place, name, toWire(document), options);
    } finally {
      this.place.listeners.delete(onEvent);
    }
  }

  /** A saved model's answers to rows, with the files that they are in. */
  predict(model: Uint8Array, files: Files, rows: AskedRows): Promise<ModelAnswers> {
    this.#give(model, files);
    return ask<ModelAnswers>(this.place, 'predict', rows);
  }

  #give(model: Uint8Array, files: Files): void {
    for (const [name, file] of files) this.place.files.set(name, file);
    this.place.files.set('model', model);
  }

  /** Ends the run in progress; `run` resolves with the results so far. */
  async stop(): Promise<void> {
    await this.place.call('stop').catch(() => '');
  }

  async close(): Promise<void> {
    await this.place.close();
  }
}
