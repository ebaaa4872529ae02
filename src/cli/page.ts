// Runs in headless Chrome: the engine, told by the command line tool (session.ts) what to train. Everything crosses as text, because
// the browser's protocol turns NaN and Infinity into null.
import { createEngine, type Engine } from '../engine.ts';
import { UsageError } from '../errors.ts';
import { fromJson, toJson } from '../experiment/json.ts';
import { type RunOptions, type RunResult, type RunStart, runExperiment } from '../experiment/run.ts';
import { SavedModel } from '../experiment/saved.ts';
import { parseExperiment } from '../experiment/schema.ts';
import type { Recovery, StepRecord, ValidationRecord } from '../inspect/history.ts';
import { Steps } from '../inspect/steps.ts';
import type { Evaluation } from '../train/evaluation.ts';

/** What the page tells while it trains. */
export type PageEvent =
  | { type: 'start'; start: RunStart }
  | { type: 'steps'; records: StepRecord[] }
  | { type: 'validation'; record: ValidationRecord }
  | { type: 'recovered'; recovery: Recovery };

/** A result, or a typed error by its name. */
export type PageAnswer<Value> = { value: Value } | { error: { name: string; message: string; reason?: string } };

/** Files of a run: it reads a checkpoint from `files/resume` and initial weights from `files/weights`. It writes the model to `out/model` and checkpoints to `out/last` and `out/best`; checkpoints to delete are named at `out/last_gone` and `out/best_gone`. */
export interface RunWishes {
  resume?: boolean;
  weights?: boolean;
  checkpoint?: { every?: number; last?: number; best?: boolean };
  save?: boolean;
}

/** The scores of a saved model, part by part. */
export interface ModelScores {
  parts: { part: string; rows: number; evaluation: Evaluation }[];
  classes?: readonly string[];
}

export interface PageApi {
  /** Gets a device; the answer is its adapter. */
  open(): Promise<string>;
  /** Trains a document given as JSON; the answer is a RunResult without its steps and checks, which went out as events. */
  run(document: string, wishes?: RunWishes): Promise<string>;
  /** Evaluates the model in `files/model` on `files/rows`, a CSV text, or on its own data; the answer is ModelScores. */
  evaluate(rows: boolean): Promise<string>;
  /** The model's answers to `files/rows`, as CSV. */
  predict(): Promise<string>;
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
  run: (text, wishes = {}) =>
    answer(async (): Promise<RunResult> => {
      running = new AbortController();
      const sent: Promise<void>[] = [];
      const tell = (event: PageEvent): void => {
        sent.push(globalThis.fathomEvent(toJson(event)));
      };
      const result = await runExperiment(engine!, parseExperiment(fromJson(text)), {
        signal: running.signal,
        read,
        ...(await runFiles(wishes)),
        onStart: (start) => tell({ type: 'start', start }),
        onSteps: (records) => tell({ type: 'steps', records }),
        onValidation: (record) => tell({ type: 'validation', record }),
        onRecovery: (recovery) => tell({ type: 'recovered', recovery }),
      });
      await Promise.all(sent);
      return { ...result, history: { ...result.history, steps: new Steps(), validations: [] } };
    }),
  evaluate: (rows) =>
    withModel(async (model): Promise<ModelScores> => {
      const parts = rows ? await model.evaluateCsv(await readText('rows')) : await model.evaluateParts(read);
      return { parts, ...(model.classes ? { classes: model.classes } : {}) };
    }),
  predict: () => withModel(async (model) => model.predictCsv(await readText('rows'))),
  stop: () => running?.abort(),
};

/** Addresses are relative to that of the page, which holds the secret of the run. */
async function read(name: string): Promise<Uint8Array> {
  const response = await fetch(`files/${encodeURIComponent(name)}`);
  if (!response.ok) throw new UsageError(await response.text());
  return new Uint8Array(await response.arrayBuffer());
}

const readText = async (name: string): Promise<string> => new TextDecoder().decode(await read(name));

async function put(name: string, file: Uint8Array, step = 0): Promise<void> {
  const response = await fetch(`out/${name}?step=${step}`, { method: 'PUT', body: file as Uint8Array<ArrayBuffer> });
  if (!response.ok) throw new UsageError(await response.text());
}

async function runFiles({ resume, weights, checkpoint, save }: RunWishes): Promise<Pick<RunOptions, 'resume' | 'weights' | 'checkpoint' | 'save'>> {
  return {
    ...(resume ? { resume: await read('resume') } : {}),
    ...(weights ? { weights: await read('weights') } : {}),
    ...(checkpoint
      ? {
          checkpoint: {
            ...checkpoint,
            write: (file, { kind, step }) => put(kind, file, step),
            remove: ({ kind, step }) => put(`${kind}_gone`, new Uint8Array(), step),
          },
        }
      : {}),
    ...(save ? { save: (file) => put('model', file) } : {}),
  };
}

const withModel = <Value>(work: (model: SavedModel) => Promise<Value>): Promise<string> =>
  answer(async () => {
    const model = await SavedModel.open(engine!, await read('model'));
    try {
      return await work(model);
    } finally {
      model.destroy();
    }
  });

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
