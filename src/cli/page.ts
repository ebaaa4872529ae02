// Runs in headless Chrome: the engine, told by the command line tool (session.ts) what to train. Everything crosses as text, because
// the browser's protocol turns NaN and Infinity into null.
import { createEngine, type Engine } from '../engine.ts';
import { fromJson, toJson } from '../experiment/json.ts';
import { type RunResult, type RunStart, runExperiment } from '../experiment/run.ts';
import { parseExperiment } from '../experiment/schema.ts';
import type { CheckRecord, StepRecord } from '../inspect/history.ts';

/** What the page tells while it trains. */
export type PageEvent = { type: 'start'; start: RunStart } | { type: 'steps'; records: StepRecord[] } | { type: 'check'; record: CheckRecord };

/** A result, or a typed error by its name. */
export type PageAnswer<Value> = { value: Value } | { error: { name: string; message: string; reason?: string } };

export interface PageApi {
  /** Gets a device; the answer is its adapter. */
  open(): Promise<string>;
  /** Trains a document given as JSON; the answer is a RunResult without its steps and checks, which went out as events. */
  run(document: string): Promise<string>;
  /** Ends the run in progress early. */
  stop(): void;
}

declare global {
  var fathom: PageApi;
  /** Exposed by the tool: takes a PageEvent as JSON. */
  var fathomEvent: (event: string) => Promise<void>;
}

let engine: Engine | undefined;
let running: AbortController | undefined;

globalThis.fathom = {
  open: () =>
    answer(async () => {
      engine = await createEngine();
      return engine.adapter;
    }),
  run: (text) =>
    answer(async (): Promise<RunResult> => {
      running = new AbortController();
      const sent: Promise<void>[] = [];
      const tell = (event: PageEvent): void => {
        sent.push(globalThis.fathomEvent(toJson(event)));
      };
      const result = await runExperiment(engine!, parseExperiment(fromJson(text)), {
        signal: running.signal,
        read: async (name) => (await fetch(`/files/${encodeURIComponent(name)}`)).text(),
        onStart: (start) => tell({ type: 'start', start }),
        onSteps: (records) => tell({ type: 'steps', records }),
        onCheck: (record) => tell({ type: 'check', record }),
      });
      await Promise.all(sent);
      return { ...result, history: { ...result.history, steps: [], checks: [] } };
    }),
  stop: () => running?.abort(),
};

async function answer<Value>(work: () => Promise<Value>): Promise<string> {
  let result: PageAnswer<Value>;
  try {
    result = { value: await work() };
  } catch (error) {
    const { name, message, reason } = error as Error & { reason?: string };
    result = { error: { name, message, ...(reason ? { reason } : {}) } };
  }
  return toJson(result);
}
