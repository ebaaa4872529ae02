// The engine where the GPU is: in a page of Chrome (page.ts) or in this process (in_process.ts), told by the command line tool (session.ts) what to train.
// Everything crosses as text, because the browser's protocol turns NaN and Infinity into null.
import type { DataSummary } from '../data/csv_summary.ts';
import type { Unseen } from '../data/unseen.ts';
import { createEngine, type Engine } from '../engine.ts';
import { UsageError } from '../errors.ts';
import type { AnsweredRows } from '../experiment/answered_rows.ts';
import { trainerOptions } from '../experiment/build.ts';
import { loadData } from '../experiment/data.ts';
import type { DataDocument } from '../experiment/document.ts';
import type { CsvRowsOptions } from '../experiment/new_rows.ts';
import { type NoiseLook, type NoiseOverRun, noiseOverRun } from '../experiment/noise_over_run.ts';
import { type Preflight, type PreflightCheck, type PreflightProgress, preflight } from '../experiment/preflight/index.ts';
import { type RunOptions, type RunResult, type RunStart, runExperiment } from '../experiment/run.ts';
import { SavedModel } from '../experiment/saved_model.ts';
import { parseExperiment } from '../experiment/schema.ts';
import type { Recovery, StepRecord, ValidationRecord } from '../inspect/history.ts';
import { Steps } from '../inspect/steps.ts';
import type { Evaluation } from '../train/evaluation.ts';
import type { Trainer } from '../train/trainer.ts';
import { explainStep, type StepExplanation, selfTest } from '../verify/index.ts';
import { fromWire, toWire } from './wire.ts';

/** Nobody waits for the first step behind it. */
const SELF_TEST_SECONDS = 60;

/** What it tells while it trains. */
export type RunEvent =
  | { type: 'data'; summary: DataSummary }
  | { type: 'start'; start: RunStart }
  | { type: 'steps'; records: StepRecord[] }
  | { type: 'validation'; record: ValidationRecord }
  | { type: 'recovered'; recovery: Recovery }
  | { type: 'explained'; verdict: StepExplanation['verdict'] | undefined; message: string }
  | { type: 'noise'; look: NoiseLook }
  | { type: 'check'; check: PreflightCheck }
  | { type: 'learning'; progress: PreflightProgress };

/** A result, or a typed error by its name. */
export type Answer<Value> = { value: Value } | { error: { name: string; message: string; reason?: string } };

/** Files of a run: it reads a checkpoint from `files/resume` and initial weights from `files/weights`. It writes the model to `out/model` and checkpoints to `out/last` and `out/best`; checkpoints to delete are named at `out/last_gone` and `out/best_gone`. */
export interface RunWishes {
  resume?: boolean;
  weights?: boolean;
  checkpoint?: { every?: number; last?: number; best?: boolean };
  save?: boolean;
  /** Whether a step that is not finite is explained. */
  explain?: boolean;
}

/** The scores of a saved model, part by part. */
export interface ModelScores {
  parts: { part: string; rows: number; evaluation: Evaluation }[];
  classes?: readonly string[];
  /** Categories that training had not. */
  unseen?: readonly Unseen[];
  /** What else is to be known of the rows. */
  notes?: readonly string[];
  /** Where they were asked for. */
  answers?: AnsweredRows;
}

/** Rows that a saved model is asked about: a data section whose files can be read, and how its table is written. */
export interface AskedRows {
  data: DataDocument;
  options: Omit<CsvRowsOptions, 'onUnseen' | 'onNotes' | 'onAnswers'>;
  /** Whether its evaluation gives the answers, too. */
  answers?: boolean;
}

/** Its answers, as CSV. */
export interface ModelAnswers {
  csv: string;
  unseen: readonly Unseen[];
  /** What else is to be known of the rows. */
  notes: readonly string[];
}

export interface EngineApi {
  /** Gets a device; the answer is its adapter. */
  open(): Promise<string>;
  /** Trains a document given as JSON; the answer is a RunResult without its steps and checks, which went out as events. */
  run(document: string, wishes?: RunWishes): Promise<string>;
  /** Evaluates the model in `files/model` on rows, or on its own data; the answer is ModelScores. */
  evaluate(rows?: AskedRows): Promise<string>;
  /** The model's answers to rows: ModelAnswers. */
  predict(rows: AskedRows): Promise<string>;
  /** Tests every kernel of a document's step; the answer is a SelfTestResult. */
  selfTest(document: string): Promise<string>;
  /** Checks a document before it is trained, the answers also as events; the answer is a Preflight. */
  preflight(document: string, options?: { seconds?: number }): Promise<string>;
  /** Measures the noise of a document's gradient along its run, the looks also as events; the answer is a NoiseOverRun. */
  noise(document: string, options?: { batches?: number }): Promise<string>;
  /** Ends the run in progress early. */
  stop(): void;
  /** Gives the device back. */
  close(): void;
}

/** Where files come from and go to, and who is told. */
export interface Host {
  /** Where the GPU is found; `navigator.gpu` by default. */
  readonly gpu?: GPU;
  /** The file of this name. */
  read(name: string): Promise<Uint8Array>;
  /** Takes a file that the run writes. */
  put(name: string, file: Uint8Array, step: number): Promise<void>;
  /** Takes a RunEvent as JSON. */
  tell(event: string): Promise<void>;
}

/** The engine's side of the tool, which has no engine before `open`. */
export function createApi(host: Host): EngineApi {
  let engine: Engine | undefined;
  let running: AbortController | undefined;
  const read = (name: string): Promise<Uint8Array> => host.read(name);
  const withModel = <Value>(work: (model: SavedModel) => Promise<Value>): Promise<string> =>
    answer(async () => {
      const model = await SavedModel.open(engine!, await read('model'));
      try {
        return await work(model);
      } finally {
        model.destroy();
      }
    });
  /** Work that can be stopped and tells of itself; all that it told has arrived before its answer. */
  const told = <Value>(work: (tell: (event: RunEvent) => void, signal: AbortSignal) => Promise<Value>): Promise<string> =>
    answer(async () => {
      running = new AbortController();
      const sent: Promise<void>[] = [];
      const value = await work((event) => void sent.push(host.tell(toWire(event))), running.signal);
      await Promise.all(sent);
      return value;
    });
  return {
    open: () =>
      answer(async () => {
        engine = await createEngine(host.gpu ? { gpu: host.gpu } : {});
        return engine.adapter;
      }),
    run: (text, wishes = {}) =>
      told(async (tell, signal): Promise<RunResult> => {
        const result = await runExperiment(engine!, parseExperiment(fromWire(text)), {
          signal,
          read,
          ...(await runFiles(host, wishes)),
          onData: (summary) => tell({ type: 'data', summary }),
          onStart: (start) => tell({ type: 'start', start }),
          onSteps: (records) => tell({ type: 'steps', records }),
          onValidation: (record) => tell({ type: 'validation', record }),
          onRecovery: (recovery) => tell({ type: 'recovered', recovery }),
          ...(wishes.explain ? { onNonFinite: async (trainer) => tell({ type: 'explained', ...(await explained(trainer)) }) } : {}),
        });
        return { ...result, history: { ...result.history, steps: new Steps(), validations: [] } };
      }),
    evaluate: (rows) =>
      withModel(async (model): Promise<ModelScores> => {
        const { told, ...listeners } = rowListeners();
        let answers: AnsweredRows | undefined;
        const onAnswers = (found: AnsweredRows): void => {
          answers = found;
        };
        const parts = rows
          ? await model.evaluateRows(rows.data, read, { ...rows.options, ...listeners, ...(rows.answers ? { onAnswers } : {}) })
          : await model.evaluateParts(read);
        return { parts, ...(answers ? { answers } : {}), ...(model.classes ? { classes: model.classes } : {}), ...told };
      }),
    predict: ({ data, options }) =>
      withModel(async (model): Promise<ModelAnswers> => {
        const { told, ...listeners } = rowListeners();
        return { csv: await model.predictRows(data, read, { ...options, ...listeners }), ...told };
      }),
    selfTest: (text) =>
      answer(async () => {
        const document = parseExperiment(fromWire(text));
        const trainer = await engine!.createTrainer(trainerOptions(document, await loadData(document, read)));
        return selfTest(engine!, trainer.plan, { act: false, seconds: SELF_TEST_SECONDS });
      }),
    preflight: (text, options = {}) =>
      told(
        (tell, signal): Promise<Preflight> =>
          preflight(engine!, parseExperiment(fromWire(text)), {
            ...options,
            signal,
            read,
            onCheck: (check) => tell({ type: 'check', check }),
            onProgress: (progress) => tell({ type: 'learning', progress }),
          }),
      ),
    noise: (text, options = {}) =>
      told(
        (tell, signal): Promise<NoiseOverRun> =>
          noiseOverRun(engine!, parseExperiment(fromWire(text)), { ...options, signal, read, onLook: (look) => tell({ type: 'noise', look }) }),
      ),
    stop: () => running?.abort(),
    close: () => engine?.destroy(),
  };
}

/** What is told of rows, and what listens to it. */
function rowListeners(): Required<Pick<CsvRowsOptions, 'onUnseen' | 'onNotes'>> & { told: Pick<ModelAnswers, 'unseen' | 'notes'> } {
  const told: { unseen: readonly Unseen[]; notes: readonly string[] } = { unseen: [], notes: [] };
  return {
    told,
    onUnseen: (unseen) => {
      told.unseen = unseen;
    },
    onNotes: (notes) => {
      told.notes = notes;
    },
  };
}

/** Who made the step that is not finite, or why nobody can say. */
async function explained(trainer: Trainer): Promise<{ verdict: StepExplanation['verdict'] | undefined; message: string }> {
  try {
    const { verdict, message } = await explainStep(trainer);
    return { verdict, message };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return { verdict: undefined, message: error.message };
  }
}

async function runFiles(
  { read, put }: Host,
  { resume, weights, checkpoint, save }: RunWishes,
): Promise<Pick<RunOptions, 'resume' | 'weights' | 'checkpoint' | 'save'>> {
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
    ...(save ? { save: (file) => put('model', file, 0) } : {}),
  };
}

async function answer<Value>(work: () => Promise<Value>): Promise<string> {
  let result: Answer<Value>;
  try {
    result = { value: await work() };
  } catch (error) {
    const { name, message, reason } = error as Error & { reason?: string };
    result = { error: { name, message, ...(reason ? { reason } : {}) } };
  }
  return toWire(result);
}
